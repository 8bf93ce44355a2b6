import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { type ConnectionSettings, driverSettings } from '../connection.ts';
import { readPostmasterPid } from './postmaster-pid.ts';
import type { ServerExit } from './stop-server.ts';

/** What is known of a server that is starting. */
export interface StartingServer {
  /** As the server itself sees it. */
  readonly pid: number;
  /** Awaited when the server has reported that it is ready, before anybody connects. */
  readonly beforeConnecting?: (() => Promise<void>) | undefined;
  readonly exited: Promise<ServerExit>;
  readonly dataDirectory: string;
  readonly connect: ConnectionSettings;
  readonly waitFor: 'connections' | 'writable';
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  lastLines(): readonly string[];
}

const POLL_MS = 5;
/** Longer recoveries are asked less often. */
const POLL_MS_MAX = 250;

/**
 * Resolves when this very server answers queries. Connecting alone would be fooled by an orphan that still serves the
 * directory, so the process id in postmaster.pid must be the child's, and the answer must come from this data directory.
 *
 * @throws AppError `unavailable` `postgres-start-failed`/`postgres-still-in-use`, `timeout` `postgres-start-timeout`.
 */
export async function waitUntilReady(server: StartingServer): Promise<void> {
  const deadlineMs = performance.now() + server.timeoutSeconds * 1000;
  let exit: ServerExit | undefined;
  server.exited.then((value) => {
    exit = value;
  });
  let lastProblem = 'it has not reported that it is ready';
  for (let pollMs = POLL_MS; performance.now() < deadlineMs; pollMs = Math.min(pollMs * 1.2, POLL_MS_MAX)) {
    if (exit !== undefined) throw startFailure(server.dataDirectory, exit);
    if (server.signal?.aborted) throw cancelled(server.dataDirectory);
    if (await hasReportedReady(server)) {
      await server.beforeConnecting?.();
      const problem = await problemOfAnswer(server, deadlineMs);
      if (problem === undefined) return;
      lastProblem = problem;
    }
    await delay(pollMs);
  }
  throw new AppError(
    'timeout',
    'postgres-start-timeout',
    `PostgreSQL on ${server.dataDirectory} did not become ready within ${server.timeoutSeconds} s: ${lastProblem}.${tail(server.lastLines())}`,
  );
}

/** `ready` also stands for a hot standby: whether it takes writes, only the server itself can say. */
async function hasReportedReady({ dataDirectory, pid }: StartingServer): Promise<boolean> {
  const reported = await readPostmasterPid(dataDirectory);
  return reported !== undefined && reported.pid === pid && reported.status === 'ready';
}

/** Undefined when the server answers and is the right one; else what was wrong this time. */
async function problemOfAnswer(server: StartingServer, deadlineMs: number): Promise<string | undefined> {
  const connectionTimeoutMillis = Math.max(100, deadlineMs - performance.now());
  const client = new pg.Client({
    ...driverSettings(server.connect, 'muster start'),
    connectionTimeoutMillis,
    query_timeout: connectionTimeoutMillis,
  });
  client.on('error', () => {}); // The connection's end is seen by the query below, or does not matter any more.
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string; recovering: boolean }>(
      "SELECT current_setting('data_directory') AS directory, pg_is_in_recovery() AS recovering",
    );
    const answered = rows[0]?.directory ?? '';
    if ((await realpath(answered)) !== server.dataDirectory) {
      return `another server answers on its socket, with data directory ${answered}`;
    }
    return rows[0]?.recovering === true && server.waitFor === 'writable' ? 'it is still in recovery' : undefined;
  } catch (error) {
    const { code } = error as pg.DatabaseError;
    if (code?.startsWith(INVALID_AUTHORIZATION)) throw refused(server, error);
    return `connecting failed: ${messageOf(error)}`;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The SQLSTATE class of an unknown or refused role: waiting will not change it. */
const INVALID_AUTHORIZATION = '28';

function refused({ dataDirectory, connect }: StartingServer, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'postgres-login-refused',
    `PostgreSQL on ${dataDirectory} does not let the superuser "${connect.user}" in: ${messageOf(cause)}.`,
    { cause },
  );
}

/** What PostgreSQL says while processes of an earlier server still use the directory. */
const STILL_IN_USE = /pre-existing shared memory block|lock file ".*" already exists/;

/** The error of a server that ended before it was ready; its code tells whether the directory was in use. */
export function startFailure(dataDirectory: string, exit: ServerExit): AppError {
  const inUse = exit.lastLines.some((line) => STILL_IN_USE.test(line));
  const how = exit.signal === undefined ? `status ${exit.code ?? 'unknown'}` : exit.signal;
  return new AppError(
    'unavailable',
    inUse ? 'postgres-still-in-use' : 'postgres-start-failed',
    `PostgreSQL on ${dataDirectory} ended during start-up (${how}).${tail(exit.lastLines)}`,
  );
}

function cancelled(dataDirectory: string): AppError {
  return new AppError(
    'unavailable',
    'postgres-start-cancelled',
    `The start of PostgreSQL on ${dataDirectory} was cancelled.`,
  );
}

const LOG_LINES_SHOWN = 4;

/** The end of the server's log in one line, without the times: what an operator reads first. */
function tail(lines: readonly string[]): string {
  if (lines.length === 0) return ' It wrote nothing to its log.';
  const last = lines.filter((line) => !LOG_NOISE.test(line)).slice(-LOG_LINES_SHOWN);
  return ` Its log ends with: ${last.map((line) => line.replace(LOG_PREFIX, '')).join('; ')}`;
}

/** `log_line_prefix` as our servers are started with it. */
const LOG_PREFIX = /^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] +/;
const LOG_NOISE = /LOG: +(database system is shut down|starting PostgreSQL|listening on)/;
