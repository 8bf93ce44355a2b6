import { describe, expect, test } from 'vitest';
import { createBzip2Decoder } from '../../src/verification/bzip2-decoder.ts';
import { scaled } from '../support/scale.ts';
import { flipped } from './support/damage.ts';
import { decodeWith, forEachDamage, packed, pointsAt, tool } from './support/decoding.ts';
import { noise } from './support/point-making.ts';

const text = Buffer.from(Array.from({ length: 9000 }, (_, row) => `row ${row * 7919} of ${row}\n`).join(''));
const data = Buffer.concat([text, noise(100_000, 3), text]);
/** Blocks of 100 kB: several of them. */
const stored = packed('bzip2', data, '-mx=1');
const decode = (bytes: Buffer, options = {}) => decodeWith(createBzip2Decoder, bytes, options);

describe('bzip2', () => {
  test('is decoded to the last byte, in pieces of any size', async () => {
    for (const pieceBytes of [3, 65_536, 65_537, 1_048_576]) {
      const bytes = pieceBytes === 3 ? packed('bzip2', Buffer.from('a few words')) : stored;
      const { decoded, problem } = await decode(bytes, { pieceBytes });
      expect(problem).toBeUndefined();
      expect(decoded.equals(pieceBytes === 3 ? Buffer.from('a few words') : data)).toBe(true);
    }
  });

  test('is decoded through every stream of a concatenation', async ({ skip }) => {
    const empty = tool('bzip2', ['-c'], Buffer.alloc(0));
    if (empty === undefined) return skip('this machine has no bzip2');
    const { decoded, problem } = await decode(Buffer.concat([empty, stored, empty, stored]));
    expect(problem).toBeUndefined();
    expect(decoded.equals(Buffer.concat([data, data]))).toBe(true);
    expect((await decode(empty)).problem).toBeUndefined();
  });

  for (const level of ['-1', '-9']) {
    test(`made by bzip2 ${level} is decoded`, async ({ skip }) => {
      const bytes = tool('bzip2', ['-c', level], data);
      if (bytes === undefined) return skip('this machine has no bzip2');
      const { decoded, problem } = await decode(bytes);
      expect(problem).toBeUndefined();
      expect(decoded.equals(data)).toBe(true);
    });
  }

  test.each([1, 4, 10, 22, 30_000])('that lost its last %i bytes is truncated there', async (lost) => {
    const { problem } = await decode(stored.subarray(0, -lost));
    expect(problem).toMatchObject({ kind: 'truncated', offset: stored.length - lost });
  });

  test.each([1, 3, 5, 40])('with the first %i bytes of a further stream is truncated', async (kept) => {
    const { decoded, problem } = await decode(Buffer.concat([stored, stored.subarray(0, kept)]));
    expect(problem?.kind).toBe('truncated');
    expect(decoded.equals(data)).toBe(true);
  });

  test.each([
    ['one zero', Buffer.alloc(1)],
    ['zeros', Buffer.alloc(200_000)],
    ['text', Buffer.from('and then the disk was full')],
  ])('with %s behind its end is corrupt exactly there', async (_, garbage) => {
    const { decoded, problem } = await decode(Buffer.concat([stored, garbage]));
    expect(problem).toMatchObject({ kind: 'corrupt', offset: stored.length, isLocated: true });
    expect(decoded.equals(data)).toBe(true);
  });

  test('that is something else, or nothing, is told without starting a decoder', async () => {
    const spawn = () => {
      throw new Error('nobody should start this');
    };
    const foreign = await decode(Buffer.from('pg_dump: error: connection to server failed'), { spawn });
    expect(foreign.problem).toMatchObject({ kind: 'corrupt', offset: 0, decodedOffset: 0 });
    for (const bytes of [Buffer.alloc(0), stored.subarray(0, 4)]) {
      expect((await decode(bytes, { spawn })).problem).toMatchObject({ kind: 'truncated', offset: bytes.length });
    }
  });

  test('that would unpack without bound is hostile and is left', async () => {
    const bomb = packed('bzip2', Buffer.alloc(50_000_000), '-mx=1');
    const { decoded, problem } = await decode(bomb, {
      limits: { expansionRatioMax: 10, expansionFreeBytes: 1_000_000 },
    });
    expect(problem).toMatchObject({ kind: 'hostile' });
    expect(decoded.length).toBeLessThanOrEqual(1_000_000);
  });

  test('with a bit turned says in which block', async () => {
    for (const share of [0.1, 0.5, 0.8]) {
      const at = Math.floor(stored.length * share);
      const { problem } = await decode(flipped(stored, at, 3));
      expect(problem).toMatchObject({ kind: 'corrupt', isLocated: true });
      expect(problem?.offset).toBeLessThanOrEqual(at);
      expect(problem?.endOffset).toBeGreaterThan(at);
      expect((problem?.endOffset ?? 0) - (problem?.offset ?? 0)).toBeLessThan(110_000);
    }
  });

  test('with any damage is told, and where', { timeout: scaled(120_000) }, async () => {
    const fields = [
      { name: 'start', offset: 0, length: 14 },
      { name: 'end', offset: stored.length - 11, length: 11 },
    ];
    await forEachDamage(stored, { fields, other: packed('bzip2', text), boundaries: [4] }, async (damage) => {
      const { decoded, problem } = await decode(damage.bytes);
      if (problem === undefined) {
        // The last bits only fill a byte up, and a few others change nothing that comes out.
        const all = damage.kind === 'doubled' ? Buffer.concat([data, data]) : data;
        return expect(decoded.equals(all), damage.name).toBe(true);
      }
      expect(pointsAt(problem, damage), `${damage.name}: ${JSON.stringify(problem)}`).toBe(true);
      const isCut = ['cut', 'tail-lost', 'emptied'].includes(damage.kind);
      expect(isCut ? ['truncated'] : ['corrupt', 'truncated'], damage.name).toContain(problem.kind);
    });
  });
});
