import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { type PostmasterPid, readPostmasterPid } from './postmaster-pid.ts';
import { identityOf, serverProcessesOf } from './server-processes.ts';
import { SOCKET_PORT } from './socket-directory.ts';

/** Which data directory to clear, and how patiently. */
export interface StopOrphanOptions {
  readonly dataDirectory: string;
  readonly log: Logger;
  /** How long a postmaster may take for its fast shutdown (a checkpoint) before it is made to quit. Default 60. */
  readonly fastTimeoutSeconds?: number;
  /** The directory is removed next, and may hold anything: what it says of itself is not acted on. */
  readonly isDoomed?: boolean;
}

/** What was found. */
export interface OrphanReport {
  /** The processes that were running and have ended now. */
  readonly stoppedPids: readonly number[];
  /** True when postmaster.pid named a process that has nothing to do with PostgreSQL. */
  readonly clearedStalePid: boolean;
}

/** Children that lost their postmaster go by themselves at their next wait; a busy one does not. */
const STRAY_GRACE_SECONDS = 1;
const QUIT_TIMEOUT_SECONDS = 15;
const KILL_TIMEOUT_SECONDS = 15;
const POLL_MS = 25;

/**
 * Stops whatever an earlier, killed Muster left running on a data directory, and clears what would keep a new server from
 * starting. Only for the holder of the data directory's lock: any server found there is then an orphan.
 *
 * A process is signalled only when it is a PostgreSQL process of this very directory; a recycled process id is left alone.
 * When this returns, no process of an earlier server touches the files any more.
 *
 * @throws AppError `unavailable` `postgres-orphan-unstoppable` when a process survives even a kill (a hung disk).
 */
export async function stopOrphan(options: StopOrphanOptions): Promise<OrphanReport> {
  const dataDirectory = await realpath(options.dataDirectory).catch(() => undefined);
  if (dataDirectory === undefined) return { stoppedPids: [], clearedStalePid: false };
  const recorded = await readPostmasterPid(dataDirectory);
  const found = await serverProcessesOf(dataDirectory);
  if (found.length > 0) {
    options.log.warn(
      { pids: found, dataDirectory },
      'An earlier PostgreSQL still runs on the data directory: stopping it',
    );
    await stopAll(dataDirectory, found, recorded, options.fastTimeoutSeconds ?? 60);
  }
  if (options.isDoomed === true) return { stoppedPids: found, clearedStalePid: false };
  const left = await readPostmasterPid(dataDirectory);
  const clearedStalePid = left !== undefined && (await clearRecycledPid(dataDirectory, left));
  if (recorded !== undefined) await removeSocketFiles(recorded.socketDirectory);
  return { stoppedPids: found, clearedStalePid };
}

async function stopAll(
  dataDirectory: string,
  found: readonly number[],
  recorded: PostmasterPid | undefined,
  fastTimeoutSeconds: number,
): Promise<void> {
  const postmaster = recorded !== undefined && found.includes(recorded.pid) ? [recorded.pid] : undefined;
  if (postmaster !== undefined) await signalAll(dataDirectory, postmaster, 'SIGINT');
  if (await allGone(dataDirectory, found, postmaster === undefined ? STRAY_GRACE_SECONDS : fastTimeoutSeconds)) return;
  await signalAll(dataDirectory, postmaster ?? found, 'SIGQUIT');
  if (await allGone(dataDirectory, found, QUIT_TIMEOUT_SECONDS)) return;
  await signalAll(dataDirectory, await serverProcessesOf(dataDirectory), 'SIGKILL');
  if (await allGone(dataDirectory, found, KILL_TIMEOUT_SECONDS)) return;
  const survivors = (await serverProcessesOf(dataDirectory)).join(', ');
  throw new AppError(
    'unavailable',
    'postgres-orphan-unstoppable',
    `PostgreSQL processes ${survivors} still use ${dataDirectory} and cannot be killed. Look at the disk; they may wait for it.`,
  );
}

async function signalAll(dataDirectory: string, pids: readonly number[], signal: NodeJS.Signals): Promise<void> {
  for (const pid of pids) {
    if ((await identityOf(pid, dataDirectory)) !== 'server') continue;
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Looks at the known processes often, and through the whole process list only when these are gone: it costs much more. */
async function allGone(dataDirectory: string, found: readonly number[], seconds: number): Promise<boolean> {
  const deadlineMs = performance.now() + seconds * 1000;
  let known = found;
  for (;;) {
    const identities = await Promise.all(known.map((pid) => identityOf(pid, dataDirectory)));
    known = known.filter((_, index) => identities[index] === 'server');
    if (known.length === 0) known = await serverProcessesOf(dataDirectory);
    if (known.length === 0) return true;
    if (performance.now() > deadlineMs) return false;
    await delay(POLL_MS);
  }
}

/** Above every process id that a kernel gives out (Linux: 4194304 at most). */
const IMPOSSIBLE_PID = 2_147_483_647;

/**
 * PostgreSQL refuses to start while postmaster.pid names any live process of its user, even one that was given a recycled
 * id. The file is not deleted: its line about shared memory is PostgreSQL's own guard against surviving children. Only the
 * process id is replaced.
 */
async function clearRecycledPid(dataDirectory: string, recorded: PostmasterPid): Promise<boolean> {
  if ((await identityOf(recorded.pid, dataDirectory)) !== 'other') return false;
  const path = join(dataDirectory, 'postmaster.pid');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/^-?\d+/, String(IMPOSSIBLE_PID)));
  return true;
}

/** The socket's lock file names the dead postmaster too, and would stop a new server in the same socket directory. */
async function removeSocketFiles(socketDirectory: string): Promise<void> {
  if (!socketDirectory.startsWith('/')) return;
  for (const suffix of ['', '.lock'])
    await rm(join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}${suffix}`), { force: true });
}
