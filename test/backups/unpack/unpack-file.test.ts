import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpackFile } from '../../../src/backups/unpack/unpack-file.ts';
import type { UnpackFileTask } from '../../../src/backups/unpack/unpack-file.worker.ts';
import { DEFAULT_LIMITS } from '../../../src/verification/limits.ts';
import { tarOf } from '../../verification/support/tar-making.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { zipOf } from '../../verification/support/zip-making.ts';
import { packAndVerify } from '../capture/support/packed-tree.ts';
import { listTree } from '../capture/support/tree-listing.ts';
import { mountSmallDisk } from '../support/tmpfs.ts';

const newDirectory = useDirectories();
/** Room for the small files, and not for the large ones. */
const smallDisk = mountSmallDisk(12 * 1024);

/** Stores bytes under a name, and unpacks them into a directory beside it. */
async function unpackBytes(name: string, bytes: Buffer, task: Partial<UnpackFileTask> = {}) {
  const directory = await newDirectory();
  writeFileSync(join(directory, name), bytes);
  const target = join(directory, 'out');
  mkdirSync(target);
  const plan = { entries: undefined, isTree: false, decodedBytes: undefined, identityText: undefined };
  const unpacked = unpackFile({
    ...{ directory, file: name, target, plainName: 'plain', limits: DEFAULT_LIMITS, ...plan, ...task },
  });
  return { directory, target, unpacked };
}

const packedBy = (tool: string) => (bytes: Buffer) => execFileSync(tool, ['-c'], { input: bytes });

/** What `tarOf` says of every entry. */
const CHANGED_AT_SECONDS = 0o15000000000;

const small = tarOf({ path: 'etc/', typeflag: '5' }, { path: 'etc/hosts', data: '127.0.0.1 here\n', mode: 0o6755 });

describe('an archive is unpacked, whatever it is packed in:', () => {
  test.for([
    { name: 'tree.tar', pack: (bytes: Buffer) => bytes },
    { name: 'tree.tar.gz', pack: (bytes: Buffer) => gzipSync(bytes) },
    { name: 'tree.tar.zst', pack: (bytes: Buffer) => zstdCompressSync(bytes) },
    { name: 'tree.tar.xz', pack: packedBy('xz'), tool: 'xz' },
    { name: 'tree.tar.bz2', pack: packedBy('bzip2'), tool: 'bzip2' },
    { name: 'tree', pack: (bytes: Buffer) => gzipSync(bytes) },
  ])('$name', async ({ name, pack, tool }, { skip }) => {
    skip(tool !== undefined && !hasTool(tool), `this machine has no ${tool}`);
    const { target, unpacked } = await unpackBytes(name, pack(small));
    expect(await unpacked).toMatchObject({ isArchive: true, files: 1, bytes: 15 });
    expect(readFileSync(join(target, 'etc/hosts'), 'utf8')).toBe('127.0.0.1 here\n');
    // What may be run stays so; set-id bits and the rights of others go.
    expect(lstatSync(join(target, 'etc/hosts')).mode & 0o7777).toBe(0o700);
    for (const path of ['etc', 'etc/hosts']) {
      expect(lstatSync(join(target, path)).mtimeMs).toBe(CHANGED_AT_SECONDS * 1000);
    }
  });

  test('a zip, with a link', async () => {
    const zip = zipOf([
      { name: 'a/' },
      { name: 'a/text', data: 'words', method: 8 },
      { name: 'a/link', data: 'text', mode: 0o120777 },
    ]);
    const { target, unpacked } = await unpackBytes('tree.zip', zip);
    expect(await unpacked).toMatchObject({ format: 'zip', files: 1, links: 1 });
    expect([...listTree(target)].map(([name, { type, target: to }]) => [name, type, to])).toEqual([
      ['a', 'directory', undefined],
      ['a/link', 'symlink', 'text'],
      ['a/text', 'file', undefined],
    ]);
  });

  test('one plain file in a packing becomes that file', async () => {
    const { target, unpacked } = await unpackBytes('notes.gz', gzipSync(Buffer.from('only words')));
    expect(await unpacked).toMatchObject({ isArchive: false, files: 1, bytes: 10 });
    expect(readFileSync(join(target, 'plain'), 'utf8')).toBe('only words');
  });
});

describe('what Muster captured comes back, every listed digest compared,', () => {
  test.for(['tar.zst', 'tar.gz', 'zip'] as const)('from %s', async (format) => {
    const directory = await newDirectory();
    const source = join(directory, 'source');
    mkdirSync(join(source, 'deep/er'), { recursive: true });
    writeFileSync(join(source, 'deep/er/empty'), '');
    writeFileSync(join(source, 'deep/large'), Buffer.alloc(3_000_000, 'abc'));
    symlinkSync('/etc/hostname', join(source, 'host'));
    const packed = await packAndVerify({ path: source, format }, join(directory, 'point'));
    // The manifest lists no entries of a zip: its files have their own checksums.
    const entries = format === 'zip' ? undefined : packed.entries;
    const task = { directory: join(directory, 'point'), file: `tree.${format}`, entries, isTree: true };
    const into = async (given: Partial<UnpackFileTask>) => {
      const target = await newDirectory();
      const rest = { plainName: 'plain', decodedBytes: undefined, identityText: undefined, limits: DEFAULT_LIMITS };
      return { target, unpacked: unpackFile({ ...task, ...rest, target, ...given }) };
    };
    const { target, unpacked } = await into({});
    expect(await unpacked).toMatchObject({ files: 2, links: 1, comparedFiles: entries === undefined ? 0 : 2 });
    const content = (root: string) =>
      [...listTree(root)].map(([name, { type, sha256, target: to }]) => [name, type, sha256, to]);
    expect(content(target)).toEqual(content(source));

    if (entries === undefined) return;
    const altered = entries.map((entry) =>
      entry.path === 'deep/large' ? { ...entry, sha256: '0'.repeat(64) } : entry,
    );
    await expect((await into({ entries: altered })).unpacked).rejects.toMatchObject({
      code: 'point-damaged',
      message: expect.stringContaining('deep/large'),
    });
  });
});

describe('a hostile archive is refused, and nothing leaves the directory:', () => {
  const link = { path: 'a/out', typeflag: '2', target: '..' };
  test.for([
    { name: 'a path upwards', bytes: tarOf({ path: '../outside', data: 'x' }) },
    { name: 'an absolute path', bytes: tarOf({ path: '/tmp/outside', data: 'x' }) },
    { name: 'a link out of the directory', bytes: tarOf({ path: 'out', typeflag: '2', target: '../outside' }) },
    { name: 'a hard link out of the directory', bytes: tarOf({ path: 'out', typeflag: '1', target: '../outside' }) },
    {
      name: 'a file through a link',
      bytes: tarOf({ path: 'a/', typeflag: '5' }, link, { path: 'a/out/file', data: 'x' }),
    },
    { name: 'a device', bytes: tarOf({ path: 'null', typeflag: '3' }) },
    { name: 'a named pipe', bytes: tarOf({ path: 'pipe', typeflag: '6' }) },
    { name: 'a name twice', bytes: tarOf({ path: 'a', data: 'x' }, { path: 'a', data: 'y' }) },
    { name: 'a path upwards in a zip', bytes: zipOf([{ name: '../outside', data: 'x' }]), file: 'tree.zip' },
    { name: 'a link out of a zip', bytes: zipOf([{ name: 'l', data: '/etc', mode: 0o120777 }]), file: 'tree.zip' },
  ])('$name', async ({ bytes, file = 'tree.tar' }) => {
    const { directory, target, unpacked } = await unpackBytes(file, bytes);
    await expect(unpacked).rejects.toMatchObject({ code: 'point-hostile' });
    expect(readdirSync(directory).sort()).toEqual(['out', file].sort());
    expect([...listTree(target).values()].filter(({ type }) => type !== 'file' && type !== 'directory')).toEqual([]);
  });

  test('a file through a link of a tree as it was found, whose links may lead anywhere', async () => {
    const bytes = tarOf({ path: 'etc', typeflag: '2', target: '/etc' }, { path: 'etc/muster-test', data: 'x' });
    const { unpacked } = await unpackBytes('tree.tar', bytes, { isTree: true });
    await expect(unpacked).rejects.toMatchObject({ code: 'point-hostile' });
  });

  test('more than it may unpack to, or more entries', async () => {
    const limits = { ...DEFAULT_LIMITS, expansionFreeBytes: 1000, expansionRatioMax: 2 };
    const bomb = await unpackBytes('zeros.gz', gzipSync(Buffer.alloc(1_000_000)), { limits });
    await expect(bomb.unpacked).rejects.toMatchObject({ code: 'point-hostile' });
    const many = await unpackBytes('tree.tar', small, { limits: { ...DEFAULT_LIMITS, entriesMax: 1 } });
    await expect(many.unpacked).rejects.toMatchObject({ code: 'point-hostile' });
  });
});

test('an archive that is cut is damaged, and an abort stops the work', async () => {
  const cut = await unpackBytes('tree.tar.gz', gzipSync(small).subarray(0, 60));
  await expect(cut.unpacked).rejects.toMatchObject({ code: 'point-damaged' });
  const directory = await newDirectory();
  writeFileSync(join(directory, 'tree.tar'), small);
  const task = { directory, file: 'tree.tar', target: directory, plainName: 'plain', limits: DEFAULT_LIMITS };
  const plan = { entries: undefined, isTree: false, decodedBytes: undefined, identityText: undefined };
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(unpackFile({ ...task, ...plan }, { signal })).rejects.toThrow('enough');
});

describe('a large tree, which a second thread writes,', () => {
  const many = Array.from({ length: 2500 }, (_, index) => ({
    path: `d${index % 7}/f${index}`,
    data: index % 50 === 0 ? '' : `${index} `.repeat(1 + (index % 300)),
  }));
  const large = ['zeros', 'ones'].map((path, index) => ({ path, data: `${index}`.repeat(5_000_001) }));

  test('is what the archive holds: empty files, large ones in pieces, links and times', async () => {
    const links = [
      { path: 'd1/hard', typeflag: '1', target: 'd0/f2499'.replace('d0', `d${2499 % 7}`) },
      { path: 'soft', typeflag: '2', target: 'd1/hard' },
    ];
    const bytes = tarOf(...many.slice(0, 2400), ...large, ...many.slice(2400), ...links);
    const { target, unpacked } = await unpackBytes('tree.tar', bytes);
    expect(await unpacked).toMatchObject({ files: 2502, links: 2, findings: [] });
    for (const { path, data } of [...many, ...large]) expect(readFileSync(join(target, path), 'utf8')).toBe(data);
    expect(readFileSync(join(target, 'soft'), 'utf8')).toBe(many[2499]?.data);
    expect(lstatSync(join(target, 'd1/hard')).nlink).toBe(2);
    for (const path of ['zeros', 'd3/f2313', 'd1/hard']) {
      expect(lstatSync(join(target, path)).mtimeMs).toBe(CHANGED_AT_SECONDS * 1000);
    }
  });

  test('is refused where a name comes twice, in whichever thread', async () => {
    const { unpacked } = await unpackBytes('tree.tar', tarOf(...many, { path: many[3]?.path ?? '', data: 'again' }));
    await expect(unpacked).rejects.toMatchObject({ code: 'point-hostile', message: expect.stringContaining('twice') });
  });

  test('says that the disk is full, and not that the archive is damaged', async ({ skip }) => {
    skip(smallDisk === undefined, 'no small disk can be mounted here');
    const directory = await newDirectory();
    writeFileSync(join(directory, 'tree.tar'), tarOf(...many, ...large));
    const task = { directory, file: 'tree.tar', target: smallDisk ?? '', plainName: 'plain', limits: DEFAULT_LIMITS };
    const plan = { entries: undefined, isTree: false, decodedBytes: undefined, identityText: undefined };
    await expect(unpackFile({ ...task, ...plan })).rejects.toMatchObject({ code: 'disk-full' });
  });
});
