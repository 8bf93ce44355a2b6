import type { ChildProcess } from 'node:child_process';
import { link, lstat, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import type { CommandLine } from './command.ts';
import { type IsolatedPlaces, isolatedProgram } from './isolated-program.ts';
import { SOCKET_PORT } from './socket-directory.ts';
import type { ServerExit } from './stop-server.ts';

/** The postmaster's process id as it sees itself: it is the first process of its namespace. */
export const PID_INSIDE = 1;

/** Becomes the root of whatever runs isolated; empty outside of it. */
const ROOT = 'root';
/** What the server takes for the socket's directory. */
const SERVERS_OWN = 's';

/** Makes what an isolated server needs below the socket's directory, which is private and empty. */
export async function makeIsolatedPlaces(socketDirectory: string): Promise<void> {
  for (const name of [ROOT, SERVERS_OWN]) await mkdir(join(socketDirectory, name), { mode: 0o700 });
}

/** Wraps the server's command line: it writes into its data directory and its socket's directory, and nowhere else. */
export function isolatedServer(command: CommandLine, dataDirectory: string, socketDirectory: string): CommandLine {
  return isolatedProgram(command, {
    root: join(socketDirectory, ROOT),
    readable: [],
    writable: [
      { source: dataDirectory, target: dataDirectory },
      { source: join(socketDirectory, SERVERS_OWN), target: socketDirectory },
    ],
  });
}

/** What a client program sees that talks to an isolated server, and reads what it is given. */
export function isolatedClient(socketDirectory: string, readable: readonly string[]): IsolatedPlaces {
  return { root: join(socketDirectory, ROOT), readable: [socketDirectory, ...readable], writable: [] };
}

/**
 * Puts a second name of the server's socket where the server cannot get at it, and everybody connects to that one: code that runs
 * in the server could put a link to another server's socket in the place of the first.
 * @throws AppError `unavailable` `postgres-socket-replaced` when there is something else than a socket.
 */
export async function pinSocket(socketDirectory: string): Promise<void> {
  const name = `.s.PGSQL.${SOCKET_PORT}`;
  const pinned = join(socketDirectory, name);
  await rm(pinned, { force: true });
  // A symbolic link is not followed here: what is linked is what is looked at.
  await link(join(socketDirectory, SERVERS_OWN, name), pinned);
  if ((await lstat(pinned)).isSocket()) return;
  await rm(pinned, { force: true });
  const message = 'What lies in the place of the scratch server’s socket is no socket: the server may not be trusted';
  throw new AppError('unavailable', 'postgres-socket-replaced', message);
}

/** Ends an isolated server with everything that runs in its namespaces, and resolves when all of it is gone. */
export async function endIsolated(child: ChildProcess, exited: Promise<ServerExit>): Promise<ServerExit> {
  const { pid } = child;
  // The kernel lets the first process inside go only when no other is left; the one outside waits for it.
  const inside = pid === undefined ? [] : await childrenOf(pid);
  if (inside.length === 0) child.kill('SIGKILL');
  for (const each of inside) killIfThere(each);
  return exited;
}

/** One process that unshared itself has one child, the first of the namespace; none while it sets out, or is over. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
