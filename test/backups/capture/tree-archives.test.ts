import {
  linkSync,
  lutimesSync,
  mkdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/verification/limits.ts';
import { verifyRecoveryPoint } from '../../../src/verification/recovery-point.ts';
import { scaled } from '../../support/scale.ts';
import { useDirectories } from '../../verification/support/temporary-directory.ts';
import { hasTool } from '../../verification/support/tools.ts';
import { packAndVerify, unpack } from './support/packed-tree.ts';
import { type ListedName, listTree } from './support/tree-listing.ts';

const newDirectory = useDirectories();

/** Names byte for byte, as latin1: also such as are no UTF-8, look like options, or rewrite a terminal. */
const rawName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcXYZ019._- +=,') }),
  fc.constantFrom(
    '-rf',
    ' ',
    '...',
    'new\nline',
    'esc\x1b[2J',
    'back\\slash',
    'C:name',
    'caf\xe9',
    'caf\xc3\xa9',
    '\xe4\xb8\xad\xe6\x96\x87',
    '\xff\xfe',
    `long${'g'.repeat(90)}`,
    `longer${'r'.repeat(240)}`,
    `\xff${'h'.repeat(150)}`,
  ),
);

const isName = (name: string) => name !== '.' && name !== '..';

const node = fc.record({
  name: rawName.filter(isName),
  kind: fc.constantFrom('file', 'file', 'file', 'directory', 'directory', 'symlink', 'hardlink'),
  bytes: fc.oneof(
    fc.constantFrom(0, 1, 511, 512, 513),
    fc.nat(5000),
    fc.constantFrom(262_144, 262_145, 1_048_576, 1_300_001),
  ),
  mode: fc.constantFrom(0o644, 0o600, 0o755, 0o444, 0o2755, 0o1777),
  mtimeSeconds: fc.integer({ min: 400_000_000, max: 2_000_000_000 }),
  target: fc.constantFrom('a', '../..', '/etc/passwd', 'caf\xe9', 't'.repeat(180), 'x\ny'),
  /** Below which of the directories before it. */
  below: fc.nat(),
});

type Node = typeof node extends fc.Arbitrary<infer Value> ? Value : never;

/** Makes the tree; what cannot be made (a name twice, one that is too long) is left out. */
function makeTree(root: string, nodes: readonly Node[]): void {
  const at = (path: string) => Buffer.from(`${root}/${path}`, 'latin1');
  const directories = [''];
  const files: string[] = [];
  const made: { path: string; mtimeSeconds: number; isLink: boolean }[] = [];
  for (const { name, kind, bytes, mode, mtimeSeconds, target, below } of nodes) {
    const path = `${directories[below % directories.length]}${name}`;
    const first = files[below % Math.max(files.length, 1)];
    try {
      if (kind === 'directory') mkdirSync(at(path));
      else if (kind === 'symlink') symlinkSync(Buffer.from(target, 'latin1'), at(path));
      else if (kind === 'hardlink' && first !== undefined) linkSync(at(first), at(path));
      else writeFileSync(at(path), Buffer.alloc(bytes, `${path} `), { flag: 'wx', mode: mode & 0o777 });
    } catch {
      continue;
    }
    if (kind === 'directory') directories.push(`${path}/`);
    if (kind === 'file') files.push(path);
    made.push({ path, mtimeSeconds, isLink: kind === 'symlink' });
  }
  for (const { path, mtimeSeconds, isLink } of made.reverse()) {
    (isLink ? lutimesSync : utimesSync)(at(path), mtimeSeconds, mtimeSeconds);
  }
}

/** What a zip does not keep. */
function asInZip(tree: Map<string, ListedName>): Map<string, object> {
  return new Map(
    [...tree].map(([path, { owner: _owner, sameAs: _sameAs, mtimeSeconds, ...kept }]) => [
      path,
      // unzip sets no times of links.
      kept.type === 'symlink' ? kept : { ...kept, mtimeSeconds },
    ]),
  );
}

describe('any tree comes back from the archive as it was, and the archive is sound', () => {
  const formats = [
    { format: 'tar.zst', tool: 'zstd', level: 'content', runs: 20 },
    { format: 'tar.gz', tool: 'gzip', level: 'content', runs: 8 },
    { format: 'zip', tool: 'unzip', level: 'structure', runs: 12 },
  ] as const;

  test.for(formats)('$format', { timeout: 120_000 }, async ({ format, tool, level, runs }, { skip }) => {
    skip(!hasTool(tool) || !hasTool('tar'), `this machine has no ${tool}`);
    const base = await newDirectory();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 30 }), async (nodes) => {
        run += 1;
        const source = join(base, `source-${run}`);
        mkdirSync(source);
        writeFileSync(join(source, 'always'), 'here');
        makeTree(source, nodes);
        const before = listTree(source);
        const { check, archive } = await packAndVerify({ path: source, format }, join(base, `point-${run}`));
        expect(check).toMatchObject({ verdict: 'sound', level, findings: [] });
        const restored = join(base, `restored-${run}`);
        await unpack(archive, restored);
        if (format === 'zip') expect(asInZip(listTree(restored))).toEqual(asInZip(before));
        else expect(listTree(restored)).toEqual(before);
      }),
      { numRuns: scaled(runs), endOnFailure: true },
    );
  });
});

test('what the manifest lists is what the tree holds: names, types, targets, modes, times and digests', async () => {
  const base = await newDirectory();
  const source = join(base, 'source');
  mkdirSync(join(source, 'deep/er'), { recursive: true });
  writeFileSync(join(source, 'deep/er/file'), 'content');
  await chmod(join(source, 'deep/er/file'), 0o640);
  utimesSync(join(source, 'deep/er/file'), 1_700_000_000, 1_700_000_000.75);
  linkSync(join(source, 'deep/er/file'), join(source, 'second'));
  symlinkSync('/outside', join(source, 'link'));
  const { entries, check } = await packAndVerify({ path: source }, join(base, 'point'));
  expect(check.verdict).toBe('sound');
  const file = { type: 'file', sizeBytes: 7, mode: 0o640, mtimeSeconds: 1_700_000_000 };
  expect(entries.map(({ path }) => path)).toEqual(['.', 'deep', 'deep/er', 'deep/er/file', 'link', 'second']);
  expect(entries).toMatchObject([
    { type: 'directory' },
    { type: 'directory' },
    { type: 'directory' },
    { ...file, sha256: 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73' },
    { type: 'symlink', target: '/outside' },
    { ...file, type: 'hardlink', sizeBytes: 0, target: 'deep/er/file' },
  ]);
});

test('a tree of several thousand files, with sizes around every limit, comes back whole', { timeout: 120_000 }, async ({
  skip,
}) => {
  skip(!hasTool('zstd'), 'this machine has no zstd');
  const base = await newDirectory();
  const source = join(base, 'source');
  const sizes = [0, 1, 511, 512, 513, 4096, 10_000, 262_143, 262_144, 262_145, 524_288];
  for (let index = 0; index < 4000; index += 1) {
    const below = join(source, `directory-${index % 40}`);
    if (index < 40) mkdirSync(below, { recursive: true });
    const size = index % 100 === 0 ? (sizes[(index / 100) % sizes.length] ?? 0) : index % 700;
    writeFileSync(join(below, `file-${index}`), Buffer.alloc(size, `${index} `));
  }
  const { check, entries, outcome, archive } = await packAndVerify({ path: source }, join(base, 'point'));
  expect(check).toMatchObject({ verdict: 'sound', level: 'content', entriesChecked: 4041 });
  expect(entries).toHaveLength(4041);
  expect(outcome.facts).toMatchObject({ files: 4000, directories: 40, entriesListed: true, notes: [] });
  await unpack(archive, join(base, 'restored'));
  expect(listTree(join(base, 'restored'))).toEqual(listTree(source));
});

test('two names that can only be written alike do not make the archive hostile: the second is said to be missing', async () => {
  const base = await newDirectory();
  const source = join(base, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'a\\xff'), 'four characters');
  writeFileSync(Buffer.from(`${source}/a\xff`, 'latin1'), 'one byte');
  const { check, outcome } = await packAndVerify({ path: source }, join(base, 'point'));
  expect(check.findings).toMatchObject([{ kind: 'incomplete' }]);
  expect(outcome.notes).toMatchObject([{ kind: 'unreadable', count: 1 }]);
});

test('a tree that unpacks to a thousand times its archive and more is no bomb, for its manifest says so', {
  timeout: 120_000,
}, async () => {
  const base = await newDirectory();
  const source = join(base, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'zeros'), '');
  truncateSync(join(source, 'zeros'), DEFAULT_LIMITS.expansionFreeBytes + 65_536);
  for (const format of ['zip', 'tar.zst'] as const) {
    const { check, archive } = await packAndVerify({ path: source, format }, join(base, `point-${format}`));
    expect(check).toMatchObject({ verdict: 'sound', findings: [] });
    const { expansionRatioMax } = DEFAULT_LIMITS;
    expect(statSync(archive).size * expansionRatioMax).toBeLessThan(DEFAULT_LIMITS.expansionFreeBytes);
  }
});

test('a link out of the tree is hostile in an archive that no trusted manifest calls a tree', async () => {
  const base = await newDirectory();
  const source = join(base, 'source');
  mkdirSync(source);
  symlinkSync('/etc/passwd', join(source, 'link'));
  for (const format of ['tar.gz', 'zip'] as const) {
    const place = join(base, `point-${format}`);
    const { check } = await packAndVerify({ path: source, format }, place);
    expect(check.verdict).toBe('sound');
    const { verdict, findings } = await verifyRecoveryPoint(place, { publicKeys: [] });
    expect(verdict).toBe('hostile');
    expect(findings.map(({ kind }) => kind).sort()).toEqual(['hostile', 'no-key']);
  }
});
