import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/verification/finding.ts';
import { judgeDamages, pointsAt } from './support/damage-matrix.ts';
import { damagesOf } from './support/damages.ts';
import { manifestDamages } from './support/manifest-damages.ts';
import { noise } from './support/point-making.ts';

const sound = Buffer.concat([noise(150_000, 1), Buffer.alloc(70_000)]);
const options = {
  boundaries: [0, 100, 50_000, sound.length],
  fields: [{ name: 'magic', offset: 4, length: 3 }],
  other: noise(180_000, 2),
};
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const changed: Finding = { kind: 'altered', file: 'a', offset: 0, endOffset: 10_000_000, message: 'Changed.' };
const digestCheck = (bytes: Buffer) => (sha256(bytes) === sha256(sound) ? [] : [changed]);

describe('the damages of a file', () => {
  test('are of every kind, never leave it as it was, and are the same for the same seed', () => {
    const list = [...damagesOf(sound, options)];
    expect(new Set(list.map(({ kind }) => kind))).toEqual(
      new Set([
        'bit',
        'zeroed',
        'noisy',
        'swapped',
        'cut',
        'tail-lost',
        'garbage-appended',
        'zeros-appended',
        'emptied',
        'doubled',
        'spliced',
      ]),
    );
    expect(list.filter(({ bytes }) => bytes.equals(sound))).toEqual([]);
    const again = [...damagesOf(sound, options)];
    expect(again.map(({ name, bytes }) => [name, sha256(bytes)])).toEqual(
      list.map(({ name, bytes }) => [name, sha256(bytes)]),
    );
  });

  test('lie where they say: outside their range the file is as it was', () => {
    for (const { name, bytes, range } of damagesOf(sound, options)) {
      expect(bytes.subarray(0, range.offset).equals(sound.subarray(0, range.offset)), name).toBe(true);
      if (bytes.length !== sound.length) continue;
      expect(bytes.subarray(range.endOffset).equals(sound.subarray(range.endOffset)), name).toBe(true);
    }
  });

  test('hit every byte of every field, and are cut at every boundary inside', () => {
    const list = [...damagesOf(sound, options)];
    expect(list.filter(({ field }) => field === 'magic').map(({ range }) => range.offset)).toEqual([4, 5, 6]);
    const cuts = list.filter(({ kind }) => kind === 'cut').map(({ bytes }) => bytes.length);
    expect(cuts).toEqual(expect.arrayContaining([100, 50_000]));
  });

  test('of a file of no or few bytes are made too', () => {
    expect([...damagesOf(Buffer.alloc(0))].length).toBeGreaterThan(0);
    expect([...damagesOf(Buffer.from('x'), { boundaries: [0, 1] })].length).toBeGreaterThan(0);
  });
});

describe('the matrix of a check', () => {
  test('is clean for a check that sees everything, and lists what a blind one misses', async () => {
    const seen = await judgeDamages(damagesOf(sound, options), digestCheck);
    expect(seen.missed).toEqual([]);
    expect(seen.misplaced).toEqual([]);
    const blind = await judgeDamages(damagesOf(sound, options), () => []);
    expect(blind.missed).toHaveLength(blind.tried);
  });

  test('counts damage of bytes that the format does not cover apart', async () => {
    const covered = sound.subarray(0, 100_000);
    const check = (bytes: Buffer) =>
      bytes.length === sound.length && bytes.subarray(0, 100_000).equals(covered) ? [] : [changed];
    const blind = [{ offset: 100_000, endOffset: sound.length }];
    const matrix = await judgeDamages(damagesOf(sound, options), check, { sound, blind });
    expect(matrix.missed).toEqual([]);
    expect(matrix.unseen).toBeGreaterThan(0);
  });

  test('wants a finding, or a consequence of it, that touches the damage', async () => {
    const far: Finding = { ...changed, offset: 9_000_000 };
    const { misplaced, tried } = await judgeDamages(damagesOf(sound, options), () => [far]);
    expect(misplaced).toHaveLength(tried);
    expect(pointsAt({ ...far, consequences: [changed] }, { offset: 5, endOffset: 6 })).toBe(true);
  });
});

test('payload, manifest, and both so that they fit again are edited', () => {
  const attest = (payload: Buffer) => Buffer.from(`${sha256(payload)}  payload\n`);
  const list = [...manifestDamages({ payload: sound, manifest: attest(sound) }, { forge: attest })];
  expect(new Set(list.map(({ kind }) => kind)).size).toBe(3);
  for (const { kind, payload, manifest } of list) {
    expect(payload.equals(sound)).toBe(kind === 'manifest-edited');
    expect(manifest.equals(attest(payload))).toBe(kind === 'both-edited');
  }
});
