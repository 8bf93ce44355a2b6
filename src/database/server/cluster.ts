import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../kernel/log.ts';
import type { PostgresBinaries } from './binaries.ts';
import { SERVER_ENVIRONMENT } from './command.ts';
import { giveTo } from './ownership.ts';
import { waitUntilReady } from './readiness.ts';
import type { RunAs } from './run-as.ts';
import { openServerLog, type ServerLog } from './server-log.ts';
import { clusterNameFor } from './server-processes.ts';
import { makeSocketDirectory, SOCKET_PORT, sweepSocketDirectories } from './socket-directory.ts';
import { type ServerExit, type StopMode, stopServer } from './stop-server.ts';

/** How a server is started. */
export interface StartClusterOptions {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
  readonly dataDirectory: string;
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
  /** Gives the start up: the server is stopped and the start rejects. */
  readonly signal?: AbortSignal;
  readonly log: Logger;
}

/** How to connect; also accepted by `pg` and typeorm. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly ssl: false;
}

/** A server that was started and answered. */
export interface RunningCluster {
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  connection(database: string, user: string): ConnectionSettings;
  /** Resolves when the server has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServerExit>;
  /**
   * Stops the server and resolves when it has ended. A mode that takes longer than `timeoutSeconds` (default 60) is followed
   * by `immediate`, and that by a kill: nothing committed is lost, the next start recovers.
   */
  stop(mode?: StopMode, timeoutSeconds?: number): Promise<ServerExit>;
}

/**
 * Starts a server on any data directory (also one restored from a base backup) and resolves when this very server answers:
 * its process id stands in postmaster.pid and it serves this data directory. Unix socket only.
 *
 * @throws AppError `unavailable` `postgres-start-failed` with the last lines of its log, `timeout`
 * `postgres-start-timeout`, or `unavailable` `postgres-start-cancelled`; the server has been stopped by then.
 */
export async function startCluster(options: StartClusterOptions): Promise<RunningCluster> {
  const dataDirectory = await realpath(options.dataDirectory);
  await giveTo(options.runAs, dataDirectory);
  await mkdir(options.logDirectory, { recursive: true, mode: 0o700 });
  const made = options.socketDirectory === undefined;
  const socketDirectory =
    options.socketDirectory ?? (await makeSocketDirectory(options.runAs, options.runtimeDirectory, dataDirectory));
  const serverLog = openServerLog(join(options.logDirectory, 'postgresql.log'));
  const child = spawnServer(options, dataDirectory, socketDirectory, serverLog);
  const exited = exitOf(child, serverLog).then(async (exit) => {
    if (made) await rm(socketDirectory, { recursive: true, force: true });
    return exit;
  });
  const connection = (database: string, user: string): ConnectionSettings => {
    return { host: socketDirectory, port: SOCKET_PORT, database, user, ssl: false };
  };
  try {
    await waitUntilReady({
      pid: child.pid,
      exited,
      dataDirectory,
      connect: connection('postgres', options.superuser),
      waitFor: options.waitFor ?? 'connections',
      timeoutSeconds: options.startTimeoutSeconds,
      signal: options.signal,
      lastLines: () => serverLog.lastLines(LOG_LINES_IN_ERRORS),
    });
  } catch (error) {
    await stopServer(child, exited, 'immediate', 10);
    throw error;
  }
  if (made) await sweepSocketDirectories(options.runtimeDirectory, dataDirectory, socketDirectory);
  const pid = child.pid as number;
  options.log.info({ pid, dataDirectory }, 'PostgreSQL is ready');
  return {
    dataDirectory,
    socketDirectory,
    port: SOCKET_PORT,
    pid,
    logFile: serverLog.path,
    connection,
    exited,
    stop: (mode = 'fast', timeoutSeconds = 60) => stopServer(child, exited, mode, timeoutSeconds),
  };
}

const LOG_LINES_IN_ERRORS = 15;

function spawnServer(
  { runAs, binaries, settings }: StartClusterOptions,
  dataDirectory: string,
  socketDirectory: string,
  { fd }: ServerLog,
): ChildProcess {
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
  const { file, args: wrapped, uid, gid } = runAs.wrap(binaries.postgres, args);
  return spawn(file, [...wrapped], {
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', fd, fd],
    // A process group of its own: Ctrl-C in the terminal reaches Node alone, which then stops the server in order.
    detached: true,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
}

/** Resolves when the process has ended or could not be started; the log is closed by then. */
function exitOf(child: ChildProcess, serverLog: ServerLog): Promise<ServerExit> {
  const { promise, resolve } = Promise.withResolvers<ServerExit>();
  const settle = (code: number | null, signal: string | null, reason?: string) => {
    const lastLines = [...serverLog.lastLines(LOG_LINES_IN_ERRORS), ...(reason === undefined ? [] : [reason])];
    serverLog.close();
    resolve({ code: code ?? undefined, signal: signal ?? undefined, lastLines });
  };
  child.once('exit', (code, signal) => settle(code, signal));
  child.once('error', (error) => {
    if (child.pid === undefined) settle(null, null, error.message);
  });
  return promise;
}
