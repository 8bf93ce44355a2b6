import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { loadReadingThread, ReadingThread, type TargetToRead } from '../../src/verification/reading-thread.ts';
import { noise } from './support/point-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const SETTINGS = { level: 'content', limits: DEFAULT_LIMITS, publicKeys: [], digestsApart: true } as const;
/** Enough for a digesting thread. */
const LARGE_BYTES = 5_000_000;
/** What Node says of a thread that is over. */
const ENDED = -1;

let target: TargetToRead;

beforeAll(async () => {
  const directory = await newDirectory();
  const file = 'large.tar';
  const bytes = tarOf({ path: 'a', data: noise(LARGE_BYTES, 7) });
  await writeFile(join(directory, file), bytes);
  target = { kind: 'file', path: file, directory, file, sizeBytes: bytes.length };
});

async function verdictBy(thread: ReadingThread, signal?: AbortSignal) {
  const { verdict, sha256 } = await thread.verify(target, { signal, onRead: () => {} });
  return { verdict, sha256 };
}

describe('a reading thread that was loaded ahead', () => {
  test('finds what one finds that is loaded when it is wanted, also a second time', async () => {
    const [usual, ahead] = [new ReadingThread(SETTINGS), new ReadingThread(SETTINGS, loadReadingThread(LARGE_BYTES))];
    try {
      const expected = await verdictBy(usual);
      expect(expected).toMatchObject({ verdict: 'sound', sha256: expect.stringMatching(/^[\da-f]{64}$/) });
      expect([await verdictBy(ahead), await verdictBy(ahead)]).toEqual([expected, expected]);
    } finally {
      await usual.close();
      await ahead.close();
    }
  });

  test('is the one that works: it is over when the reader is closed', async () => {
    const loaded = loadReadingThread(0);
    const exit = once(loaded, 'exit');
    const thread = new ReadingThread(SETTINGS, loaded);
    await verdictBy(thread);
    expect(loaded.threadId).not.toBe(ENDED);
    await thread.close();
    await exit;
    expect(loaded.threadId).toBe(ENDED);
  });

  test('is over as well when it was never wanted', async () => {
    const loaded = loadReadingThread(LARGE_BYTES);
    await new ReadingThread(SETTINGS, loaded).close();
    expect(loaded.threadId).toBe(ENDED);
  });

  test('is replaced when it died before it was wanted', async () => {
    const loaded = loadReadingThread(0);
    const thread = new ReadingThread(SETTINGS, loaded);
    await loaded.terminate();
    try {
      expect((await verdictBy(thread)).verdict).toBe('sound');
    } finally {
      await thread.close();
    }
  });

  test('ends with an abort, and the next target gets another one', async () => {
    const loaded = loadReadingThread(0);
    const thread = new ReadingThread(SETTINGS, loaded);
    const stop = new AbortController();
    const reading = verdictBy(thread, stop.signal);
    stop.abort(new Error('cancelled'));
    try {
      await expect(reading).rejects.toThrow('cancelled');
      expect(loaded.threadId).toBe(ENDED);
      expect((await verdictBy(thread)).verdict).toBe('sound');
    } finally {
      await thread.close();
    }
  });
});
