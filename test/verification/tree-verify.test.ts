import { chmod, cp, mkdir, readFile, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readDigestList } from '../../src/verification/digest-list.ts';
import type { DigestList } from '../../src/verification/expected-file.ts';
import { verdictOf } from '../../src/verification/finding.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { compareTree } from '../../src/verification/tree-comparison.ts';
import { serialiseTreeManifest } from '../../src/verification/tree-manifest.ts';
import { createTreeManifest } from '../../src/verification/tree-manifest-create.ts';
import { verifyTree } from '../../src/verification/tree-verify.ts';
import { flipped, overwritten, swapped } from './support/damage.ts';
import { noise } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const LARGE_BYTES = 1_500_000;
let original: string;
let list: DigestList;

beforeAll(async () => {
  original = await newDirectory();
  await mkdir(join(original, 'd', 'e'), { recursive: true });
  await writeFile(join(original, 'd', 'small'), 'some text');
  await writeFile(join(original, 'd', 'e', 'other'), 'other text');
  await writeFile(join(original, 'empty'), '');
  await writeFile(join(original, 'large'), noise(LARGE_BYTES, 7));
  await symlink('d/small', join(original, 'link'));
  const manifest = await createTreeManifest(original, { createdAt: '2026-11-22T15:10:00Z', limits: DEFAULT_LIMITS });
  const read = readDigestList(serialiseTreeManifest(manifest), 'tree.manifest', DEFAULT_LIMITS);
  if (read.list === undefined) throw new Error(read.finding.message);
  list = read.list;
});

/** A copy of the tree with something done to it, and what the check says. */
async function damaged(damage: (tree: string) => Promise<unknown>) {
  const tree = await newDirectory();
  await cp(original, tree, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  await damage(tree);
  return verifyTree(tree, list, { limits: DEFAULT_LIMITS });
}

const change = (name: string, how: (bytes: Buffer) => Buffer) => async (tree: string) => {
  await writeFile(join(tree, name), how(await readFile(join(tree, name))));
};

describe('a tree against its manifest', () => {
  test('is sound when nothing was done to it, and says how much was looked at', async () => {
    const seen: (readonly [number, number])[] = [];
    const onProgress = (...progress: readonly [number, number]) => seen.push(progress);
    const check = await verifyTree(original, list, { limits: DEFAULT_LIMITS, onProgress });
    expect(check).toMatchObject({ findings: [], checkedCount: 7, filesRead: 4, mtimeDifferences: 0 });
    expect([check.bytesRead, seen.at(-1)]).toEqual([LARGE_BYTES + 19, [LARGE_BYTES + 19, LARGE_BYTES + 19]]);
  });

  test.each([
    ['a missing file', (tree: string) => rm(join(tree, 'd', 'small')), 'missing', 'd/small'],
    ['a missing link', (tree: string) => rm(join(tree, 'link')), 'missing', 'link'],
    ['a new file', (tree: string) => writeFile(join(tree, 'new'), 'x'), 'unexpected', 'new'],
    ['a new directory', (tree: string) => mkdir(join(tree, 'd', 'new')), 'unexpected', 'd/new'],
    ['a turned bit', change('d/small', (bytes) => flipped(bytes, 3)), 'altered', 'd/small'],
    [
      'a file longer by zeros',
      change('d/small', (bytes) => Buffer.concat([bytes, Buffer.alloc(9)])),
      'altered',
      'd/small',
    ],
    ['a file that is empty now', change('d/small', () => Buffer.alloc(0)), 'empty', 'd/small'],
    ['a file that was empty', change('empty', () => Buffer.from('x')), 'altered', 'empty'],
    ['another mode', (tree: string) => chmod(join(tree, 'd', 'small'), 0o4755), 'altered', 'd/small'],
    ['a directory that all may write', (tree: string) => chmod(join(tree, 'd'), 0o777), 'altered', 'd'],
  ])('shows %s', async (_, damage, kind, file) => {
    const { findings } = await damaged(damage);
    expect(findings.map((finding) => [finding.kind, finding.file])).toEqual([[kind, file]]);
  });

  test('shows a link that leads elsewhere, and a file in its place', async () => {
    const relink = (target: string) => async (tree: string) => {
      await rm(join(tree, 'link'));
      await symlink(target, join(tree, 'link'));
    };
    expect((await damaged(relink('d/e/other'))).findings).toMatchObject([
      { kind: 'altered', file: 'link', expected: 'd/small', actual: 'd/e/other' },
    ]);
    const { findings } = await damaged(async (tree) => {
      await rm(join(tree, 'link'));
      await writeFile(join(tree, 'link'), 'some text');
    });
    expect(findings).toMatchObject([{ kind: 'altered', expected: 'symlink', actual: 'file' }]);
  });

  test('puts what was in a lost directory beneath it, and what is in a new one', async () => {
    const { findings } = await damaged((tree) => rename(join(tree, 'd'), join(tree, 'n')));
    expect(findings.map(({ kind, file, consequences }) => [kind, file, consequences?.length])).toEqual([
      ['missing', 'd', 3],
      ['unexpected', 'n', 3],
    ]);
  });

  test('counts other modification times, and calls the tree sound', async () => {
    // Copying does not keep the times of directories and links.
    const before = await damaged(async () => {});
    const after = await damaged((tree) => utimes(join(tree, 'large'), 1, 1));
    expect([after.findings, after.mtimeDifferences]).toEqual([[], before.mtimeDifferences + 1]);
  });

  test.each([
    ['a bit', (bytes: Buffer) => flipped(bytes, 700_000), 655_360, 720_896],
    ['a zeroed sector', (bytes: Buffer) => overwritten(bytes, 65_536, 512), 65_536, 131_072],
    ['a zeroed region', (bytes: Buffer) => overwritten(bytes, 100_000, 65_536), 65_536, 196_608],
    ['exchanged sectors', (bytes: Buffer) => swapped(bytes, 0, 1_400_000, 512), 0, 65_536],
    ['a lost tail byte', (bytes: Buffer) => bytes.subarray(0, -1), LARGE_BYTES - 1, LARGE_BYTES],
    ['appended zeros', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(512)]), 1_441_792, LARGE_BYTES + 512],
  ])('says where a large file is damaged: %s', async (_, how, offset, endOffset) => {
    const { findings } = await damaged(change('large', how));
    expect(findings).toMatchObject([{ file: 'large', offset, endOffset }]);
  });

  test('tells a cut large file from another one', async () => {
    const cut = await damaged((tree) => truncate(join(tree, 'large'), 500_000));
    expect(cut.findings).toMatchObject([{ kind: 'truncated', offset: 500_000, endOffset: LARGE_BYTES }]);
    const other = await damaged(change('large', () => noise(500_000, 8)));
    expect(other.findings).toMatchObject([{ kind: 'altered', offset: 0 }]);
  });

  test('that is not there, or is more than is allowed, is never sound', async () => {
    const gone = await verifyTree(join(original, 'absent'), list, { limits: DEFAULT_LIMITS });
    expect(gone.findings[0]).toMatchObject({ kind: 'missing', file: '.' });
    const few = await verifyTree(original, list, { limits: { entriesMax: 3 } });
    expect(few.findings.map(({ kind }) => kind)).toEqual(['hostile', 'missing']);
  });
});

describe('a large tree that several threads read', () => {
  const SPARSE_BYTES = 128 * 1_048_576;

  test('is judged as one thread judges it, name by name, and an abort ends the reading', async () => {
    const tree = await newDirectory();
    await cp(original, tree, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    await writeFile(join(tree, 'sparse'), '');
    await truncate(join(tree, 'sparse'), SPARSE_BYTES);
    const names = Array.from({ length: 600 }, (_, index) => `many-${index}`);
    for (const name of names) await writeFile(join(tree, name), name);
    const manifest = await createTreeManifest(tree, { createdAt: '2026-11-22T15:10:00Z', limits: DEFAULT_LIMITS });
    const read = readDigestList(serialiseTreeManifest(manifest), 'tree.manifest', DEFAULT_LIMITS);
    if (read.list === undefined) throw new Error(read.finding.message);
    const both = async () => {
      const [one, several] = await Promise.all(
        [1, 3].map((threads) => verifyTree(tree, read.list, { limits: DEFAULT_LIMITS, threads })),
      );
      expect(several).toEqual(one);
      return several?.findings.map(({ kind, file }) => `${kind} ${file}`);
    };
    expect(await both()).toEqual([]);
    await change('large', (bytes) => flipped(bytes, 700_000))(tree);
    await change('many-511', (bytes) => flipped(bytes, 2))(tree);
    await rm(join(tree, 'many-7'));
    await writeFile(join(tree, 'new'), 'x');
    expect((await both())?.toSorted()).toEqual([
      'altered large',
      'altered many-511',
      'missing many-7',
      'unexpected new',
    ]);
    const aborting = new AbortController();
    const check = verifyTree(tree, read.list, { limits: DEFAULT_LIMITS, threads: 2, signal: aborting.signal });
    aborting.abort(new Error('enough'));
    await expect(check).rejects.toThrow('enough');
  });
});

describe('a comparison', () => {
  const sums: DigestList = {
    source: 'SHA256SUMS',
    kind: 'sha256sums',
    entries: new Map([['a', { digests: [{ algorithm: 'sha256', hex: '00' }] }]]),
  };
  const file = { path: 'a', type: 'file', sizeBytes: 1 } as const;

  test('with a list of digests lets directories be, and names every other file', () => {
    const seen = [file, { ...file, path: 'd', type: 'directory' as const }, { ...file, path: 'd/SHA256SUMS' }];
    const { findings, checkedCount } = compareTree(
      sums,
      seen.map((one) => ({ ...one, digests: { sha256: '00' } })),
    );
    expect([findings.map((one) => [one.kind, one.file]), checkedCount]).toEqual([[['unexpected', 'd/SHA256SUMS']], 1]);
    expect(compareTree(sums, [], {}).findings).toMatchObject([{ kind: 'missing', file: 'a' }]);
  });

  test('of a file that nobody read has checked nothing, and nothing is never sound', () => {
    const { findings, checkedCount } = compareTree(sums, [file]);
    expect(verdictOf(findings, checkedCount)).toBe('unverifiable');
  });

  test('is bounded however much is missing or too much', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({ ...file, path: `n${index}` }));
    const { findings } = compareTree(sums, many);
    expect(findings.length).toBeLessThan(210);
  });
});
