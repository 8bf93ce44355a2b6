import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';
import { databaseUnavailable, isUnavailable, sqlFailureOf } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { type DatabaseContent, type LeafTable, readDatabaseContent } from './database-catalogue.ts';
import { lsnOf } from './log-position.ts';
import { displayNameOf, pinTextForms, sqlNameOf } from './table-fingerprint.ts';

/** Where recovery is to stop: at the named record, or before the first record at or after a position. */
export type RecoveryTarget =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'lsn'; readonly lsn: string };

/** The moment that was marked in the log, and a snapshot that shows exactly that moment. */
export interface RestorePoint {
  readonly target: RecoveryTarget;
  /** The server's clock while the data stood still. ISO 8601, UTC. */
  readonly at: string;
  /** Everything before this position must be there to recover to the point; it is on the server's disk. */
  readonly walEndLsn: bigint;
  readonly content: DatabaseContent;
  /**
   * A connection inside a REPEATABLE READ transaction whose snapshot is the point's data, its session pinned for
   * fingerprints. Its locks keep TRUNCATE and DROP away, which no snapshot would survive. Whoever called ends it.
   */
  readonly reader: Client;
}

export interface RestorePointOptions {
  readonly database: ConnectionSettings;
  readonly name: string;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** How long tries to get all locks go on, in seconds. */
  readonly lockBudgetSeconds?: number;
}

const LOCK_BUDGET_SECONDS = 120;
/** Below PostgreSQL's deadlock_timeout (1 s), so that a deadlock with a writer ends by our giving up, not by its failure. */
const LOCK_TIMEOUT_MS = 300;
/** All locks together; writers stand still for no longer. */
const LOCK_STATEMENT_TIMEOUT_MS = 800;
const BACKOFF_MS = { first: 50, max: 5_000 } as const;

/**
 * Marks a moment in the write-ahead log and opens a snapshot of the same moment. SHARE locks on all leaf tables hold
 * writers back while the mark is written and the snapshot taken (a few milliseconds); readers are not disturbed. When the
 * locks cannot be had at once they are let go and tried again later.
 *
 * The mark is a named restore point where the role may create one; else a position in the log.
 *
 * @throws AppError `conflict` `restore-point-busy` when a long transaction kept a lock for the whole budget.
 */
export async function createRestorePoint(options: RestorePointOptions): Promise<RestorePoint> {
  const budgetMs = (options.lockBudgetSeconds ?? LOCK_BUDGET_SECONDS) * 1000;
  const startedMs = performance.now();
  for (let backoffMs: number = BACKOFF_MS.first; ; backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.max)) {
    options.signal?.throwIfAborted();
    const attempt = await tryOnce(options);
    if ('point' in attempt) return attempt.point;
    options.log.debug({ restorePoint: options.name, reason: attempt.busy }, 'restore point: not now, trying again');
    if (performance.now() - startedMs > budgetMs) throw tooBusy(attempt.busy, budgetMs / 1000);
    await delay(backoffMs * (0.5 + Math.random()), undefined, { signal: options.signal });
  }
}

type Attempt = { readonly point: RestorePoint } | { readonly busy: string };

async function tryOnce(options: RestorePointOptions): Promise<Attempt> {
  const reader = await connect(options);
  let kept = false;
  try {
    const locker = await connect(options);
    try {
      const attempt = await markWhileLocked(options, locker, reader);
      kept = 'point' in attempt;
      return attempt;
    } catch (thrown) {
      const busy = busyReason(thrown);
      if (busy !== undefined) return { busy };
      throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
    } finally {
      await locker.end();
    }
  } finally {
    if (!kept) await reader.end();
  }
}

/**
 * The order matters. The reader's weak locks come first: asked for while the locker holds its own, they could queue behind
 * an ALTER TABLE that waits for the locker. LOCK TABLE takes no snapshot; the reader's snapshot is its first SELECT.
 */
async function markWhileLocked(options: RestorePointOptions, locker: Client, reader: Client): Promise<Attempt> {
  await pinTextForms(reader);
  await beginLocked(reader, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { leafTables: known } = await readDatabaseContent(locker);
  await lockAll(reader, known, 'ACCESS SHARE');
  await beginLocked(locker, 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  await lockAll(locker, known, 'SHARE');
  const content = await readDatabaseContent(reader);
  if (!sameTables(known, content.leafTables)) return { busy: 'a table was created or dropped meanwhile' };
  const mark = await writeMark(locker, options.name);
  // A table that appeared after the snapshot would be in the restored data, and not on the record.
  const { leafTables: afterwards } = await readDatabaseContent(locker);
  if (!sameTables(known, afterwards)) return { busy: 'a table was created or dropped meanwhile' };
  await locker.query('COMMIT');
  const { rows } = await locker.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return { point: { ...mark, walEndLsn: lsnOf(rows[0]?.lsn), content, reader } };
}

async function beginLocked(client: Client, begin: string): Promise<void> {
  await client.query(begin);
  await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
}

async function lockAll(client: Client, tables: readonly LeafTable[], mode: 'SHARE' | 'ACCESS SHARE'): Promise<void> {
  if (tables.length === 0) return;
  const list = tables.map((table) => `ONLY ${sqlNameOf(table)}`).join(', ');
  await client.query(`SET LOCAL statement_timeout = ${LOCK_STATEMENT_TIMEOUT_MS}`);
  await client.query(`LOCK TABLE ${list} IN ${mode} MODE`);
  await client.query('SET LOCAL statement_timeout = 0');
}

/**
 * Writes the mark. Asking for a transaction id makes the commit write a record of its own and flush the log up to it, so
 * that the mark is on disk (and, for a mark by position, that a record follows it, at which recovery can stop).
 */
async function writeMark(locker: Client, name: string): Promise<Pick<RestorePoint, 'target' | 'at'>> {
  await locker.query(`SET LOCAL synchronous_commit = 'local'`);
  const { rows } = await locker.query<{ at: Date; may: boolean }>(
    `SELECT clock_timestamp() AS at, pg_current_xact_id(),
            has_function_privilege('pg_catalog.pg_create_restore_point(text)', 'EXECUTE') AS may`,
  );
  const at = (rows[0]?.at ?? new Date()).toISOString();
  if (rows[0]?.may) {
    await locker.query('SELECT pg_create_restore_point($1)', [name]);
    return { target: { kind: 'name', name }, at };
  }
  const emitted = await locker.query<{ lsn: string }>(
    `SELECT pg_logical_emit_message(false, 'muster', $1)::text AS lsn`,
    [name],
  );
  return { target: { kind: 'lsn', lsn: emitted.rows[0]?.lsn ?? '' }, at };
}

function sameTables(a: readonly LeafTable[], b: readonly LeafTable[]): boolean {
  const key = (tables: readonly LeafTable[]) =>
    tables.map((table) => `${table.oid} ${displayNameOf(table)}`).join('\n');
  return key(a) === key(b);
}

async function connect({ database, signal }: RestorePointOptions): Promise<Client> {
  const client = new Client(driverSettings(database, 'muster restore point'));
  client.on('error', () => {
    // The statement under way reports the loss.
  });
  try {
    await client.connect();
  } catch (thrown) {
    throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
  }
  const abort = () => void client.end();
  signal?.addEventListener('abort', abort, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', abort));
  return client;
}

/** Lock timeout, statement timeout, deadlock, table gone between listing and locking. */
const BUSY_CODES: Readonly<Record<string, string>> = {
  '55P03': 'a table is locked by another transaction',
  '57014': 'the tables could not all be locked in time',
  '40P01': 'a deadlock with a writer was avoided',
  '42P01': 'a table was dropped meanwhile',
};

function busyReason(thrown: unknown): string | undefined {
  return BUSY_CODES[sqlFailureOf(thrown)?.code ?? ''];
}

function tooBusy(reason: string, budgetSeconds: number): AppError {
  return new AppError(
    'conflict',
    'restore-point-busy',
    `No restore point could be taken within ${budgetSeconds} s: ${reason}. Look for long transactions in pg_stat_activity, and take the backup when they have ended.`,
  );
}
