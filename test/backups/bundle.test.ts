import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { list } from 'tar';
import { describe, expect, test } from 'vitest';
import { packBundle } from '../../src/backups/bundle.ts';
import { sharesDisk } from '../../src/backups/disk.ts';
import { FileSink } from '../../src/backups/file-sink.ts';
import { useDirectories } from '../verification/support/temporary-directory.ts';
import { mountSmallDisk } from './support/tmpfs.ts';

const newDirectory = useDirectories();
const smallDisk = mountSmallDisk(1024);
const MIB = 1_048_576;
const DECODERS = { zstd: zstdDecompressSync, gzip: gunzipSync, none: (bytes: Buffer) => bytes };

async function twoFiles(firstBytes = 3 * MIB + 17, secondBytes = 5 * MIB) {
  const directory = await newDirectory();
  await writeFile(join(directory, 'first'), randomBytes(firstBytes));
  await writeFile(join(directory, 'second'), randomBytes(secondBytes));
  return { directory, target: join(directory, 'bundle.tar.zst') };
}

describe('a bundle', () => {
  test('holds its files whole, in order, and is on disk when it is done', async () => {
    const { directory, target } = await twoFiles();
    await packBundle(directory, ['first', 'second'], target);
    const tar = join(directory, 'bundle.tar');
    await writeFile(tar, zstdDecompressSync(await readFile(target)));
    const entries: [string, number][] = [];
    await list({ file: tar, strict: true, onReadEntry: ({ path, size }) => entries.push([path, size]) });
    expect(entries).toEqual([
      ['first', 3 * MIB + 17],
      ['second', 5 * MIB],
    ]);
    expect((await readFile(tar)).includes((await readFile(join(directory, 'first'))).subarray(0, 4096))).toBe(true);
  });

  test('of a file that shrinks or vanishes meanwhile is an error, and never the end of the process', async () => {
    for (const spoil of [(path: string) => truncate(path, 1000), (path: string) => rm(path)]) {
      const { directory, target } = await twoFiles(32 * MIB);
      const packing = packBundle(directory, ['first', 'second'], target);
      await Promise.all([
        expect(packing).rejects.toThrow(/shorter|ENOENT/),
        delay(20).then(() => spoil(join(directory, 'second'))),
      ]);
    }
  });

  test('can be cancelled', async () => {
    const { directory, target } = await twoFiles(32 * MIB);
    const cancel = new AbortController();
    const packing = packBundle(directory, ['first', 'second'], target, cancel.signal);
    setTimeout(() => cancel.abort(new Error('enough')), 10);
    await expect(packing).rejects.toThrow();
  });

  test.skipIf(smallDisk === undefined)('on a full disk is an error', async () => {
    const { directory } = await twoFiles();
    const packing = packBundle(directory, ['first', 'second'], join(smallDisk ?? '', 'bundle.tar.zst'));
    await expect(packing).rejects.toMatchObject({ code: 'ENOSPC' });
    await rm(join(smallDisk ?? '', 'bundle.tar.zst'));
  });
});

describe('a file that is written piece by piece', () => {
  test('counts when it is finished, compressed or not', async () => {
    const directory = await newDirectory();
    const pieces = Array.from({ length: 50 }, () => randomBytes(100_000));
    for (const packing of ['zstd', 'gzip', 'none'] as const) {
      const path = join(directory, `file-${packing}`);
      await using sink = new FileSink(path, { packing });
      for (const piece of pieces) await sink.write(piece);
      await sink.finish();
      const stored = await readFile(path);
      expect(DECODERS[packing](stored).equals(Buffer.concat(pieces))).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  test('never replaces another file', async () => {
    const path = join(await newDirectory(), 'taken');
    await writeFile(path, 'precious');
    await using sink = new FileSink(path, { packing: 'none' });
    await expect(sink.finish()).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('precious');
  });

  test.skipIf(smallDisk === undefined)('says that the disk is full, at the latest at its end', async () => {
    await using sink = new FileSink(join(smallDisk ?? '', 'file'), { packing: 'none' });
    const writeAll = async () => {
      for (let piece = 0; piece < 30; piece += 1) await sink.write(randomBytes(100_000));
      await sink.finish();
    };
    await expect(writeAll()).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});

test.skipIf(smallDisk === undefined)('two directories share a disk or they do not', async () => {
  const here = await newDirectory();
  expect(await sharesDisk(here, await newDirectory())).toBe(true);
  expect(await sharesDisk(here, smallDisk ?? '')).toBe(false);
});
