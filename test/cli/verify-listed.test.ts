import { generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { serialiseManifest, signManifest } from '../../src/verification/manifest.ts';
import { createManifest } from '../../src/verification/manifest-create.ts';
import { serialiseTreeManifest, signTreeManifest } from '../../src/verification/tree-manifest.ts';
import { createTreeManifest } from '../../src/verification/tree-manifest-create.ts';
import { makeBag } from '../verification/support/bag-making.ts';
import { backupManifest, SEGMENT, segment } from '../verification/support/point-making.ts';
import { tarOf } from '../verification/support/tar-making.ts';
import { useDirectories } from '../verification/support/temporary-directory.ts';
import { verify, verifyJson } from './verify-here.ts';

const newDirectory = useDirectories();
const keys = generateKeyPairSync('ed25519');
const others = generateKeyPairSync('ed25519');
const FILES = { 'a.tar': tarOf({ path: 'a', data: 'x' }), 'd/b.tar': tarOf({ path: 'b', data: 'y' }) } as const;
const HUGE_BYTES = 2_000_000_000_000;
const createdAt = '2026-11-22T12:00:00Z';

let root: string;
let beside: string;
const at = (name: string) => join(root, name);

beforeEach(async () => {
  root = await newDirectory();
  beside = await newDirectory();
  await mkdir(at('d'));
  for (const [name, bytes] of Object.entries(FILES)) await writeFile(at(name), bytes);
  await writeFile(join(beside, 'pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(beside, 'other'), others.publicKey.export({ type: 'spki', format: 'pem' }));
});

const entries = Object.entries(FILES);
const LISTS: Readonly<Record<string, string>> = {
  'GNU text': entries.map(([name, bytes]) => `${hash('sha256', bytes)}  ${name}\n`).join(''),
  'GNU binary, with ./': entries.map(([name, bytes]) => `${hash('sha256', bytes)} *./${name}\n`).join(''),
  BSD: entries.map(([name, bytes]) => `SHA512 (${name}) = ${hash('sha512', bytes)}\n`).join(''),
  MD5: entries.map(([name, bytes]) => `${hash('md5', bytes)}  ${name}\n`).join(''),
  B2: entries.map(([name, bytes]) => `BLAKE2b (${name}) = ${hash('blake2b512', bytes)}\n`).join(''),
};

const verdicts = ({ results }: Awaited<ReturnType<typeof verifyJson>>) =>
  Object.fromEntries(results.map(({ path, verdict }) => [path.replace(`${root}/`, ''), verdict]));

describe('a list of digests', () => {
  it.each(Object.keys(LISTS))('in the form %s is compared with what lies beside it', async (form) => {
    await writeFile(at('list'), LISTS[form] ?? '');
    const sound = await verifyJson('--manifest', at('list'));
    expect([sound.code, verdicts(sound)]).toEqual([0, { 'a.tar': 'sound', 'd/b.tar': 'sound' }]);
    await truncate(at('a.tar'), 0);
    await writeFile(at('d/b.tar'), tarOf({ path: 'b', data: 'z' }));
    const wrong = await verifyJson('--manifest', at('list'));
    expect([wrong.code, verdicts(wrong)]).toEqual([1, { 'a.tar': 'damaged', 'd/b.tar': 'altered' }]);
  });

  it('has its names beside it whatever the working directory is; a link to it is followed', async () => {
    await writeFile(at('list'), LISTS.BSD ?? '');
    await symlink(at('list'), join(beside, 'link'));
    vi.spyOn(process, 'cwd').mockReturnValue('/');
    expect((await verifyJson('--manifest', at('list'))).code).toBe(0);
    expect((await verifyJson('--manifest', join(beside, 'link'))).code).toBe(0);
  });

  it('finds what is missing and what no line names', async () => {
    await writeFile(at('list'), LISTS.BSD ?? '');
    await rm(at('d/b.tar'));
    await writeFile(at('d/new'), 'x');
    await mkdir(at('e'));
    await writeFile(at('e/one'), 'x');
    // A list of digests can name neither of these.
    await mkdir(at('empty'));
    await symlink('../a.tar', at('empty/link'));
    const found = await verifyJson('--manifest', at('list'));
    expect([found.code, found.summary.verdict]).toEqual([1, 'missing']);
    expect(verdicts(found)).toEqual({ 'a.tar': 'sound', 'd/b.tar': 'missing', 'd/new': 'suspect', e: 'suspect' });
  });

  it('judges the paths that are named alone: files, directories, links; one that no line names is a finding', async () => {
    await writeFile(at('list'), LISTS.BSD ?? '');
    await writeFile(at('new'), 'x');
    await symlink(at('a.tar'), join(beside, 'latest'));
    const named = await verifyJson('--manifest', at('list'), join(beside, 'latest'), at('d'), at('new'));
    expect(named.code).toBe(1);
    expect(named.results.map(({ path, verdict }) => [path, verdict])).toEqual([
      [join(beside, 'latest'), 'sound'],
      [at('d/b.tar'), 'sound'],
      [at('new'), 'suspect'],
    ]);
    expect(named.results[2]?.findings[0]).toMatchObject({
      kind: 'unexpected',
      message: expect.stringMatching(/does not name/),
    });
  });

  it('in a directory that is checked is used by itself', async () => {
    await writeFile(at('SHA256SUMS'), LISTS['GNU text'] ?? '');
    await writeFile(at('a.tar'), tarOf({ path: 'a', data: 'other' }));
    expect(verdicts(await verifyJson(root))).toEqual({ 'a.tar': 'altered', 'd/b.tar': 'sound' });
  });

  it.each([
    ['names nothing', '# nothing\n\n', 'unverifiable', /./],
    ['is empty', '', 'damaged', /is empty/],
    ['has a line that is none', `${LISTS.BSD}rubbish\n`, 'damaged', /[Ll]ine 3/],
    ['leads out of its directory', `${hash('md5', '')}  ../x\n`, 'hostile', /[Ll]ine 1/],
  ])('that %s is never sound, and says where', async (_, text, __, message) => {
    await writeFile(at('list'), text);
    const found = await verifyJson('--manifest', at('list'));
    expect(found.code).toBeGreaterThan(0);
    expect(found.results.flatMap(({ findings }) => findings)[0]?.message).toMatch(message);
  });

  it('of a kind that carries no signature cannot be judged when one is asked for', async () => {
    await writeFile(at('list'), LISTS.BSD ?? '');
    const found = await verifyJson('--manifest', at('list'), '--public-key', join(beside, 'pub'));
    expect([found.code, found.results[0]?.findings[0]?.kind]).toEqual([3, 'unsigned']);
  });

  it('is shown to people with the names as they stand beside it', async () => {
    await writeFile(at('list'), LISTS.BSD ?? '');
    const { stdout } = await verify('--manifest', at('list'));
    expect(stdout).toMatch(/^sound {9}\S+\/a\.tar {2}\(tar, 1 entry, .* level structure\)$/m);
  });
});

const tree = async (key?: KeyObject) => {
  const made = await createTreeManifest(root, { createdAt, limits: DEFAULT_LIMITS, leaveOut: ['list'] });
  return serialiseTreeManifest(key === undefined ? made : signTreeManifest(made, key));
};
const manifest = async (key?: KeyObject) => {
  const made = await createManifest(
    root,
    Object.keys(FILES).map((path) => ({ path })),
    { createdAt, attributes: {} },
  );
  return serialiseManifest(key === undefined ? made : signManifest(made, key));
};

describe.each([
  ['muster-tree/1', tree],
  ['muster-manifest/1', manifest],
])('a list of ours, %s,', (_, make) => {
  it('is compared; its signature is judged by the key that was given', async () => {
    await writeFile(at('list'), await make(keys.privateKey));
    const run = (key?: string) =>
      verifyJson('--manifest', at('list'), ...(key ? ['--public-key', join(beside, key)] : []));
    expect(await run()).toMatchObject({ code: 0 });
    expect(await run('pub')).toMatchObject({ code: 0 });
    const other = await run('other');
    expect(other.code).toBe(3);
    expect(other.results.flatMap(({ findings }) => findings.map(({ kind }) => kind))).toContain('no-key');
    await writeFile(at('list'), await make());
    expect(await run()).toMatchObject({ code: 0 });
    const unsigned = await run('pub');
    expect([unsigned.code, unsigned.results.flatMap(({ findings }) => findings)[0]?.kind]).toEqual([3, 'unsigned']);
  });

  it('whose signature does not fit is altered', async () => {
    const text = (await make(keys.privateKey)).toString().replace(createdAt, '2026-11-22T12:00:01Z');
    await writeFile(at('list'), text);
    const found = await verifyJson('--manifest', at('list'), '--public-key', join(beside, 'pub'));
    expect([found.code, found.summary.verdict]).toEqual([1, 'altered']);
  });

  it('finds other content, and names files and directories in it', async () => {
    await writeFile(at('list'), await make());
    const part = await verifyJson('--manifest', at('list'), at('d'));
    expect([part.code, verdicts(part)]).toEqual([0, { 'd/b.tar': 'sound' }]);
    await writeFile(at('d/b.tar'), tarOf({ path: 'b', data: 'z' }));
    const found = await verifyJson('--manifest', at('list'));
    expect([found.code, found.summary.verdict]).toEqual([1, 'altered']);
    expect(found.results.flatMap(({ findings }) => findings)).toMatchObject([{ kind: 'altered', file: 'd/b.tar' }]);
  });
});

describe('a directory that is one thing', () => {
  it('is one result: a base backup by its backup_manifest, whichever way it is named', async () => {
    await mkdir(at('pg_wal'));
    await writeFile(at(`pg_wal/${SEGMENT}`), segment());
    await writeFile(at('backup_manifest'), backupManifest(FILES));
    for (const args of [[root], ['--manifest', at('backup_manifest')]]) {
      const sound = await verifyJson(...args);
      expect(sound.results).toMatchObject([{ format: 'base-backup', verdict: 'sound', level: 'content' }]);
    }
    await writeFile(at('a.tar'), 'other');
    const found = await verifyJson(root);
    expect([found.code, found.results[0]?.findings[0]]).toMatchObject([1, { kind: 'altered', file: 'a.tar' }]);
  });

  it('is not read at level presence, and what is missing or of another size is found', async () => {
    const bag = await makeBag(join(beside, 'bag'));
    await writeFile(at('list'), await tree());
    const run = () => verifyJson('--level', 'presence', '--manifest', at('list'));
    expect((await verifyJson('--level', 'presence', bag)).results).toMatchObject([
      { format: 'bag', verdict: 'sound', level: 'presence' },
    ]);
    expect((await run()).results).toMatchObject([{ format: 'tree', verdict: 'sound', level: 'presence', bytes: 0 }]);
    await truncate(at('a.tar'), HUGE_BYTES);
    await rm(at('d/b.tar'));
    const found = await run();
    expect(found).toMatchObject({ code: 1, results: [{ verdict: 'altered', bytes: 0 }] });
    expect(found.results[0]?.findings.map(({ kind }) => kind).toSorted()).toEqual(['altered', 'missing']);
    await rm(join(bag, 'data', 'a.txt'));
    expect((await verifyJson('--level', 'presence', bag)).code).toBe(1);
  });
});
