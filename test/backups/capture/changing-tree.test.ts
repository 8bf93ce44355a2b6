import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { scaled } from '../../support/scale.ts';
import { NOBODY, withoutRoot } from '../../support/without-root.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { packAndVerify, unpack } from './support/packed-tree.ts';
import { listTree } from './support/tree-listing.ts';

const newDirectory = useDirectories();

const LARGE_BYTES = 3 * 1024 ** 2;

describe('a file that changes while it is packed breaks nothing: it is told, and the archive is sound', () => {
  /** What happens when the first piece of the large file was read, and what is said of it. */
  const changes = [
    { what: 'shrinks', act: (file: string) => truncateSync(file, LARGE_BYTES / 2) },
    { what: 'is emptied', act: (file: string) => truncateSync(file, 0) },
    { what: 'grows', act: (file: string) => appendFileSync(file, 'more') },
    { what: 'is written over', act: (file: string) => writeFileSync(file, Buffer.alloc(LARGE_BYTES, 'z')) },
  ];

  describe.each(['tar.zst', 'zip'] as const)('in a %s', (format) => {
    test.each(changes)('when it $what', async ({ act }) => {
      const base = await newDirectory();
      const path = join(base, 'source');
      const large = join(path, 'large');
      mkdirSync(path);
      writeFileSync(large, Buffer.alloc(LARGE_BYTES, 'a'));
      writeFileSync(join(path, 'next'), 'untouched');
      let isActed = false;
      const onProgress = () => {
        if (!isActed) act(large);
        isActed = true;
      };
      const { check, outcome } = await packAndVerify({ path, format }, join(base, 'point'), { onProgress });
      expect(check).toMatchObject({ verdict: 'sound', findings: [] });
      expect(outcome.notes).toEqual([{ kind: 'changed', count: 1, names: [{ name: 'large' }] }]);
      expect(outcome.facts).toMatchObject({ files: 2, notes: outcome.notes });
    });
  });

  test('zeros stand for what a file lost after its length was written', async ({ skip }) => {
    skip(!hasTool('zstd'), 'this machine has no zstd');
    const base = await newDirectory();
    const path = join(base, 'source');
    mkdirSync(path);
    writeFileSync(join(path, 'large'), Buffer.alloc(LARGE_BYTES, 'a'));
    const onProgress = () => truncateSync(join(path, 'large'), 0);
    const { archive, entries } = await packAndVerify({ path }, join(base, 'point'), { onProgress });
    await unpack(archive, join(base, 'restored'));
    const restored = listTree(join(base, 'restored')).get('large');
    expect(restored).toMatchObject({ type: 'file', sha256: entries.at(-1)?.sha256 });
    expect(entries.at(-1)).toMatchObject({ path: 'large', sizeBytes: LARGE_BYTES });
  });

  test('what is gone, or is something else, when its turn comes is told and not in the archive', async () => {
    const base = await newDirectory();
    const path = join(base, 'source');
    mkdirSync(join(path, 'later/deep'), { recursive: true });
    writeFileSync(join(path, 'first'), Buffer.alloc(LARGE_BYTES, 'a'));
    for (const name of ['gone', 'linked', 'piped']) writeFileSync(join(path, 'later', name), 'x');
    writeFileSync(join(path, 'z-gone'), 'x');
    const onProgress = () => {
      rmSync(join(path, 'z-gone'), { force: true });
      rmSync(join(path, 'later'), { recursive: true, force: true });
      symlinkSync('/etc', join(path, 'later'));
    };
    let isActed = false;
    const once = () => {
      if (!isActed) onProgress();
      isActed = true;
    };
    const { check, outcome, entries } = await packAndVerify({ path }, join(base, 'point'), { onProgress: once });
    expect(check.verdict).toBe('sound');
    expect(entries.map(({ path: name }) => name)).toEqual(['.', 'first']);
    expect(outcome.notes).toEqual([{ kind: 'vanished', count: 2, names: [{ name: 'later' }, { name: 'z-gone' }] }]);
  });

  test('a directory that is moved away and replaced by a link while it is read leads nowhere else', async () => {
    const base = await newDirectory();
    const path = join(base, 'source');
    const outside = join(base, 'outside');
    for (const directory of [join(path, 'inside'), outside]) mkdirSync(directory, { recursive: true });
    writeFileSync(join(path, 'inside/a-large'), Buffer.alloc(LARGE_BYTES, 'a'));
    writeFileSync(join(path, 'inside/secret'), 'from the tree');
    writeFileSync(join(outside, 'secret'), 'from elsewhere, and longer');
    let isActed = false;
    const onProgress = () => {
      if (isActed) return;
      isActed = true;
      renameSync(join(path, 'inside'), join(base, 'moved'));
      symlinkSync(outside, join(path, 'inside'));
    };
    const { check, entries } = await packAndVerify({ path }, join(base, 'point'), { onProgress });
    expect(check.verdict).toBe('sound');
    expect(entries.at(-1)).toMatchObject({ path: 'inside/secret', sizeBytes: 'from the tree'.length });
  });
});

test('what may not be read is told by name and code, and the point is incomplete', async ({ skip }) => {
  skip(!hasTool('unzip'), 'this machine has no unzip');
  const base = await newDirectory();
  const path = join(base, 'source');
  mkdirSync(join(path, 'closed'), { recursive: true });
  for (const name of ['closed/file', 'private', 'public']) writeFileSync(join(path, name), 'x');
  for (const name of ['private', 'closed']) chmodSync(join(path, name), 0);
  if (process.geteuid?.() === 0) chownSync(base, NOBODY, NOBODY);
  // As a zip: a tar is packed by a thread, which could not load its modules from a checkout that only root may enter.
  const packed = await withoutRoot(() => packAndVerify({ path, format: 'zip' }, join(base, 'point')));
  const { check, outcome, archive } = packed;
  expect(check.findings).toMatchObject([{ kind: 'incomplete', message: expect.stringContaining('2 names') }]);
  expect(check.verdict).toBe('suspect');
  const names = [
    { name: 'closed', why: 'EACCES' },
    { name: 'private', why: 'EACCES' },
  ];
  expect(outcome.notes).toEqual([{ kind: 'unreadable', count: 2, names }]);
  const listed = execFileSync('unzip', ['-Z1', archive], { encoding: 'utf8' });
  expect(listed.split('\n').filter(Boolean).toSorted()).toEqual(['closed/', 'public']);
});

test('a tree in which everything moves is packed, is sound, and unpacks to what its manifest lists', {
  timeout: 120_000,
}, async ({ skip }) => {
  skip(!hasTool('zstd'), 'this machine has no zstd');
  for (let round = 0; round < scaled(3); round += 1) {
    const base = await newDirectory();
    const path = join(base, 'source');
    for (let index = 0; index < 20; index += 1) {
      mkdirSync(join(path, `d${index}`), { recursive: true });
      for (let file = 0; file < 30; file += 1) {
        writeFileSync(join(path, `d${index}`, `f${file}`), Buffer.alloc(file % 10 === 0 ? 400_000 : 5000, `${file}`));
      }
    }
    const writers = [1, 2].map((seed) => new Worker(MAD_WRITER, { eval: true, workerData: { path, seed } }));
    await Promise.all(writers.map((writer) => new Promise((begun) => writer.once('message', begun))));
    const { check, archive, entries, outcome } = await packAndVerify({ path }, join(base, 'point'));
    await Promise.all(writers.map((writer) => writer.terminate()));
    expect(check).toMatchObject({ verdict: 'sound', level: 'content', findings: [] });
    expect(outcome.facts).toMatchObject({ entriesListed: true });
    await unpack(archive, join(base, 'restored'));
    const restored = listTree(join(base, 'restored'));
    const listed = entries.filter(({ path: name }) => name !== '.');
    expect([...restored.keys()].sort()).toEqual(listed.map(({ path: name }) => name).sort());
    for (const { path: name, type, mode, mtimeSeconds, sha256, target } of listed) {
      const there = restored.get(name);
      if (type === 'file') expect(there).toMatchObject({ type, mode, mtimeSeconds, sha256 });
      else if (type === 'hardlink') expect(there?.type).toBe('file');
      else expect(there).toMatchObject({ type, ...(target === undefined ? {} : { target }) });
    }
  }
});

/** Appends, truncates, replaces, renames, links and removes, as fast as it can, until it is ended. */
const MAD_WRITER = `
  const fs = require('node:fs');
  const { parentPort, workerData: { path, seed } } = require('node:worker_threads');
  let state = seed;
  const below = (bound) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return (state >>> 8) % bound; };
  const file = () => path + '/d' + below(20) + '/f' + below(40);
  const acts = [
    () => fs.appendFileSync(file(), 'x'.repeat(below(3000))),
    () => fs.truncateSync(file(), below(400000)),
    () => fs.writeFileSync(file(), Buffer.alloc(below(300000), 'w')),
    () => { const name = file(); fs.writeFileSync(name + '.new', 'y'.repeat(below(9000))); fs.renameSync(name + '.new', name); },
    () => fs.rmSync(file(), { force: true }),
    () => fs.symlinkSync('/nonexistent/target', file()),
    () => fs.linkSync(file(), file()),
    () => fs.renameSync(path + '/d' + below(20), path + '/d' + below(20) + '-moved'),
    () => fs.mkdirSync(path + '/d' + below(20)),
    () => fs.rmSync(path + '/d' + below(20) + '-moved', { recursive: true, force: true }),
  ];
  parentPort.postMessage('begun');
  for (;;) { try { acts[below(acts.length)](); } catch {} }
`;
