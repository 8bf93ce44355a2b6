import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testConnection } from '../../../src/backups/external/connection-test.ts';
import { SENTINEL_FILE } from '../../../src/backups/repository.identity.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

let base: string;
let root: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'muster-connect-')));
  root = join(base, 'backups');
  await mkdir(root);
});
afterEach(() => rm(base, { recursive: true, force: true }));

const readOnly = (identity?: string) => testConnection({ root, writable: false, identity }, false);
const writable = (identity?: string, accept = false) => testConnection({ root, writable: true, identity }, accept);
const failing = (code: string, message: RegExp) => ({ failure: { code, message: expect.stringMatching(message) } });
const identityOf = (result: Awaited<ReturnType<typeof testConnection>>) => {
  if ('identity' in result) return result.identity;
  throw new Error(`not connected: ${result.failure.message}`);
};

describe('a repository that is only read', () => {
  test('is told by its file system, and nothing is written into it', async () => {
    await writeFile(join(root, 'app.dump'), 'x');
    const before = await run('stat', ['-c', '%Y %Z %i', root]);
    const identity = identityOf(await readOnly());
    expect(identity).toContain('inode');
    expect(await readOnly(identity)).toEqual({ identity });
    expect(await readdir(root)).toEqual(['app.dump']);
    expect(await run('stat', ['-c', '%Y %Z %i', root])).toEqual(before);
  });

  test('that was replaced by another directory is refused until somebody accepts it', async () => {
    const identity = identityOf(await readOnly());
    await rm(root, { recursive: true });
    await mkdir(join(base, 'other'));
    await mkdir(root);
    expect(await readOnly(identity)).toEqual(failing('another-directory', /another directory .*accept it/));
    const accepted = await testConnection({ root, writable: false, identity }, true);
    expect(identityOf(accepted)).not.toBe(identity);
  });

  test('that is not there, is a file, or lies below a file is told as that', async () => {
    await rm(root, { recursive: true });
    expect(await readOnly()).toEqual(failing('not-there', /backups is not there$/));
    await writeFile(root, 'x');
    expect(await readOnly()).toEqual(failing('not-a-directory', /backups is not a directory$/));
    const below = await testConnection({ root: join(root, 'deeper'), writable: false, identity: undefined }, false);
    expect(below).toEqual(failing('not-a-directory', /above .* is a file/));
  });

  test('that is a link is refused, with the directory that it leads to', async () => {
    await mkdir(join(base, 'elsewhere'));
    await rm(root, { recursive: true });
    await symlink(join(base, 'elsewhere'), root);
    expect(await readOnly()).toEqual(failing('is-a-link', /leads to .*elsewhere/));
  });

  test('that may not be listed or read names the user who would need the permission', async ({ skip }) => {
    if (isRoot) return skip('root may read everything');
    await writeFile(join(root, 'secret.dump'), 'x', { mode: 0o000 });
    expect(await readOnly()).toEqual(failing('no-permission-to-read', /uid \d+.*secret\.dump/));
    await chmod(root, 0o000);
    expect(await readOnly()).toEqual(failing('no-permission-to-list', /uid \d+.* may not list/));
    await chmod(root, 0o700);
  });
});

describe('a repository that Muster writes into', () => {
  test('is really written into, and nothing but its sentinel is left', async () => {
    const identity = identityOf(await writable());
    expect(await readdir(root)).toEqual([SENTINEL_FILE]);
    expect(await writable(identity)).toEqual({ identity });
    expect(await readdir(root)).toEqual([SENTINEL_FILE]);
  });

  test('that is another repository already is refused until somebody accepts it, and keeps its identity then', async () => {
    const theirs = identityOf(await writable());
    expect(await writable()).toEqual(failing('another-repository', /two that write into one/));
    expect(await writable('019aab2c-3fe0-7b11-8c22-9d33e44f5566')).toEqual(failing('another-repository', /accept it/));
    expect(await writable(undefined, true)).toEqual({ identity: theirs });
  });

  test('whose sentinel is gone is not made a new one without a word', async () => {
    const identity = identityOf(await writable());
    await rm(join(root, SENTINEL_FILE));
    expect(await writable(identity)).toEqual(failing('another-directory', /is the right disk mounted/));
    expect(await readdir(root)).toEqual([]);
    expect(identityOf(await writable(identity, true))).not.toBe(identity);
  });

  test('whose sentinel is no sentinel is refused', async () => {
    await writeFile(join(root, SENTINEL_FILE), '{}');
    expect(await writable()).toEqual(failing('another-repository', /does not say which repository/));
  });

  test('that may not be written names the user who would need the permission', async ({ skip }) => {
    if (isRoot) return skip('root may write everywhere');
    await chmod(root, 0o500);
    expect(await writable()).toEqual(failing('no-permission-to-write', /uid \d+/));
    await chmod(root, 0o700);
  });

  test('that is full, or mounted read-only, is told as that', async ({ skip }) => {
    const options = ['-t', 'tmpfs', '-o', 'size=64k,nr_inodes=50', 'tmpfs', root];
    const isMounted = await run('mount', options).then(
      () => true,
      () => false,
    );
    if (!isMounted) return skip('this process may not mount');
    try {
      const identity = identityOf(await writable());
      await writeFile(join(root, 'fill'), Buffer.alloc(64 * 1024)).catch(() => undefined);
      expect(await writable(identity)).toEqual(failing('disk-full', /no room/));
      await run('mount', ['-o', 'remount,ro', root]);
      expect(await writable(identity)).toEqual(failing('mounted-read-only', /mounted read-only, but/));
    } finally {
      await run('umount', [root]);
    }
  });
});
