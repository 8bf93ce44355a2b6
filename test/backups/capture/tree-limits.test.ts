import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TarPacker } from '../../../src/backups/capture/tree/tar-packer.ts';
import type { PackedSink, TreePacker } from '../../../src/backups/capture/tree/tree-packer.ts';
import { ZipPacker } from '../../../src/backups/capture/tree/zip-packer.ts';
import { inspectFile } from '../../../src/verification/inspection.ts';
import { DEFAULT_LIMITS } from '../../../src/verification/limits.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { mountSmallDisk } from '../support/tmpfs.ts';
import { packAndVerify } from './support/packed-tree.ts';

const newDirectory = useDirectories();
const otherDisk = mountSmallDisk(256);

/** Packs so many directories, without a tree of that size, and inspects the archive. */
async function packMany(file: string, count: number, packerOf: (sink: PackedSink) => TreePacker) {
  const directory = await newDirectory();
  const pieces: Buffer[] = [];
  const packer = packerOf({ write: async (bytes) => void pieces.push(Buffer.from(bytes)) });
  const stats = statSync(directory);
  let listedAtMost: number | undefined;
  for (let index = 0; index < count; index += 1) {
    const name = `directory-${index}`;
    await packer.addDirectory({ raw: name, path: name }, stats);
    if (index + 1 === 100_000) listedAtMost = packer.entries?.length;
  }
  await packer.finish();
  writeFileSync(join(directory, file), Buffer.concat(pieces));
  const inspection = await inspectFile({ directory, file, level: 'structure', limits: DEFAULT_LIMITS });
  return { path: join(directory, file), entries: packer.entries, listedAtMost, inspection };
}

const nothing = async () => {};

test('a manifest lists up to 100,000 entries of a tar archive, and none of one that has more', async () => {
  const { entries, listedAtMost, inspection } = await packMany(
    'a.tar',
    100_001,
    (sink) => new TarPacker(sink, nothing),
  );
  expect(listedAtMost).toBe(100_000);
  expect(entries).toBeUndefined();
  expect(inspection).toMatchObject({ structure: [], content: { entries: 100_001, isComplete: true } });
});

describe('a zip archive', () => {
  test.each([65_534, 65_535])('of %i names is sound, and complete for other readers', async (count) => {
    const { path, inspection } = await packMany('a.zip', count, (sink) => new ZipPacker(sink, nothing));
    expect(inspection).toMatchObject({ structure: [], content: { entries: count, isComplete: true } });
    if (!hasTool('unzip')) return;
    const listing = execFileSync('unzip', ['-Z', '-h', path], { encoding: 'utf8' });
    expect(listing).toContain(`number of entries: ${count}`);
  });
});

describe('what is mounted below a directory', () => {
  test('is left out and told, unless it is asked for', async ({ skip }) => {
    if (otherDisk === undefined) return skip('this process may not mount a disk');
    const path = join(otherDisk, '..');
    writeFileSync(join(otherDisk, 'there'), 'x');
    writeFileSync(join(path, 'here'), 'x');
    const base = await newDirectory();
    await mkdir(join(base, 'points'));
    const alone = await packAndVerify({ path }, join(base, 'points/alone'));
    expect(alone.entries.map(({ path: name }) => name)).toEqual(['.', 'disk', 'here']);
    const names = [{ name: 'disk', why: 'another file system' }];
    expect(alone.outcome.notes).toEqual([{ kind: 'left-out', count: 1, names }]);
    const all = await packAndVerify({ path, oneFileSystem: false }, join(base, 'points/all'));
    expect(all.entries.map(({ path: name }) => name)).toEqual(['.', 'disk', 'disk/there', 'here']);
    expect(all.outcome.notes).toEqual([]);
  });
});
