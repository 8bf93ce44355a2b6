import { createHash, randomBytes } from 'node:crypto';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { DigestRing, RING_SLOTS } from '../../src/verification/digest-ring.ts';
import { DigestThread, INLINE_DIGESTS } from '../../src/verification/digest-thread.ts';
import { type Digester, READ_BYTES } from '../../src/verification/digester.ts';
import { openStored, type ReadableHandle, readStored } from '../../src/verification/stored-file.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const WANTED = { algorithms: ['md5'], chunkBytes: 1_048_576 };
const THREAD_BYTES_MIN = 4 * READ_BYTES;

/** The same for all tests: each must leave it fit for the next. */
const thread = new DigestThread();
afterAll(() => thread.close());

async function fileOf(bytes: Buffer): Promise<string> {
  const path = join(await newDirectory(), 'f');
  await writeFile(path, bytes);
  return path;
}

/** Reads a file as the engine does; `spoil` is asked before each piece is walked. */
async function digested(path: string, digester: Digester, spoil?: (piece: number) => void, signal?: AbortSignal) {
  const handle = await openStored(path);
  if ('reason' in handle) throw new Error(handle.code);
  return digestedHandle(handle, digester, spoil, signal);
}

async function digestedHandle(
  handle: ReadableHandle,
  digester: Digester,
  spoil?: (piece: number) => void,
  signal?: AbortSignal,
) {
  let piece = 0;
  try {
    const take = (bytes: Buffer) => {
      digester.update(bytes);
      spoil?.(piece);
      piece += 1;
      return undefined;
    };
    const read = await readStored(handle, take, { buffers: digester.buffers, signal });
    return { read, digest: await digester.finish() };
  } finally {
    digester.close();
  }
}

describe('the digesting thread', () => {
  const edges = [THREAD_BYTES_MIN, READ_BYTES * RING_SLOTS * 2, READ_BYTES * (RING_SLOTS + 1)];

  test.each(edges.flatMap((edge) => [edge - 1, edge, edge + 1]))(
    'digests %i bytes as the reading thread would',
    async (size) => {
      const bytes = randomBytes(size);
      const path = await fileOf(bytes);
      const apart = await digested(path, thread.digester(size, WANTED));
      const inline = await digested(path, INLINE_DIGESTS.digester(size, WANTED));
      expect(apart).toEqual(inline);
      expect(apart.digest.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    },
  );

  test('takes one file after the other, also when they are begun at the same time and in between small ones', async () => {
    const sizes = [5_000_000, 10, 9_000_000, 0, 4_194_304];
    const files = await Promise.all(sizes.map((size) => fileOf(randomBytes(size))));
    const apart = await Promise.all(
      files.map((path, index) => digested(path, thread.digester(sizes[index] ?? 0, WANTED))),
    );
    const inline = await Promise.all(files.map((path) => digested(path, INLINE_DIGESTS.digester(0, WANTED))));
    expect(apart).toEqual(inline);
  });

  test.each([0, 1, RING_SLOTS - 1, RING_SLOTS, 7])(
    'is left when walking piece %i fails, and takes the next file',
    async (bad) => {
      const path = await fileOf(randomBytes(8 * READ_BYTES));
      const spoil = (piece: number) => {
        if (piece === bad) throw new Error('the walker is broken');
      };
      await expect(digested(path, thread.digester(8 * READ_BYTES, WANTED), spoil)).rejects.toThrow('walker is broken');
      const again = await digested(path, thread.digester(8 * READ_BYTES, WANTED));
      expect(again).toEqual(await digested(path, INLINE_DIGESTS.digester(0, WANTED)));
    },
  );

  test('is left by an abort in the middle, before it began and after it ended', async () => {
    const path = await fileOf(randomBytes(8 * READ_BYTES));
    const aborting = new AbortController();
    const abort = (piece: number) => {
      if (piece === 5) aborting.abort(new Error('enough'));
    };
    await expect(digested(path, thread.digester(8 * READ_BYTES, {}), abort, aborting.signal)).rejects.toThrow('enough');
    const never = thread.digester(8 * READ_BYTES, {});
    never.close();
    const digester = thread.digester(8 * READ_BYTES, {});
    const { digest } = await digested(path, digester);
    digester.close();
    expect(digest.sizeBytes).toBe(8 * READ_BYTES);
  });

  test.each(['once', 'always'] as const)('digests what came before a place that fails %s', async (how) => {
    const bytes = randomBytes(8 * READ_BYTES);
    const path = await fileOf(bytes);
    const badAt = 5 * READ_BYTES;
    let failures = 0;
    const failing = async (): Promise<ReadableHandle> => {
      const handle = await open(path);
      const read = async (buffer: Buffer, offset: number, length: number, position: number) => {
        if (position === badAt && (how === 'always' || failures === 0)) {
          failures += 1;
          throw Object.assign(new Error('the medium'), { code: 'EIO' });
        }
        return handle.read(buffer, offset, length, position);
      };
      return { read: read as ReadableHandle['read'], stat: handle.stat.bind(handle), close: handle.close.bind(handle) };
    };
    const { read, digest } = await digestedHandle(await failing(), thread.digester(bytes.length, {}));
    const seen = how === 'once' ? bytes.length : badAt;
    expect(read).toMatchObject(how === 'once' ? { cured: [{ offset: badAt }] } : { failure: { offset: badAt } });
    expect(digest).toMatchObject({
      sizeBytes: seen,
      sha256: createHash('sha256').update(bytes.subarray(0, seen)).digest('hex'),
    });
  });

  test('that dies in the middle of a file keeps nobody waiting, and another one takes its place', async () => {
    const mortal = new DigestThread();
    onTestFinished(() => mortal.close());
    const path = join(await newDirectory(), 'f');
    await writeFile(path, '');
    await truncate(path, 64 * READ_BYTES);
    const kill = (piece: number) => void (piece === 6 && mortal.close());
    await expect(digested(path, mortal.digester(64 * READ_BYTES, {}), kill)).rejects.toThrow('ended before its file');
    const { digest } = await digested(path, mortal.digester(64 * READ_BYTES, {}));
    expect(digest.sizeBytes).toBe(64 * READ_BYTES);
  });
});

describe('the ring', () => {
  test('gives a slot again only when its last piece is digested', async () => {
    const ring = new DigestRing();
    for (let number = 0; number < RING_SLOTS; number += 1) {
      const slot = ring.slot(number);
      if (slot instanceof Promise) throw new Error(`slot ${number} should be free`);
      slot[0] = number;
      ring.send(number, number + 1);
    }
    let given = false;
    const waiting = Promise.resolve(ring.slot(RING_SLOTS)).then(() => {
      given = true;
    });
    expect(ring.receive(0)?.length).toBe(1);
    expect(ring.receive(1)).toEqual(expect.objectContaining({ length: 2 }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toBe(false);
    ring.release(0);
    await waiting;
    ring.end();
    expect(ring.receive(RING_SLOTS)).toBeUndefined();
    ring.reset();
    expect(ring.slot(0)).toBeInstanceOf(Buffer);
  });
});
