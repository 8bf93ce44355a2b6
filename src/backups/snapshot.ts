import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../database/connection.ts';
import { sqlFailureOf } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { type DatabaseContent, readDatabaseContent, sameTables } from './database-catalogue.ts';
import { openSession } from './database-session.ts';
import { pinTextForms } from './table-fingerprint.ts';
import { lockAgainstRemoval, lockRefusal } from './table-locks.ts';

/** A snapshot that pg_dump and the fingerprints share. */
export interface ExportedSnapshot {
  /** For `pg_dump --snapshot`; valid while `reader` is open. */
  readonly id: string;
  /** Not later than the snapshot, by the server's clock. ISO 8601, UTC. */
  readonly at: string;
  readonly content: DatabaseContent;
  /** Inside the snapshot's transaction, pinned for fingerprints; its locks keep TRUNCATE and DROP away. Whoever called ends it. */
  readonly reader: Client;
}

const ATTEMPTS_MAX = 30;
const RETRY_MS = 500;

/**
 * Opens a snapshot of the database that other sessions can join. Writers are not held back.
 * @throws AppError `conflict` `snapshot-busy` when tables were being changed in their structure the whole time.
 */
export async function exportSnapshot(
  database: ConnectionSettings,
  signal: AbortSignal | undefined,
): Promise<ExportedSnapshot> {
  for (let attempt = 1; ; attempt += 1) {
    const reader = await openSession(database, 'muster backup', signal);
    const snapshot = await tryOnce(reader).catch(async (thrown: unknown) => {
      const isPassing = lockRefusal(thrown) !== undefined || sqlFailureOf(thrown)?.code === '42P01';
      if (!isPassing) await reader.end();
      if (!isPassing) throw thrown;
      return undefined;
    });
    if (snapshot !== undefined) return snapshot;
    await reader.end();
    if (attempt === ATTEMPTS_MAX) throw busy();
    await delay(RETRY_MS, undefined, { signal });
  }
}

async function tryOnce(reader: Client): Promise<ExportedSnapshot | undefined> {
  await pinTextForms(reader);
  const { leafTables: known } = await readDatabaseContent(reader);
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await lockAgainstRemoval(reader, known);
  // The first SELECT takes the snapshot; now() is when the transaction began.
  const { rows } = await reader.query<{ at: Date; id: string }>('SELECT now() AS at, pg_export_snapshot() AS id');
  const [row] = rows;
  const content = await readDatabaseContent(reader);
  if (row === undefined || !sameTables(known, content.leafTables)) return undefined;
  return { id: row.id, at: row.at.toISOString(), content, reader };
}

function busy(): AppError {
  return new AppError(
    'conflict',
    'snapshot-busy',
    `No backup could begin within ${(ATTEMPTS_MAX * RETRY_MS) / 1000} s: tables are being created, changed or dropped the whole time. Try again when that has ended.`,
  );
}
