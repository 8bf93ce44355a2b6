import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChunkDigests,
  ChunkedDigest,
  chunkBytesFor,
  chunkCount,
  differingRanges,
} from '../../src/verification/chunked-digest.ts';
import { scaled } from '../support/scale.ts';

const CHUNK = 65_536;

function digest(bytes: Buffer, pieceBytes = 1_048_576): ChunkDigests & { sizeBytes: number; sha256: string } {
  const chunked = new ChunkedDigest({ chunkBytes: CHUNK });
  for (let at = 0; at < bytes.length; at += pieceBytes) chunked.update(bytes.subarray(at, at + pieceBytes));
  const { sizeBytes, sha256, chunks } = chunked.finish();
  if (chunks === undefined) throw new Error('no chunks');
  return { sizeBytes, sha256, ...chunks };
}

describe('the digests of a file', () => {
  test('are the SHA-256 of the whole and the first half of that of every chunk', () => {
    const bytes = Buffer.concat([Buffer.alloc(CHUNK, 1), Buffer.alloc(10, 2)]);
    const half = (part: Buffer) => createHash('sha256').update(part).digest().subarray(0, 16);
    expect(digest(bytes)).toEqual({
      sizeBytes: CHUNK + 10,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      chunkBytes: CHUNK,
      chunkDigests: Buffer.concat([half(bytes.subarray(0, CHUNK)), half(bytes.subarray(CHUNK))]),
    });
  });

  test('are the same however the bytes come in', () => {
    const bytes = Buffer.alloc(3 * CHUNK + 5, 'abc');
    for (const pieceBytes of [1000, CHUNK - 1, CHUNK, CHUNK + 1])
      expect(digest(bytes, pieceBytes)).toEqual(digest(bytes));
  });

  test('hold other digests of the whole, and no chunks, where that is asked for', () => {
    const plain = new ChunkedDigest({ algorithms: ['md5', 'blake2b512'] });
    plain.update(Buffer.from('some '));
    plain.update(Buffer.from('bytes'));
    const of = (algorithm: string) => createHash(algorithm).update('some bytes').digest('hex');
    expect(plain.finish()).toEqual({
      sizeBytes: 10,
      sha256: of('sha256'),
      others: { md5: of('md5'), blake2b512: of('blake2b512') },
    });
  });

  test('of nothing have no chunk', () => {
    expect(digest(Buffer.alloc(0)).chunkDigests).toHaveLength(0);
  });

  test('stay below 1 MiB for a file of any size', () => {
    expect(chunkBytesFor(2 ** 32)).toBe(CHUNK);
    expect(chunkBytesFor(2 ** 32 + 1)).toBe(2 * CHUNK);
    for (const sizeBytes of [0, 1, 2 ** 33, 2 ** 45]) {
      expect(chunkCount(sizeBytes, chunkBytesFor(sizeBytes))).toBeLessThanOrEqual(65_536);
    }
  });
});

describe('the ranges that differ', () => {
  const bytes = Buffer.alloc(4 * CHUNK + 100, 'some content');
  const recorded = digest(bytes);
  const rangesAfter = (change: (copy: Buffer) => Buffer) =>
    differingRanges(recorded, digest(change(Buffer.from(bytes))));

  test('are none in an equal file', () => {
    expect(rangesAfter((copy) => copy)).toEqual([]);
  });

  test('join neighbouring chunks and keep others apart', () => {
    const ranges = rangesAfter((copy) => copy.fill(0, CHUNK - 1, CHUNK + 1).fill(0, 3 * CHUNK, 3 * CHUNK + 1));
    expect(ranges).toEqual([
      { offset: 0, endOffset: 2 * CHUNK },
      { offset: 3 * CHUNK, endOffset: 4 * CHUNK },
    ]);
  });

  test('reach over what was lost and over what was added', () => {
    expect(rangesAfter((copy) => copy.subarray(0, 2 * CHUNK))).toEqual([
      { offset: 2 * CHUNK, endOffset: bytes.length },
    ]);
    expect(rangesAfter((copy) => Buffer.concat([copy, Buffer.alloc(CHUNK)]))).toEqual([
      { offset: 4 * CHUNK, endOffset: bytes.length + CHUNK },
    ]);
  });

  test('hold every byte that was changed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const [range, ...others] = rangesAfter((copy) => {
          copy[at] = (copy[at] ?? 0) ^ mask;
          return copy;
        });
        expect(others).toEqual([]);
        expect(range?.offset).toBeLessThanOrEqual(at);
        expect(range?.endOffset).toBeGreaterThan(at);
      }),
      { numRuns: scaled(50) },
    );
  });
});
