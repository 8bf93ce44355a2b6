import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { runCommand } from './command.ts';

/**
 * What a process id stands for: a process of the server of this data directory; another process (also one that is dead and
 * not yet collected); nothing; or a process that we may not look into.
 */
export type ProcessIdentity = 'server' | 'other' | 'gone' | 'unknown';

/**
 * The `cluster_name` that every server of a data directory is started with. PostgreSQL puts it into the title of each of its
 * processes, by which they are known where their working directory is not to be seen.
 */
export function clusterNameFor(dataDirectory: string): string {
  return `muster-${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 8)}`;
}

/**
 * The ids of all live processes that belong to a server of this data directory (real path): the postmaster and its children,
 * also children that outlived it. Processes of other users that we may not look into are not listed.
 */
export async function serverProcessesOf(dataDirectory: string): Promise<number[]> {
  if (process.platform !== 'linux') return fromProcessTable(await processTable(), dataDirectory);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const identities = await Promise.all(pids.map((pid) => identityOf(pid, dataDirectory)));
  return pids.filter((_, index) => identities[index] === 'server');
}

/** Whether a process belongs to the server of this data directory (real path). Process ids are recycled: ask right before a kill. */
export async function identityOf(pid: number, dataDirectory: string): Promise<ProcessIdentity> {
  if (process.platform !== 'linux') {
    const table = await processTable();
    if (fromProcessTable(table, dataDirectory).includes(pid)) return 'server';
    return new RegExp(`^\\s*${pid}\\s`, 'm').test(table) ? 'other' : 'gone';
  }
  const state = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (state === undefined) return 'gone';
  // After the name, which is in brackets and may hold anything: "Z" and "X" are dead.
  if (/^[ZX]/.test(state.slice(state.lastIndexOf(')') + 2))) return 'other';
  try {
    const program = basename((await readlink(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, ''));
    if (program !== 'postgres') return 'other';
    const [its, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(dataDirectory)]);
    if (its.ino === ours.ino && its.dev === ours.dev) return 'server';
    // Before it enters its data directory a postmaster still stands where it was started; its arguments tell.
    return (await commandTells(pid, dataDirectory)) ? 'server' : 'other';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return (await commandTells(pid, dataDirectory)) ? 'server' : 'other';
    // Root without CAP_SYS_PTRACE (a container) may not look into another user's process, but sees its command line.
    if (await commandTells(pid, dataDirectory)) return 'server';
    return 'unknown';
  }
}

async function commandTells(pid: number, dataDirectory: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return isServerCommand(command.replaceAll('\0', ' '), dataDirectory);
}

/** Judges a command line: the postmaster names the directory after `-D`, its children carry the cluster's name. */
function isServerCommand(command: string, dataDirectory: string): boolean {
  if (command.startsWith(`postgres: ${clusterNameFor(dataDirectory)}: `)) return true;
  const program = basename(command.split(' -D ', 1)[0] ?? '');
  return program === 'postgres' && `${command} `.includes(` -D ${dataDirectory} `);
}

/** Finds the server's processes in the output of `ps -axo pid=,command=`. */
export function fromProcessTable(table: string, dataDirectory: string): number[] {
  const found: number[] = [];
  for (const line of table.split('\n')) {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid !== undefined && isServerCommand(command, dataDirectory)) found.push(Number(pid));
  }
  return found;
}

async function processTable(): Promise<string> {
  return (await runCommand({ file: 'ps', args: ['-axww', '-o', 'pid=,command='] }, 20)).stdout;
}
