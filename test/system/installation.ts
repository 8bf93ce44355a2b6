import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { eventually } from './eventually.ts';

/** A place of its own for one service: everything that it makes lies below `root`, its sockets included. */
export interface Installation {
  /** Real path; its name is random, so that whatever names it belongs to it. */
  readonly root: string;
  /** `MUSTER_DATA`; not made yet. */
  readonly data: string;
  /** `TMPDIR` of the service: where the socket directories go. */
  readonly run: string;
}

/** How the file's tests get new installations. After its last test nothing of them is left, whatever the tests did. */
export function useInstallations(): () => Promise<Installation> {
  const made: Installation[] = [];
  const killAll = () => {
    for (const { root } of made) for (const pid of processesBelowNow.get(root) ?? []) killQuietly(pid);
  };
  process.once('exit', killAll);
  afterAll(async () => {
    process.off('exit', killAll);
    for (const installation of made) await removeInstallation(installation);
  });
  return async () => {
    // Short, because the path of a socket has 107 bytes at most.
    const root = await realpath(await mkdtemp(join(tmpdir(), 'mss-')));
    const installation = { root, data: join(root, 'data'), run: join(root, 'run') };
    made.push(installation);
    await mkdir(installation.run);
    return installation;
  };
}

/** Process ids that `launch` reports, so that they end even when the test runner ends in the middle. */
export const processesBelowNow = new Map<string, Set<number>>();

async function removeInstallation({ root }: Installation): Promise<void> {
  await endProcessesBelow(root);
  for (const mount of await mountsBelow(root)) await run('umount', ['-l', mount]);
  await rm(root, { recursive: true, force: true });
}

/** Kills what belongs to a directory, by its ids, until nothing is left. */
export async function endProcessesBelow(root: string): Promise<void> {
  await eventually(`the processes below ${root} are gone`, 30, async () => {
    const pids = await processesBelow(root);
    for (const pid of pids) killQuietly(pid);
    return pids.length === 0 || undefined;
  });
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/**
 * The live processes that belong to a directory: they stand in it, or it is in their command line or environment. That
 * holds for a service, its PostgreSQL servers and everything that these start.
 */
export async function processesBelow(root: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const belongs = await Promise.all(pids.map((pid) => belongsTo(pid, root)));
  return pids.filter((_, index) => belongs[index]).map(Number);
}

async function belongsTo(pid: string, root: string): Promise<boolean> {
  const text = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
  const state = await text('stat');
  if (/^[ZX]/.test(state.slice(state.lastIndexOf(')') + 2))) return false;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  return [cwd, await text('cmdline'), await text('environ')].some((found) => found.includes(root));
}

/** What a stopped service must not leave: processes, socket directories, sandboxes. One line each; none is good. */
export async function leftoversOf({ root, data, run }: Installation): Promise<string[]> {
  const pids = await processesBelow(root);
  const commands = await Promise.all(
    pids.map(
      async (pid) =>
        `process ${pid}: ${(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).replaceAll('\0', ' ')}`,
    ),
  );
  const sandboxes = await Promise.all(['drills', 'checks'].map((kind) => namesIn(join(data, 'sandboxes', kind))));
  return [...commands, ...(await namesIn(run)), ...sandboxes.flat()];
}

async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  // The marker says whose directory it is, and stays.
  return names.filter((name) => name !== '.muster-sandboxes').map((name) => join(directory, name));
}

async function mountsBelow(root: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const points = mounts.split('\n').map((line) => line.split(' ')[1] ?? '');
  return points.filter((point) => point.startsWith(`${root}/`));
}

/** Makes `directory` a disk of its own of that size; false where this process may not mount one. Unmounted with its installation. */
export async function mountDisk(directory: string, sizeMiB: number): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  return run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', directory]).then(
    () => true,
    () => false,
  );
}

const run = promisify(execFile);

/** Copies a stopped service's data directory, as an operator would who moves it. */
export async function copyData(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]);
}
