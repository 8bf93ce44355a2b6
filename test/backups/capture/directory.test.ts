import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CaptureSourceOf } from '../../../src/backups/capture/captured-set.ts';
import { pointById } from '../../../src/backups/catalogue.queries.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { useCaptureWorld } from './support/capture-world.ts';
import { unpack } from './support/packed-tree.ts';
import { listTree } from './support/tree-listing.ts';

const world = useCaptureWorld();

/** A small tree with a file, a directory, an empty one and a link that leads out. */
async function newTree(): Promise<string> {
  const root = await world.newDirectory();
  mkdirSync(join(root, 'pages/empty'), { recursive: true });
  writeFileSync(join(root, 'pages/index.html'), '<h1>intranet</h1>');
  symlinkSync('/etc/hostname', join(root, 'host'));
  return root;
}

type DirectorySource = CaptureSourceOf<'directory'>;

const directory = (path: string, more: Partial<DirectorySource> = {}): DirectorySource => {
  return { type: 'directory', path, format: 'tar.zst', exclude: [], oneFileSystem: true, ...more };
};

const recordOf = async (root: string, point: string) =>
  JSON.parse(await readFile(join(root, point, 'record.json'), 'utf8'));

const capturesOf = async (setId: string) =>
  (await world.api.request('get', `/api/v1/backup-sets/${setId}/captures`).expect(200)).body.items;

describe('a tree is taken, signed, read back and found sound, and comes back as it was', () => {
  test.for([
    { format: 'tar.zst', tool: 'zstd', level: 'content' },
    { format: 'tar.gz', tool: 'gzip', level: 'content' },
    { format: 'zip', tool: 'unzip', level: 'structure' },
  ] as const)('as $format', async ({ format, tool, level }, { skip }) => {
    skip(!hasTool(tool), `this machine has no ${tool}`);
    const path = await newTree();
    const set = await world.newSet(directory(path, { format }));
    const point = await world.take(set);
    expect(point).toMatchObject({
      method: 'directory',
      own: true,
      verdict: 'sound',
      verifiedLevel: level,
      fileCount: 3,
    });
    const { root } = await repositoryById(world.database.db, set.repositoryId);
    expect(await recordOf(root, point.name)).toMatchObject({
      format: 'muster-capture/1',
      source: { path, format },
      facts: { files: 1, directories: 2, symlinks: 1, hardLinks: 0, bytes: 17, excluded: 0, notes: [] },
    });
    const restored = join(await world.newDirectory(), 'restored');
    await unpack(join(root, point.name, `tree.${format}`), restored);
    const names = (tree: string) => [...listTree(tree)].map(([name, { sha256, target }]) => [name, sha256, target]);
    expect(names(restored)).toEqual(names(path));
    expect(await capturesOf(set.id)).toMatchObject([{ state: 'done', notes: [] }]);
    expect(await world.discover(set)).toMatchObject({ sets: [{ changed: { count: 0 }, missing: { count: 0 } }] });
  });
});

describe('a source is refused, by its path, and nothing is left behind,', () => {
  async function refused(source: DirectorySource, repositoryId?: string) {
    const set = await world.newSet(source, repositoryId === undefined ? {} : { repositoryId });
    const taking = world.take(set);
    await expect(taking).rejects.toMatchObject({
      kind: 'unprocessable',
      message: expect.stringContaining(source.path),
    });
    const { root } = await repositoryById(world.database.db, set.repositoryId);
    expect(await readdir(join(root, set.name))).toEqual([]);
    return (await taking.catch((thrown: unknown) => thrown)) as { readonly code: string };
  }

  test('when it is not there, or is no directory', async () => {
    const path = await newTree();
    for (const wrong of [join(path, 'nowhere'), join(path, 'pages/index.html')]) {
      expect(await refused(directory(wrong))).toMatchObject({ code: 'source-unreadable' });
    }
  });

  test('when it holds no file and no link, as where a disk is not mounted', async () => {
    const path = await world.newDirectory();
    mkdirSync(join(path, 'mount-point'));
    expect(await refused(directory(path))).toMatchObject({ code: 'source-empty' });
  });

  test('when all of it is left out', async () => {
    const exclude = ['pages', 'h?st'];
    expect(await refused(directory(await newTree(), { exclude }))).toMatchObject({ code: 'source-empty' });
  });

  test('when it lies in the repository, or in the data of Muster', async () => {
    const repository = await world.newRepository();
    mkdirSync(join(repository.root, 'inside'));
    writeFileSync(join(repository.root, 'inside/file'), 'x');
    const inside = directory(join(repository.root, 'inside'));
    expect(await refused(inside, repository.id)).toMatchObject({ code: 'source-is-own' });
    mkdirSync(join(world.deps.dataDirectory, 'reports'), { recursive: true });
    expect(await refused(directory(join(world.deps.dataDirectory, 'reports')))).toMatchObject({
      code: 'source-is-own',
    });
  });
});

test('a tree that holds the repository and the data of Muster is taken without them, and that is said', async () => {
  const repository = await world.newRepository();
  mkdirSync(world.deps.dataDirectory, { recursive: true });
  writeFileSync(join(world.deps.dataDirectory, 'key'), 'secret');
  const path = dirname(repository.root);
  const set = await world.newSet(directory(path), { repositoryId: repository.id });
  const first = await world.take(set);
  expect(first.verdict).toBe('sound');
  const [run] = await capturesOf(set.id);
  const [own] = repository.root.split('/').slice(-1);
  expect(run.notes).toEqual([
    {
      kind: 'left-out',
      count: 2,
      names: expect.arrayContaining([
        { name: own, why: 'the repository' },
        { name: 'data', why: "Muster's own data" },
      ]),
    },
  ]);
  const manifest = JSON.parse(await readFile(join(repository.root, first.name, 'manifest.json'), 'utf8'));
  const paths: string[] = manifest.files[0].entries.map(({ path: name }: { path: string }) => name);
  expect(paths.filter((name) => name === 'data' || name.startsWith('data/'))).toEqual(['data']);
  expect(paths.filter((name) => name === own || name.startsWith(`${own}/`))).toEqual([own]);
});

test('what patterns leave out is not packed, and is counted', async () => {
  const path = await newTree();
  for (const name of ['pages/a.tmp', 'pages/empty/b.tmp', 'c.tmp']) writeFileSync(join(path, name), 'x');
  mkdirSync(join(path, 'cache/deep'), { recursive: true });
  writeFileSync(join(path, 'cache/deep/file'), 'x');
  const set = await world.newSet(directory(path, { exclude: ['**/*.tmp', 'cache'] }));
  const point = await world.take(set);
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  expect((await recordOf(root, point.name)).facts).toMatchObject({ files: 1, directories: 2, excluded: 4, notes: [] });
});

test('a pattern that is none is refused with its field', async () => {
  const set = await world.newSet(directory('/srv/intranet'));
  const refusal = await world.api
    .request('patch', `/api/v1/captured-sets/${set.id}`)
    .set('If-Match', '"1"')
    .send({ source: { type: 'directory', path: '/srv/intranet', exclude: ['ok', '/absolute'] } })
    .expect(400);
  expect(refusal.body.fields).toMatchObject([{ field: '#/source/exclude/1' }]);
  expect(set.capture?.source).toEqual(directory('/srv/intranet'));
});

test('a point that lacks a part of its source is kept as suspect, at every later check too, and says which', async () => {
  const path = await newTree();
  // Two names of which one text can tell only one: the second cannot be packed, whoever asks.
  writeFileSync(join(path, 'a\\xff'), 'x');
  writeFileSync(Buffer.from(`${path}/a\xff`, 'latin1'), 'y');
  const set = await world.newSet(directory(path));
  await expect(world.take(set)).rejects.toMatchObject({
    code: 'backup-not-sound',
    message: expect.stringContaining('1 name in it could not be read'),
  });
  const [run] = await capturesOf(set.id);
  expect(run).toMatchObject({ state: 'done', notes: [{ kind: 'unreadable', count: 1, names: [{ name: 'a\\xff' }] }] });
  const point = await pointById(world.database.db, run.pointId);
  expect(point).toMatchObject({ verdict: 'suspect', state: 'present' });
});
