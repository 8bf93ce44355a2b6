import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processIdentity, processStateOf } from '../../src/drills/process-identity.ts';
import {
  listSandboxes,
  makeSandbox,
  openSandboxRoot,
  pathInside,
  removeHalfRemoved,
  removeSandbox,
  requireSpace,
} from '../../src/drills/sandbox.ts';
import { newId } from '../../src/kernel/ids.ts';
import { formatBytes } from '../../src/kernel/units.ts';

let outside = '';
let root = '';

beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'muster-s-'));
  root = join(outside, 'sandboxes');
});
afterEach(() => rm(outside, { recursive: true, force: true }));

const ownerOf = (runId: string) => ({ runId, hostId: 'host-a', process: processIdentity() });

describe('the root of all sandboxes', () => {
  test('is made closed to others, and opened again', async () => {
    await openSandboxRoot(root);
    expect((await stat(root)).mode & 0o777).toBe(0o700);
    expect(await openSandboxRoot(root)).toBe(root);
  });

  test('is never a directory in which something else lies', async () => {
    await mkdir(root);
    await writeFile(join(root, 'thesis.tex'), 'years of work');
    await expect(openSandboxRoot(root)).rejects.toMatchObject({ code: 'sandbox-root-occupied' });
    expect(await readdir(root)).toEqual(['thesis.tex']);
  });
});

describe('a sandbox', () => {
  test('carries a marker that says whose it is, and is closed to others', async () => {
    const owner = ownerOf(newId());
    const { directory } = await makeSandbox(root, owner);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await listSandboxes(root)).toEqual([{ directory, owner }]);
  });

  test.each([['../x'], ['a/../../x'], ['/etc/passwd'], ['..'], ['a\0b']])('refuses the path %j', async (path) => {
    const sandbox = await makeSandbox(root, ownerOf(newId()));
    await expect(pathInside(sandbox, path)).rejects.toMatchObject({ code: 'outside-sandbox' });
  });

  test('refuses a path that leaves it through a link', async () => {
    const sandbox = await makeSandbox(root, ownerOf(newId()));
    await symlink(outside, join(sandbox.directory, 'out'));
    await expect(pathInside(sandbox, 'out/file')).rejects.toMatchObject({ code: 'outside-sandbox' });
    expect(await pathInside(sandbox, 'data/base/1')).toBe(join(sandbox.directory, 'data/base/1'));
  });

  test('is removed with everything in it, and what links point to stays', async () => {
    const runId = newId();
    const { directory } = await makeSandbox(root, ownerOf(runId));
    await mkdir(join(directory, 'closed/deep'), { recursive: true });
    await writeFile(join(directory, 'closed/deep/file'), 'x');
    await chmod(join(directory, 'closed/deep'), 0o000);
    await writeFile(join(outside, 'precious'), 'x');
    await symlink(outside, join(directory, 'out'));
    await removeSandbox(root, runId);
    expect(await readdir(root)).toEqual(['.muster-sandboxes']);
    expect(await readdir(outside)).toContain('precious');
    await removeSandbox(root, runId);
  });

  test('that was half removed is removed wholly', async () => {
    await openSandboxRoot(root);
    await mkdir(join(root, '.removing-x/data'), { recursive: true });
    await removeHalfRemoved(root);
    expect(await readdir(root)).toEqual(['.muster-sandboxes']);
  });

  test('is not begun without room, and the message says how much is needed and free', async () => {
    await openSandboxRoot(root);
    await requireSpace(root, 1, formatBytes);
    await expect(requireSpace(root, 2 ** 60, formatBytes)).rejects.toThrow(
      /^The drill needs 1024\.0 PiB in .* and .* are free: make room there/,
    );
  });
});

describe.runIf(process.platform === 'linux')('the identity of a process', () => {
  test('tells a live process from a dead one', async () => {
    expect(processStateOf(processIdentity())).toBe('alive');
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const identity = processIdentity(child.pid);
    expect(processStateOf(identity)).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(processStateOf(identity)).toBe('dead');
  });

  test('is not fooled by a process id that was given out again, by a reboot, or by another container', () => {
    const [boot, namespace, pid, started] = processIdentity().split('/');
    expect(processStateOf([boot, namespace, pid, Number(started) - 1].join('/'))).toBe('dead');
    expect(processStateOf(['another-boot', namespace, pid, started].join('/'))).toBe('dead');
    expect(processStateOf([boot, '1', pid, started].join('/'))).toBe('unknown');
    expect(processStateOf('unknown')).toBe('unknown');
  });
});
