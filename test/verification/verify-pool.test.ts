import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { judged, type VerifyTarget } from '../../src/verification/target.ts';
import type { PathResult } from '../../src/verification/verify-file.ts';
import { type PoolOptions, verifyTargets } from '../../src/verification/verify-pool.ts';
import { noise } from './support/point-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
let targets: VerifyTarget[];

/** Small ones of several kinds, and one that is digested by a thread of its own. */
beforeAll(async () => {
  const directory = await newDirectory();
  const contents = [
    tarOf({ path: 'a', data: 'x' }),
    tarOf({ path: 'a', data: 'x' }).subarray(0, 700),
    noise(5_000_000, 3),
    Buffer.alloc(0),
    tarOf({ path: '../a', data: 'x' }),
  ];
  targets = [];
  for (const [index, bytes] of contents.entries()) {
    const file = `f${index}.tar`;
    await writeFile(join(directory, file), bytes);
    targets.push({ kind: 'file', path: file, directory, file, sizeBytes: bytes.length });
  }
  targets.push({ kind: 'file', path: 'gone', directory, file: 'gone', sizeBytes: 0 });
  targets.push(judged('link', 'link', { kind: 'no-access', message: 'a link' }));
});

async function run(options: Partial<PoolOptions> = {}, what: readonly VerifyTarget[] = targets) {
  const results: PathResult[] = [];
  let bytes = 0;
  await verifyTargets(what, {
    ...{ level: 'content', limits: DEFAULT_LIMITS, publicKeys: [], jobs: 1 },
    onRead: (read) => {
      bytes += read;
    },
    onResult: (result) => results.push(result),
    ...options,
  });
  return { results, bytes };
}

const timeless = ({ seconds: _, ...result }: PathResult) => result;

describe('the threads that check targets', () => {
  test('tell one result for each, in the order of the targets when there is one thread', async () => {
    const { results, bytes } = await run();
    expect(results.map(({ path, verdict }) => [path, verdict])).toEqual([
      ['f0.tar', 'sound'],
      ['f1.tar', 'damaged'],
      ['f2.tar', 'damaged'],
      ['f3.tar', 'damaged'],
      ['f4.tar', 'hostile'],
      ['gone', 'missing'],
      ['link', 'unverifiable'],
    ]);
    expect(bytes).toBe(results.reduce((sum, result) => sum + result.bytes, 0));
  });

  test('tell the same when there are several', async () => {
    const byPath = (results: PathResult[]) => results.map(timeless).toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const { results } = await run();
    expect(byPath((await run({ jobs: 3 })).results)).toEqual(byPath(results));
  });

  test('are not even started for nothing, or for what is judged already', async () => {
    expect(await run({}, [])).toEqual({ results: [], bytes: 0 });
    let started = 0;
    const count = () => {
      started += 1;
    };
    process.on('worker', count);
    const { results } = await run(
      {},
      [targets.at(-1), targets.at(-1)].filter((target) => target !== undefined),
    );
    process.off('worker', count);
    expect(results.map(({ verdict }) => verdict)).toEqual(['unverifiable', 'unverifiable']);
    expect(started).toBe(0);
  });

  test.each([1, 2])('end all together when a result cannot be kept (%i jobs)', async (jobs) => {
    let told = 0;
    const onResult = () => {
      told += 1;
      throw new Error('the disk is full');
    };
    await expect(run({ jobs, onResult })).rejects.toThrow('the disk is full');
    expect(told).toBeLessThanOrEqual(jobs);
  });

  test.each([1, 2])('end with the reason of an abort, before and in the middle (%i jobs)', async (jobs) => {
    await expect(run({ jobs, signal: AbortSignal.abort(new Error('not today')) })).rejects.toThrow('not today');
    const stop = new AbortController();
    const onRead = () => stop.abort(new Error('enough'));
    await expect(run({ jobs, signal: stop.signal, onRead, bytesPerSecondMax: 100_000 })).rejects.toThrow('enough');
  });

  test('keep the rate over all of them', async () => {
    const large = targets[2];
    if (large === undefined) throw new Error('no target');
    const startedMs = performance.now();
    const { bytes } = await run({ jobs: 2, bytesPerSecondMax: 10_000_000 }, [large, large]);
    expect(bytes).toBe(10_000_000);
    expect((performance.now() - startedMs) / 1000).toBeGreaterThan(1);
  });
});
