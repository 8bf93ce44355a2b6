import { realpath, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { ConnectionSettings } from '../connection.ts';
import { type RunningCluster, type StartClusterOptions, startCluster } from './cluster.ts';
import { type OrphanReport, stopOrphan } from './orphan.ts';
import { makeSocketDirectory, sweepSocketDirectories } from './socket-directory.ts';
import type { ServerExit, StopMode } from './stop-server.ts';

/** What happened to a supervised server. */
export type SupervisorEvent =
  | { readonly kind: 'orphan-stopped'; readonly report: OrphanReport }
  | { readonly kind: 'started'; readonly pid: number; readonly startSeconds: number }
  | { readonly kind: 'died'; readonly exit: ServerExit }
  | { readonly kind: 'restart-failed'; readonly attempt: number; readonly error: unknown }
  /** It will not be started again: the process that needs it should end and say so. */
  | { readonly kind: 'gave-up'; readonly error: AppError };

/** How stubbornly a dead server is started again. */
export interface RestartPolicy {
  /** This many starts in a row without a stable run, then it is given up. */
  readonly attemptsMax: number;
  /** A server that has run this long counts as stable: the attempts are counted from zero again. */
  readonly stableSeconds: number;
  /** The first restart is at once, the second after this; it doubles with every further one. */
  readonly firstDelaySeconds: number;
  readonly delaySecondsMax: number;
}

/** About a minute of trying. */
export const DEFAULT_RESTART_POLICY: RestartPolicy = {
  attemptsMax: 10,
  stableSeconds: 60,
  firstDelaySeconds: 0.25,
  delaySecondsMax: 15,
};

export interface SuperviseOptions extends Omit<StartClusterOptions, 'socketDirectory' | 'signal' | 'waitFor'> {
  readonly restart?: RestartPolicy;
  /** Called at every event, never inside a caller's own call; must not throw. */
  readonly onEvent?: (event: SupervisorEvent) => void;
}

/** A server that is kept running. Its socket stays at the same place over restarts, so a pool reconnects by itself. */
export interface SupervisedCluster {
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly port: number;
  readonly logFile: string;
  connection(database: string, user: string): ConnectionSettings;
  /** The postmaster's process id; undefined while it is down. */
  pid(): number | undefined;
  /** Ends the supervision, stops the server (see `RunningCluster.stop`) and removes the socket directory. May be called twice. */
  stop(mode?: StopMode, timeoutSeconds?: number): Promise<void>;
}

/**
 * Starts a server and keeps it running: an orphan of an earlier Muster is stopped first, and a postmaster that dies is
 * started again on the same socket, at once and then with growing delays. PostgreSQL recovers what was committed.
 * Only for the holder of the data directory's lock.
 *
 * @throws AppError as `startCluster` and `stopOrphan`, when the first start fails.
 */
export async function superviseCluster(options: SuperviseOptions): Promise<SupervisedCluster> {
  const dataDirectory = await realpath(options.dataDirectory);
  const socketDirectory = await makeSocketDirectory(options.runAs, options.runtimeDirectory, dataDirectory);
  const supervision: Supervision = {
    options,
    socketDirectory,
    stopping: new AbortController(),
    cluster: undefined,
    startedAtMs: undefined,
  };
  try {
    await startAgain(supervision);
  } catch (error) {
    await rm(socketDirectory, { recursive: true, force: true });
    throw error;
  }
  await sweepSocketDirectories(options.runtimeDirectory, dataDirectory, socketDirectory);
  return handleOf(supervision, keepRunning(supervision));
}

interface Supervision {
  readonly options: SuperviseOptions;
  readonly socketDirectory: string;
  readonly stopping: AbortController;
  cluster: RunningCluster | undefined;
  /** When the present or last server became ready; undefined before the first. */
  startedAtMs: number | undefined;
}

function handleOf(supervision: Supervision, ended: Promise<void>): SupervisedCluster {
  const first = supervision.cluster as RunningCluster;
  return {
    dataDirectory: first.dataDirectory,
    socketDirectory: first.socketDirectory,
    port: first.port,
    logFile: first.logFile,
    connection: first.connection,
    pid: () => supervision.cluster?.pid,
    stop: async (mode, timeoutSeconds) => {
      supervision.stopping.abort();
      await supervision.cluster?.stop(mode, timeoutSeconds);
      await ended;
      await rm(supervision.socketDirectory, { recursive: true, force: true });
    },
  };
}

/** Ends when the supervision is stopped or given up. */
async function keepRunning(supervision: Supervision): Promise<void> {
  const { options, stopping } = supervision;
  const policy = options.restart ?? DEFAULT_RESTART_POLICY;
  let attempts = 0;
  while (supervision.cluster !== undefined) {
    const exit = await supervision.cluster.exited;
    supervision.cluster = undefined;
    if (stopping.signal.aborted) return;
    options.log.error({ exit }, 'PostgreSQL ended unexpectedly: starting it again');
    emit(supervision, { kind: 'died', exit });
    if (performance.now() - (supervision.startedAtMs ?? 0) >= policy.stableSeconds * 1000) attempts = 0;
    let lastError: unknown = new Error(exit.lastLines.at(-1) ?? 'it wrote nothing to its log');
    while (supervision.cluster === undefined) {
      attempts += 1;
      if (attempts > policy.attemptsMax) return giveUp(supervision, policy.attemptsMax, lastError);
      await pause(delayBefore(attempts, policy), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await startAgain(supervision);
      } catch (error) {
        if (stopping.signal.aborted) return;
        lastError = error;
        options.log.error({ attempt: attempts, err: error }, 'PostgreSQL could not be started again');
        emit(supervision, { kind: 'restart-failed', attempt: attempts, error });
      }
    }
  }
}

/** PostgreSQL's own guard can see children that the process list does not show yet: clear and try once more. */
const STILL_IN_USE_TRIES = 5;

async function startAgain(supervision: Supervision): Promise<void> {
  const { options, socketDirectory, stopping } = supervision;
  const { dataDirectory, log } = options;
  const beginMs = performance.now();
  const isFirst = supervision.startedAtMs === undefined;
  for (let attempt = 1; ; attempt += 1) {
    const report = await stopOrphan({ dataDirectory, log });
    // At a restart these are only the children of the postmaster that died.
    if (isFirst && report.stoppedPids.length > 0) emit(supervision, { kind: 'orphan-stopped', report });
    try {
      supervision.cluster = await startCluster({ ...options, socketDirectory, signal: stopping.signal });
      break;
    } catch (error) {
      const inUse = error instanceof AppError && error.code === 'postgres-still-in-use';
      if (!inUse || attempt === STILL_IN_USE_TRIES) throw error;
      await pause(0.2 * attempt, stopping.signal);
    }
  }
  supervision.startedAtMs = performance.now();
  const startSeconds = (supervision.startedAtMs - beginMs) / 1000;
  emit(supervision, { kind: 'started', pid: supervision.cluster.pid, startSeconds });
}

function giveUp(supervision: Supervision, attempts: number, lastError: unknown): void {
  const error = new AppError(
    'unavailable',
    'postgres-gave-up',
    `PostgreSQL kept ending and was not started again after ${attempts} attempts. The last: ${messageOf(lastError)}`,
    { cause: lastError },
  );
  supervision.options.log.fatal({ err: error }, 'PostgreSQL is down for good');
  emit(supervision, { kind: 'gave-up', error });
}

function delayBefore(attempt: number, policy: RestartPolicy): number {
  return attempt === 1 ? 0 : Math.min(policy.firstDelaySeconds * 2 ** (attempt - 2), policy.delaySecondsMax);
}

/** Waits, but not through a stop. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  if (seconds > 0) await delay(seconds * 1000, undefined, { signal }).catch(() => {});
}

function emit(supervision: Supervision, event: SupervisorEvent): void {
  supervision.options.onEvent?.(event);
}
