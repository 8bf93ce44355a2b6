import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PackingThread } from '../../../src/backups/capture/packing-thread.ts';
import { CHUNK_BYTES_MIN, CHUNK_DIGEST_BYTES } from '../../../src/verification/chunked-digest.ts';

const SLOT_BYTES = 1_048_576;
const UNPACK = { gzip: gunzipSync, zstd: zstdDecompressSync } as const;

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();

/** Compresses a little, and no two places are alike. */
function noise(bytes: number): Buffer {
  const half = createHash('shake256', { outputLength: Math.ceil(bytes / 2) }).update('noise');
  return Buffer.from(half.digest('hex'));
}

describe('a file that is packed in a thread of its own', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'packing-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  describe.each(['gzip', 'zstd'] as const)('by %s', (compression) => {
    test.each([
      ['nothing', []],
      ['one byte', [1]],
      ['exactly one piece', [SLOT_BYTES]],
      ['many small pieces', Array.from({ length: 300 }, (_, index) => index * 37)],
      ['more pieces than lie between the threads', [7 * SLOT_BYTES + 3, 5, 2 * SLOT_BYTES]],
    ])('holds what was written, and its digests are those of the file: %s', async (_, lengths) => {
      const path = join(directory, `${compression}-${lengths.length}-${lengths[0]}`);
      const all = noise(lengths.reduce((sum, length) => sum + length, 0));
      await using file = new PackingThread({ path, compression, chunkBytes: CHUNK_BYTES_MIN });
      let at = 0;
      for (const length of lengths) {
        // The buffer is free when the write resolves.
        const piece = Buffer.from(all.subarray(at, at + length));
        await file.write(piece);
        piece.fill(0);
        at += length;
      }
      const digest = await file.finish();
      const stored = readFileSync(path);
      expect(UNPACK[compression](stored).equals(all.subarray(0, at))).toBe(true);
      expect(digest).toMatchObject({ sizeBytes: stored.length, sha256: sha256(stored).toString('hex') });
      const first = sha256(stored.subarray(0, CHUNK_BYTES_MIN)).subarray(0, CHUNK_DIGEST_BYTES);
      expect(digest.chunks?.chunkDigests.subarray(0, CHUNK_DIGEST_BYTES)).toEqual(first);
    });
  });

  test('is never one that was there, and the failure is told with its code to whoever writes on', async () => {
    const path = join(directory, 'there');
    writeFileSync(path, 'mine');
    const writing = async () => {
      await using file = new PackingThread({ path, compression: 'zstd', chunkBytes: CHUNK_BYTES_MIN });
      for (;;) await file.write(Buffer.alloc(SLOT_BYTES));
    };
    await expect(writing()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });
});
