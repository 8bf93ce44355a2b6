import { describe, expect, test } from 'vitest';
import { createXzDecoder } from '../../src/verification/xz-decoder.ts';
import { scaled } from '../support/scale.ts';
import { flipped } from './support/damage.ts';

import { decodeWith, forEachDamage, packed, pointsAt, tool } from './support/decoding.ts';
import { noise } from './support/point-making.ts';

const text = Buffer.from(Array.from({ length: 6000 }, (_, row) => `row ${row * 7919} of ${row}\n`).join(''));
/** Packed well, packed badly and not packed at all: all kinds of chunks. */
const data = Buffer.concat([text, noise(100_000, 3), text]);
const stored = packed('xz', data, '-mx=3');
const decode = (bytes: Buffer, options = {}) => decodeWith(createXzDecoder, bytes, options);

describe('xz', () => {
  test('is decoded to the last byte, in pieces of any size', async () => {
    for (const pieceBytes of [997, 65_536, 65_537, 1_048_576]) {
      const { decoded, problem } = await decode(stored, { pieceBytes });
      expect(problem).toBeUndefined();
      expect(decoded.equals(data)).toBe(true);
    }
  });

  test('is decoded through streams, padding and streams without a byte', async () => {
    const empty = packed('xz', Buffer.alloc(0));
    const bytes = Buffer.concat([stored, empty, Buffer.alloc(8), stored, Buffer.alloc(12_000)]);
    const { decoded, problem } = await decode(bytes);
    expect(problem).toBeUndefined();
    expect(decoded.equals(Buffer.concat([data, data]))).toBe(true);
  });

  for (const args of [
    ['-0'],
    ['-9e'],
    ['-C', 'none'],
    ['-C', 'crc32'],
    ['-C', 'sha256'],
    ['--block-size=50000'],
    ['-T2'],
    ['--x86', '--lzma2'],
    ['--delta=dist=4', '--lzma2'],
    ['--arm64', '--lzma2'],
  ]) {
    test(`made by xz ${args.join(' ')} is decoded`, async ({ skip }) => {
      const bytes = tool('xz', ['-z', '-c', ...args], data);
      if (bytes === undefined) return skip('this machine has no xz');
      const { decoded, problem } = await decode(bytes);
      expect(problem).toBeUndefined();
      expect(decoded.equals(data)).toBe(true);
    });
  }

  test.each([1, 4, 8, 12, 22, 3000])('that lost its last %i bytes is truncated there', async (lost) => {
    const { problem } = await decode(stored.subarray(0, -lost));
    expect(problem).toMatchObject({ kind: 'truncated', offset: stored.length - lost });
  });

  test.each([1, 5, 6, 11, 12, 13, 40])('with the first %i bytes of a further stream is truncated', async (kept) => {
    const { decoded, problem } = await decode(Buffer.concat([stored, stored.subarray(0, kept)]));
    expect(problem?.kind).toBe('truncated');
    expect(decoded.subarray(0, data.length).equals(data)).toBe(true);
  });

  test.each([
    ['one zero', Buffer.alloc(1)],
    ['zeros that are no multiple of four', Buffer.alloc(200_001)],
    ['text', Buffer.from('and then the disk was full')],
  ])('with %s behind its end is corrupt there', async (_, garbage) => {
    const { decoded, problem } = await decode(Buffer.concat([stored, garbage]));
    expect(problem?.kind).toBe('corrupt');
    expect(problem?.endOffset).toBeGreaterThan(stored.length);
    expect(problem?.offset).toBeGreaterThanOrEqual(stored.length);
    expect(decoded.equals(data)).toBe(true);
  });

  test('that is something else, or nothing, is told without starting a decoder', async () => {
    const spawn = () => {
      throw new Error('nobody should start this');
    };
    const foreign = await decode(Buffer.from('pg_dump: error: connection to server failed'), { spawn });
    expect(foreign.problem).toMatchObject({ kind: 'corrupt', offset: 0, decodedOffset: 0 });
    expect((await decode(Buffer.alloc(0), { spawn })).problem).toMatchObject({ kind: 'truncated', offset: 0 });
  });

  test('that would unpack without bound is hostile and is left', async () => {
    const bomb = packed('xz', Buffer.alloc(50_000_000), '-mx=1');
    const limits = { expansionRatioMax: 10, expansionFreeBytes: 1_000_000 };
    const { decoded, problem } = await decode(bomb, { limits });
    expect(problem).toMatchObject({ kind: 'hostile' });
    expect(decoded.length).toBeLessThanOrEqual(1_000_000);
  });

  test('that asks for more memory than is allowed is not decoded', async () => {
    const bytes = packed('xz', data, '-m0=lzma2:d=8m');
    const { problem, decoded } = await decode(bytes, { limits: { windowBytesMax: 1_048_576 } });
    expect(problem?.kind).toBe('unknown-format');
    expect(problem?.message).toMatch(/dictionary of \d+ bytes/);
    expect(decoded.length).toBe(0);
  });

  test('with a check that fails says that damage lies somewhere in that block', async ({ skip }) => {
    const bytes = tool('xz', ['-z', '-c', '-0', '--block-size=100000'], noise(400_000, 1));
    if (bytes === undefined) return skip('this machine has no xz');
    // Noise is stored as it is: nothing but the check can tell.
    const at = 250_000;
    const { problem } = await decode(flipped(bytes, at));
    expect(problem).toMatchObject({ kind: 'corrupt', isLocated: false });
    expect(problem?.offset).toBeLessThan(at);
    expect(problem?.endOffset).toBeGreaterThan(at);
    expect((problem?.endOffset ?? 0) - (problem?.offset ?? 0)).toBeLessThan(110_000);
  });

  test('with packed bytes that are damaged says in which 64 KiB', async () => {
    const large = packed(
      'xz',
      Buffer.from(Array.from({ length: 150_000 }, (_, row) => (row * 48_271) % 65_537).join(' ')),
      '-mx=1',
    );
    for (const share of [0.1, 0.35, 0.6, 0.9]) {
      const at = Math.floor(large.length * share);
      const { problem } = await decode(flipped(large, at));
      expect(problem).toMatchObject({ kind: 'corrupt', isLocated: true });
      expect(problem?.offset).toBeLessThanOrEqual(at);
      expect(problem?.endOffset).toBeGreaterThan(at);
      expect((problem?.endOffset ?? 0) - (problem?.offset ?? 0)).toBeLessThan(160_000);
    }
  });

  test('with any damage is told, and where', { timeout: scaled(120_000) }, async () => {
    const other = packed('xz', noise(100_000, 9));
    const fields = [
      { name: 'start', offset: 0, length: 30 },
      { name: 'end', offset: stored.length - 40, length: 40 },
    ];
    await forEachDamage(stored, { fields, other, boundaries: [12, 24, stored.length - 12] }, async (damage) => {
      const { decoded, problem } = await decode(damage.bytes);
      const isLegal = damage.kind === 'doubled' || (damage.kind === 'zeros-appended' && damage.bytes.length % 4 === 0);
      expect(problem === undefined, damage.name).toBe(isLegal);
      if (problem === undefined) return expect(decoded.subarray(0, data.length).equals(data)).toBe(true);
      expect(pointsAt(problem, damage), `${damage.name}: ${JSON.stringify(problem)}`).toBe(true);
      const isCut = ['cut', 'tail-lost', 'emptied'].includes(damage.kind);
      if (isCut) expect(problem.kind, damage.name).toBe('truncated');
      else expect(['corrupt', 'truncated', 'unknown-format'], damage.name).toContain(problem.kind);
    });
  });
});
