import { execFileSync } from 'node:child_process';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder } from '../../src/verification/create-decoder.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { scaled } from '../support/scale.ts';
import { flipped } from './support/damage.ts';
import { noise, zstd } from './support/point-making.ts';
import { decodeAll } from './support/walking.ts';

const data = Buffer.concat([noise(200_000, 5), Buffer.alloc(900_000, 'rows and rows ')]);
const packers = { gzip: (bytes: Buffer) => gzipSync(bytes), zstd } as const;

describe.each(['gzip', 'zstd'] as const)('%s', (packing) => {
  const packed = packers[packing](data);

  test('is decoded to the last byte, in pieces of any size', async () => {
    for (const pieceBytes of [1000, 65_536, 65_537, 1_048_576]) {
      const { decoded, problem } = await decodeAll(packing, packed, { pieceBytes });
      expect(problem).toBeUndefined();
      expect(decoded.equals(data)).toBe(true);
    }
  });

  test('is decoded through every part of a concatenation', async () => {
    const stored = Buffer.concat([packed, packers[packing](Buffer.from('second')), packed]);
    const { decoded, problem } = await decodeAll(packing, stored);
    expect(problem).toBeUndefined();
    expect(decoded.equals(Buffer.concat([data, Buffer.from('second'), data]))).toBe(true);
  });

  test.each([1, 4, 8, 22, 512])('that lost its last %i bytes is truncated there', async (lost) => {
    const { problem } = await decodeAll(packing, packed.subarray(0, -lost));
    expect(problem).toMatchObject({ kind: 'truncated', offset: packed.length - lost });
  });

  test.each([1, 2, 3, 4, 5, 9])('with the first %i bytes of a further part is truncated', async (kept) => {
    const { decoded, problem } = await decodeAll(packing, Buffer.concat([packed, packed.subarray(0, kept)]));
    expect(problem?.kind).toBe('truncated');
    expect(decoded.equals(data)).toBe(true);
  });

  test.each([
    ['one zero', Buffer.alloc(1)],
    ['zeros', Buffer.alloc(1000)],
    ['zeros beyond one piece', Buffer.alloc(200_000)],
    ['text', Buffer.from('and then the disk was full')],
  ])('with %s behind its end is corrupt there', async (_, garbage) => {
    const { problem } = await decodeAll(packing, Buffer.concat([packed, garbage]));
    expect(problem?.kind).toBe('corrupt');
    expect(problem?.endOffset).toBeGreaterThan(packed.length);
  });

  test('that is something else is corrupt at its first byte', async () => {
    const { problem } = await decodeAll(packing, Buffer.from('pg_dump: error: connection to server failed'));
    expect(problem).toMatchObject({ kind: 'corrupt', offset: 0, decodedOffset: 0 });
  });

  test('that would unpack without bound is hostile and is left', async () => {
    const bomb = packers[packing](Buffer.alloc(50_000_000));
    const limits = { expansionRatioMax: 10, expansionFreeBytes: 1_000_000 };
    const { decoded, problem } = await decodeAll(packing, bomb, { limits });
    expect(problem).toMatchObject({ kind: 'hostile' });
    expect(decoded.length).toBeLessThanOrEqual(1_000_000);
    expect((await decodeAll(packing, bomb, { limits: { ...limits, expansionRatioMax: 1e6 } })).problem).toBeUndefined();
  });

  test('with a bit turned never gives other bytes without a problem', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.nat(7), async (at, bit) => {
        const { decoded, problem } = await decodeAll(packing, flipped(packed, at, bit));
        expect(problem !== undefined || decoded.equals(data)).toBe(true);
      }),
      { numRuns: scaled(40) },
    );
  });

  test('stops at what its consumer throws, instead of ending the process', async () => {
    const fail = () => {
      throw new Error('the consumer is broken');
    };
    const decoder = createDecoder(packing, fail, { storedBytes: packed.length, limits: DEFAULT_LIMITS });
    expect(() => decoder.write(packed)).toThrow('the consumer is broken');
    decoder.close();
  });
});

describe('zstd', () => {
  const skippable = Buffer.concat([Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 5, 0, 0, 0]), Buffer.from('extra')]);

  test('is decoded past skippable frames, wherever they stand', async () => {
    const stored = Buffer.concat([skippable, zstd(data), skippable, zstd(Buffer.from('end')), skippable]);
    const { decoded, problem } = await decodeAll('zstd', stored, { pieceBytes: 777 });
    expect(problem).toBeUndefined();
    expect(decoded.equals(Buffer.concat([data, Buffer.from('end')]))).toBe(true);
  });

  test('of nothing, and of one byte, is decoded', async () => {
    expect((await decodeAll('zstd', zstd(Buffer.alloc(0)))).problem).toBeUndefined();
    expect((await decodeAll('zstd', zstd(Buffer.from('a')))).decoded.toString()).toBe('a');
  });

  test('that asks for more memory than is allowed is not decoded', async () => {
    const wide = zstdCompressSync(noise(300_000, 1), {
      params: { [constants.ZSTD_c_windowLog]: 24 },
      pledgedSrcSize: 300_000,
    });
    expect((await decodeAll('zstd', wide, { limits: { windowBytesMax: 65_536 } })).problem).toMatchObject({
      kind: 'unknown-format',
    });
    expect((await decodeAll('zstd', wide)).problem).toBeUndefined();
  });

  test('whose checksum fails says that damage lies somewhere in its frame', async () => {
    const stored = zstd(noise(300_000, 2));
    expect((await decodeAll('zstd', flipped(stored, stored.length - 1))).problem).toMatchObject({
      kind: 'corrupt',
      offset: 0,
      endOffset: stored.length,
      isLocated: false,
    });
  });

  for (const option of ['-1', '-19', '--long=27', '--no-check']) {
    test(`made by the zstd tool with ${option} is decoded`, async ({ skip }) => {
      const stored = zstdTool(option);
      if (stored === undefined) return skip('this machine has no zstd');
      const { decoded, problem } = await decodeAll('zstd', stored);
      expect(problem).toBeUndefined();
      expect(decoded.equals(data)).toBe(true);
    });
  }
});

function zstdTool(option: string): Buffer | undefined {
  try {
    return execFileSync('zstd', ['-q', '-c', option], { input: data });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
