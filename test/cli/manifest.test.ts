import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import { parseTreeManifest } from '../../src/verification/tree-manifest.ts';
import { type Installation, useInstallations } from '../system/installation.ts';
import { begin } from './cli.ts';

const newInstallation = useInstallations();
let installation: Installation;
let tree: string;
let list: string;
const keyFile = () => join(installation.root, 'key.pem');
const publicKeyFile = () => join(installation.root, 'key.pub');

/** A command in this process: these need no database and no service. */
async function muster(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  vi.stubEnv('MUSTER_DATA', installation.data);
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
  const code = await runCli(['manifest', ...args]);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  return { code, ...written };
}

beforeAll(async () => {
  installation = await newInstallation();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await writeFile(keyFile(), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(publicKeyFile(), publicKey.export({ type: 'spki', format: 'pem' }));
});

let count = 0;
beforeEach(async () => {
  count += 1;
  tree = join(installation.root, `tree-${count}`);
  list = join(installation.root, `list-${count}.manifest`);
  await mkdir(join(tree, 'd'), { recursive: true });
  await writeFile(join(tree, 'd', 'a'), 'some text');
  await symlink('a', join(tree, 'd', 'l'));
});

const createSigned = () => muster('create', tree, '--output', list, '--sign-key', keyFile(), '--quiet');

describe('muster manifest create', () => {
  it('prints the list to standard output, and writes nothing', async () => {
    const before = await readdir(installation.root, { recursive: true });
    const { code, stdout, stderr } = await muster('create', tree);
    expect(code).toBe(0);
    expect(parseTreeManifest(Buffer.from(stdout), 'm').manifest?.entries.map(({ path }) => path)).toEqual([
      'd',
      'd/a',
      'd/l',
    ]);
    expect(stderr).toMatch(/3 names, 1 files of them with 9 B, read in .*, not signed\.\n$/);
    expect(await readdir(installation.root, { recursive: true })).toEqual(before);
  });

  it('shows no progress of what is over at once, nothing with --quiet, and nothing but the answer with --json', async () => {
    expect((await muster('create', tree)).stderr).not.toContain('reading');
    expect((await muster('create', tree, '--quiet')).stderr).toBe('');
    const { stdout, stderr } = await muster('create', tree, '--output', list, '--json');
    expect([JSON.parse(stdout), stderr]).toEqual([
      { manifest: list, entries: 3, files: 1, bytes: 9, keyId: null, seconds: expect.any(Number) },
      '',
    ]);
  });

  it('leaves itself out when it is to lie in the tree, and never replaces a file', async () => {
    const inside = join(tree, 'tree.manifest');
    expect((await muster('create', tree, '--output', inside)).code).toBe(0);
    expect(await readFile(inside, 'utf8')).not.toContain('tree.manifest');
    expect((await readdir(tree)).toSorted()).toEqual(['d', 'tree.manifest']);
    expect(await muster('verify', inside, '--quiet')).toMatchObject({ code: 0 });
    const again = await muster('create', tree, '--output', inside);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('exists')]);
  });

  it('lists one file by itself', async () => {
    await writeFile(join(tree, 'beside'), 'x');
    expect((await muster('create', join(tree, 'beside'), '--output', list)).code).toBe(0);
    expect(await muster('verify', list, '--root', tree)).toMatchObject({ code: 0 });
  });

  it('refuses what is empty, or leads nowhere', async () => {
    await mkdir(join(tree, 'empty'));
    const refused = await muster('create', join(tree, 'empty'), '--output', list);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('It is empty')]);
    expect((await muster('create', join(tree, 'absent'))).code).toBe(2);
    expect(await readdir(installation.root)).not.toContain(`list-${count}.manifest`);
  });
});

describe('muster manifest verify', () => {
  it('ends with 0 when all is as listed and signed', async () => {
    await createSigned();
    const { code, stdout } = await muster('verify', list, '--root', tree, '--public-key', publicKeyFile(), '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        verdict: 'sound',
        checked: 3,
        files: 1,
        bytes: 9,
        findings: [],
        signature: expect.stringMatching(/^good, by key [0-9a-f]{32}$/),
      },
    ]);
  });

  it.each<[string, (root: string) => Promise<unknown>, RegExp]>([
    ['a cut file', (root) => truncate(join(root, 'd', 'a'), 4), /altered: d\/a is not what .* and is 5 bytes shorter/],
    ['a new file', (root) => writeFile(join(root, 'x\u001b[2Jy'), ''), /unexpected: x\\x1b\[2Jy is there/],
    ['another mode', (root) => chmod(join(root, 'd', 'a'), 0o777), /another mode .* \(0[0-7]{3}, now 0777\)/],
  ])('ends with 1 and names %s', async (_, damage, line) => {
    await createSigned();
    await damage(tree);
    const { code, stdout } = await muster('verify', list, '--root', tree);
    expect(code).toBe(1);
    expect(stdout).toMatch(line);
    expect(stdout).not.toContain('\u001b');
  });

  it('ends with 1 when the list was changed, whoever changed it', async () => {
    await createSigned();
    const text = await readFile(list, 'utf8');
    await writeFile(list, text.replace('"mtimeSeconds":1', '"mtimeSeconds":2'));
    const { code, stdout } = await muster('verify', list, '--root', tree, '--public-key', publicKeyFile());
    expect([code, stdout]).toEqual([1, expect.stringContaining('does not fit')]);
    await writeFile(list, text.slice(0, -20));
    expect((await muster('verify', list, '--root', tree)).code).toBe(1);
  });

  it('ends with 3 when the signature that was asked for cannot be judged, and tells it when none was', async () => {
    await muster('create', tree, '--output', list);
    const key = ['--public-key', publicKeyFile()];
    expect((await muster('verify', list, '--root', tree, ...key)).code).toBe(3);
    expect(await muster('verify', list, '--root', tree)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Signature +none/),
    });
    await writeFile(list, (await readFile(list, 'utf8')).replace('muster-tree/1', 'muster-tree/7'));
    expect((await muster('verify', list, '--root', tree)).code).toBe(3);
  });
});

describe('muster manifest sign', () => {
  it('signs a list in its place', async () => {
    await muster('create', tree, '--output', list);
    const { code, stdout } = await muster('sign', list, '--key', keyFile(), '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { manifest: list, keyId: expect.stringMatching(/^[0-9a-f]{32}$/), replacedKeyId: null },
    ]);
    expect((await muster('verify', list, '--root', tree, '--public-key', publicKeyFile())).code).toBe(0);
    expect((await readdir(installation.root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('signs nothing that is damaged', async () => {
    await writeFile(list, '{"format":');
    const { code, stderr } = await muster('sign', list, '--key', keyFile());
    expect([code, stderr]).toEqual([1, expect.stringContaining('It was not signed')]);
    expect(await readFile(list, 'utf8')).toBe('{"format":');
  });
});

describe('key files', () => {
  it.each([
    ['is not there', () => join(installation.root, 'absent'), 2, /there is no file/],
    ['is the public half', publicKeyFile, 2, /holds a public key/],
    ['is something else', () => join(tree, 'd', 'a'), 2, /holds no key in PEM form/],
  ])('one that %s is refused', async (_, file, status, complaint) => {
    await chmod(publicKeyFile(), 0o600);
    await chmod(join(tree, 'd', 'a'), 0o600);
    const { code, stderr } = await muster('create', tree, '--output', list, '--sign-key', file());
    expect([code, stderr]).toEqual([status, expect.stringMatching(complaint)]);
  });

  it('of another kind, or open to others, are refused', async () => {
    const rsa = join(installation.root, 'rsa.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(rsa, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    expect(await muster('create', tree, '--sign-key', rsa)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('type ec'),
    });
    const open = join(installation.root, 'open.pem');
    await writeFile(open, await readFile(keyFile()));
    await chmod(open, 0o644);
    expect(await muster('create', tree, '--sign-key', open)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('chmod 600'),
    });
  });
});

describe('Ctrl-C', () => {
  it('ends the reading with 130, and no list is there', async () => {
    await writeFile(join(tree, 'large'), '');
    await truncate(join(tree, 'large'), 60_000_000_000);
    const command = begin(installation, ['manifest', 'create', tree, '--output', list]);
    await command.says(/reading/);
    command.child.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect([code, stderr]).toEqual([130, expect.stringContaining('Stopped before the end')]);
    expect((await readdir(installation.root)).some((name) => name.includes('list-') && name.includes(`${count}`))).toBe(
      false,
    );
  });
});
