import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../database/connection.ts';
import { databaseUnavailable, isUnavailable, sqlFailureOf } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { type DatabaseContent, type LeafTable, readDatabaseContent, sameTables } from './database-catalogue.ts';
import { openSession } from './database-session.ts';
import { lsnOf } from './log-position.ts';
import { displayNameOf, pinTextForms } from './table-fingerprint.ts';
import { lockAgainstRemoval, lockAgainstWriting, lockRefusal } from './table-locks.ts';

/** Where recovery is to stop: at the named record, or before the first record at or after a position. */
type RecoveryTarget = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'lsn'; readonly lsn: string };

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
  /** The mark's name begins with it, and ends with the number of the attempt; 50 characters at most. */
  readonly name: string;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** How long tries to get all locks go on, in seconds. */
  readonly lockBudgetSeconds?: number;
}

const LOCK_BUDGET_SECONDS = 120;
const BACKOFF_MS = { first: 20, max: 5_000 } as const;

/**
 * Marks a moment in the write-ahead log and opens a snapshot of the same moment. SHARE locks on all leaf tables hold
 * writers back while the mark is written and the snapshot taken (a few milliseconds); readers are not disturbed. When the
 * locks cannot be had at once they are let go and tried again, the table that could not be had first: after some tries the
 * order is the writers' own.
 *
 * The mark is a named restore point where the role may create one; else a position in the log.
 *
 * @throws AppError `conflict` `restore-point-busy` when a long transaction kept a lock for the whole budget.
 */
export async function createRestorePoint(options: RestorePointOptions): Promise<RestorePoint> {
  const budgetMs = (options.lockBudgetSeconds ?? LOCK_BUDGET_SECONDS) * 1000;
  const startedMs = performance.now();
  let contended: readonly string[] = [];
  let backoffMs: number = BACKOFF_MS.first;
  for (let number = 1; ; number += 1, backoffMs = Math.min(backoffMs * 1.5, BACKOFF_MS.max)) {
    options.signal?.throwIfAborted();
    // A mark that was given up stays in the log, and recovery stops at the first of a name: so no name is used twice.
    const name = `${options.name}-${number}`;
    const attempt = await tryOnce({ ...options, name }, contended);
    if ('point' in attempt) return attempt.point;
    const { busy, table } = attempt;
    options.log.debug({ restorePoint: name, reason: busy, table }, 'restore point: not now, trying again');
    if (performance.now() - startedMs > budgetMs) throw tooBusy(attempt, budgetMs / 1000);
    if (table !== undefined) contended = [table, ...contended.filter((name) => name !== table)];
    await delay(backoffMs * (0.5 + Math.random()), undefined, { signal: options.signal });
  }
}

/** `table` is the one whose lock could not be had, where it is known. */
type Busy = { readonly busy: string; readonly table?: string | undefined };
type Attempt = { readonly point: RestorePoint } | Busy;

async function tryOnce(options: RestorePointOptions, contended: readonly string[]): Promise<Attempt> {
  const reader = await openSession(options.database, 'muster restore point', options.signal);
  let kept = false;
  try {
    const locker = await openSession(options.database, 'muster restore point', options.signal);
    try {
      const attempt = await markWhileLocked(options, { locker, reader, contended });
      kept = 'point' in attempt;
      return attempt;
    } catch (thrown) {
      const busy = busyReason(thrown);
      if (busy !== undefined) return busy;
      throw isUnavailable(thrown) ? databaseUnavailable(thrown) : thrown;
    } finally {
      await locker.end();
    }
  } finally {
    if (!kept) await reader.end();
  }
}

interface Connections {
  readonly locker: Client;
  readonly reader: Client;
  readonly contended: readonly string[];
}

/**
 * The order matters. The reader's weak locks come first: asked for while the locker holds its own, they could queue behind
 * an ALTER TABLE that waits for the locker. LOCK TABLE takes no snapshot; the reader's snapshot is its first SELECT.
 */
async function markWhileLocked(options: RestorePointOptions, connections: Connections): Promise<Attempt> {
  const { locker, reader } = connections;
  await pinTextForms(reader);
  const { leafTables: known } = await readDatabaseContent(locker);
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await lockAgainstRemoval(reader, known);
  await locker.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE');
  await lockAgainstWriting(locker, inOrder(known, connections.contended));
  const content = await readDatabaseContent(reader);
  if (!sameTables(known, content.leafTables)) return TABLES_CHANGED;
  const mark = await writeMark(locker, options.name);
  // A table that appeared after the snapshot would be in the restored data, and not on the record.
  const { leafTables: afterwards } = await readDatabaseContent(locker);
  if (!sameTables(known, afterwards)) return TABLES_CHANGED;
  await locker.query('COMMIT');
  const { rows } = await locker.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return { point: { ...mark, walEndLsn: lsnOf(rows[0]?.lsn), content, reader } };
}

const TABLES_CHANGED: Busy = { busy: 'a table was created or dropped meanwhile' };

/** The tables that were hard to get come first, the last one that failed before all others. */
function inOrder(tables: readonly LeafTable[], contended: readonly string[]): LeafTable[] {
  const rank = (table: LeafTable) => {
    const index = contended.indexOf(displayNameOf(table));
    return index === -1 ? contended.length : index;
  };
  return tables.toSorted((a, b) => rank(a) - rank(b));
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

/** Dropped between listing and locking; a deadlock that was ended at our cost. */
const BUSY_CODES: Readonly<Record<string, string>> = {
  '42P01': 'a table was dropped meanwhile',
  '40P01': 'a deadlock with a writer was avoided',
};

function busyReason(thrown: unknown): Busy | undefined {
  const refused = lockRefusal(thrown);
  if (refused !== undefined) return refused;
  const busy = BUSY_CODES[sqlFailureOf(thrown)?.code ?? ''];
  return busy === undefined ? undefined : { busy };
}

function tooBusy({ busy, table }: Busy, budgetSeconds: number): AppError {
  const what = table === undefined ? busy : `${busy} (${table})`;
  return new AppError(
    'conflict',
    'restore-point-busy',
    `No restore point could be taken within ${budgetSeconds} s: ${what}. Look for long transactions in pg_stat_activity, and take the backup when they have ended.`,
  );
}
