import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { ConnectionSettings } from '../connection.ts';
import type { PostgresBinaries } from './binaries.ts';
import { SERVER_ENVIRONMENT } from './command.ts';
import type { IsolatedPlaces } from './isolated-program.ts';
import {
  endIsolated,
  isolatedClient,
  isolatedServer,
  makeIsolatedPlaces,
  PID_INSIDE,
  pinSocket,
} from './isolated-server.ts';
import { giveTo } from './ownership.ts';
import { startFailure, waitUntilReady } from './readiness.ts';
import type { RunAs } from './run-as.ts';
import { openServerLog, type ServerLog } from './server-log.ts';
import { clusterNameFor } from './server-processes.ts';
import { makeSocketDirectory, SOCKET_PORT, sweepSocketDirectories } from './socket-directory.ts';
import { IMMEDIATE_TIMEOUT_SECONDS, type ServerExit, type StopMode, stopServer } from './stop-server.ts';

/** How a server is started. */
export interface StartClusterOptions {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  readonly dataDirectory: string;
  /** This process made every file in the data directory: none has a foreign owner, however many there are. */
  readonly filesMadeByUs?: boolean;
  /** Below this a private directory for the socket is made (and removed when the server has ended). */
  readonly runtimeDirectory: string;
  /** An existing private directory for the socket instead; it is neither made nor removed. One server each. */
  readonly socketDirectory?: string;
  /** Where `postgresql.log` is written. */
  readonly logDirectory: string;
  /** The superuser that readiness is tried with. */
  readonly superuser: string;
  /** PostgreSQL settings; they win over the defaults below and over the files in the data directory. */
  readonly settings?: Readonly<Record<string, string>>;
  /** `connections` (default): a hot standby in recovery will do. `writable`: recovery has ended as well. */
  readonly waitFor?: 'connections' | 'writable';
  readonly startTimeoutSeconds: number;
  /** Runs it apart from everything else (`isolatedProgram`), with a socket directory that is made for it. */
  readonly isIsolated?: boolean;
  /** Gives the start up: the server is stopped and the start rejects. */
  readonly signal?: AbortSignal;
  readonly log: Logger;
}

/** A server that was started and answered. */
export interface RunningCluster {
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly port: number;
  /** The server's process id; of an isolated one that of the process that holds its namespaces. */
  readonly pid: number;
  readonly logFile: string;
  /** Of an isolated server: what its client programs may see. */
  readonly clientPlaces?: ((readable: readonly string[]) => IsolatedPlaces) | undefined;
  /** How a role reaches a database of this server. */
  connection(database: string, user: string): ConnectionSettings;
  /** Resolves when the server has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /**
   * Stops the server and resolves when it has ended. A mode that takes longer than `timeoutSeconds` (default 60) is followed
   * by `immediate`, and that by a kill: nothing committed is lost, the next start recovers. An isolated server is killed at once
   * with all that runs in it, whatever the mode.
   */
  stop(mode?: StopMode, timeoutSeconds?: number): Promise<ServerExit>;
}

/**
 * Starts a server on any data directory (also one restored from a base backup) and resolves when this very server answers:
 * its process id stands in postmaster.pid and it serves this data directory. Unix socket only; whoever may enter the
 * socket's directory (Muster's user and root) connects as any role, without a password.
 *
 * The files are given to the server's user first. A data directory that an earlier, killed process may have left in use
 * wants `stopOrphan` before. With `runAs.diesWithParent` the server also ends with the thread that started it: start it
 * from the main thread.
 *
 * @throws AppError `not-found` `no-cluster`; `unavailable` `postgres-start-failed` with the last lines of its log,
 * `postgres-still-in-use` when another server has the directory, `postgres-login-refused`, `postgres-start-cancelled`;
 * `timeout` `postgres-start-timeout`. No server of ours is left running.
 */
export async function startCluster(options: StartClusterOptions): Promise<RunningCluster> {
  const dataDirectory = await existingCluster(options.dataDirectory);
  await giveTo(options.runAs, dataDirectory, options.filesMadeByUs);
  await mkdir(options.logDirectory, { recursive: true, mode: 0o700 });
  const made = options.socketDirectory === undefined;
  const socketDirectory =
    options.socketDirectory ?? (await makeSocketDirectory(options.runAs, options.runtimeDirectory, dataDirectory));
  const isIsolated = options.isIsolated === true;
  if (isIsolated) await makeIsolatedPlaces(socketDirectory);
  const serverLog = openServerLog(join(options.logDirectory, 'postgresql.log'));
  const clear = async () => {
    serverLog.close();
    // What stays behind here is swept at the next start.
    if (made) await rm(socketDirectory, { recursive: true, force: true }).catch(() => {});
  };
  const cluster = await launch(options, { dataDirectory, socketDirectory, serverLog }, clear);
  try {
    await waitUntilReady({
      pid: isIsolated ? PID_INSIDE : cluster.pid,
      beforeConnecting: isIsolated ? () => pinSocket(socketDirectory) : undefined,
      exited: cluster.exited,
      dataDirectory,
      connect: cluster.connection('postgres', options.superuser),
      waitFor: options.waitFor ?? 'connections',
      timeoutSeconds: options.startTimeoutSeconds,
      signal: options.signal,
      lastLines: () => serverLog.lastLines(LOG_LINES_IN_ERRORS),
    });
  } catch (error) {
    await cluster.stop('immediate', IMMEDIATE_TIMEOUT_SECONDS);
    throw error;
  }
  if (made) await sweepSocketDirectories(options.runtimeDirectory, dataDirectory, socketDirectory);
  options.log.info({ pid: cluster.pid, dataDirectory }, 'PostgreSQL is ready');
  return cluster;
}

async function existingCluster(directory: string): Promise<string> {
  if (existsSync(join(directory, 'PG_VERSION'))) return realpath(directory);
  throw new AppError('not-found', 'no-cluster', `There is no PostgreSQL database in ${directory} (no PG_VERSION).`);
}

const LOG_LINES_IN_ERRORS = 15;

interface Places {
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly serverLog: ServerLog;
}

/** Spawns the server; `clear` is called when it has ended, or could not even be spawned. */
async function launch(
  options: StartClusterOptions,
  places: Places,
  clear: () => Promise<void>,
): Promise<RunningCluster> {
  const { dataDirectory, socketDirectory, serverLog } = places;
  let child: ChildProcess;
  let ended: Promise<ServerExit>;
  try {
    child = spawnServer(options, places);
    ended = exitOf(child, serverLog);
  } catch (cause) {
    await clear();
    throw startFailure(dataDirectory, { code: undefined, signal: undefined, lastLines: [messageOf(cause)] });
  }
  const exited = ended.then(async (exit) => {
    await clear();
    return exit;
  });
  return {
    dataDirectory,
    socketDirectory,
    port: SOCKET_PORT,
    // Without a process id the start fails, and nobody gets to see this.
    pid: child.pid ?? -1,
    logFile: serverLog.path,
    connection: (database, user) => ({ host: socketDirectory, port: SOCKET_PORT, database, user, ssl: false }),
    exited,
    ...(options.isIsolated === true && { clientPlaces: (readable) => isolatedClient(socketDirectory, readable) }),
    stop: (mode = 'fast', timeoutSeconds = 60) =>
      options.isIsolated === true ? endIsolated(child, exited) : stopServer(child, exited, mode, timeoutSeconds),
  };
}

function spawnServer({ runAs, binaries, settings, isIsolated }: StartClusterOptions, places: Places): ChildProcess {
  const { dataDirectory, socketDirectory, serverLog } = places;
  const effective: Record<string, string> = {
    log_line_prefix: '%m [%p] ',
    log_timezone: 'UTC',
    timezone: 'UTC',
    cluster_name: clusterNameFor(dataDirectory),
    ...settings,
    // Not for the caller to change: the socket is the only way in, and the log goes to our file.
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    port: String(SOCKET_PORT),
    logging_collector: 'off',
    log_destination: 'stderr',
  };
  const args = [
    '-D',
    dataDirectory,
    ...Object.entries(effective).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const command = isIsolated
    ? isolatedServer({ file: binaries.postgres, args }, dataDirectory, socketDirectory)
    : runAs.wrap(binaries.postgres, args);
  const { uid, gid } = command;
  return spawn(command.file, [...command.args], {
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', serverLog.fd, serverLog.fd],
    // A process group of its own: Ctrl-C in the terminal reaches Node alone, which then stops the server in order.
    detached: true,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
}

/** Resolves when the process has ended or could not be started. */
function exitOf(child: ChildProcess, serverLog: ServerLog): Promise<ServerExit> {
  const { promise, resolve } = Promise.withResolvers<ServerExit>();
  const settle = (code: number | null, signal: string | null, reason?: string) => {
    const lastLines = [...serverLog.lastLines(LOG_LINES_IN_ERRORS), ...(reason === undefined ? [] : [reason])];
    resolve({ code: code ?? undefined, signal: signal ?? undefined, lastLines });
  };
  child.once('exit', (code, signal) => settle(code, signal));
  child.once('error', (error) => {
    if (child.pid === undefined) settle(null, null, error.message);
  });
  return promise;
}
