import { type Client, DatabaseError } from 'pg';
import { openSession } from '../backups/database-session.ts';
import {
  byName,
  displayNameOf,
  fingerprintTables,
  pinTextForms,
  sqlNameOf,
  type TableFingerprint,
  type TableName,
} from '../backups/table-fingerprint.ts';
import { AppError } from '../kernel/errors.ts';
import { recordLost } from './drill-part.store.ts';
import type { Recovery } from './recovery.ts';

/**
 * Deletes the rows of the tables that the scenario takes away from the scratch server, before any later step uses them. What they
 * held is kept in mind, for the validation to compare.
 * @throws AppError `unprocessable` `unknown-loss` for a table that is not there or has no rows; `loss-refused` for one whose own
 *   triggers keep its rows.
 */
export async function withholdTables(recovery: Recovery, signal: AbortSignal): Promise<void> {
  const { definition, mode, database, recorder, runId, lost } = recovery;
  const names = mode === 'recovery' ? [] : (definition.scenario.lost?.tables ?? []);
  if (names.length === 0 || database === undefined) return;
  const client = await openSession(database, 'muster drill', signal);
  let taken: TableFingerprint[];
  try {
    taken = await takeRows(client, names);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof DatabaseError)) throw thrown;
    const message = `The rows that the scenario takes away could not be deleted: ${thrown.message}`;
    throw new AppError('unprocessable', 'loss-refused', message, { cause: thrown });
  } finally {
    await client.end().catch(() => undefined);
  }
  recovery.lostTables = taken;
  const words = taken.map((table) => `table ${displayNameOf(table)} (${rowsIn(table)})`);
  recovery.lost = { ...lost, words: [...lost.words, ...words] };
  await recorder.write((tx) => recordLost(tx, runId, recovery.lost.words));
  recorder.say(`lost in the scenario, and deleted from the scratch server: ${words.join(', ')}`, 'warn');
}

/** As sentences say it. */
export function rowsIn({ rowCount }: Pick<TableFingerprint, 'rowCount'>): string {
  return `${rowCount} ${rowCount === 1 ? 'row' : 'rows'}`;
}

async function takeRows(client: Client, names: readonly string[]): Promise<TableFingerprint[]> {
  const found = new Map<string, TableName>();
  for (const name of names) {
    const leaves = await leavesOf(client, name);
    if (leaves.length === 0) throw unknownLoss(`no table of the restored database is ${name}`);
    for (const leaf of leaves) found.set(displayNameOf(leaf), leaf);
  }
  await pinTextForms(client);
  await client.query('BEGIN');
  const tables = await fingerprintTables(client, [...found.values()].toSorted(byName), () => {});
  const empty = tables.filter(({ rowCount }) => rowCount === 0).map(displayNameOf);
  if (empty.length > 0) throw unknownLoss(`without rows there is nothing to lose in ${empty.join(', ')}`);
  // Else the keys of other tables would keep the rows, or triggers would change what is not lost.
  await client.query('SET LOCAL session_replication_role = replica');
  for (const table of tables) await client.query(`DELETE FROM ONLY ${sqlNameOf(table)}`);
  await client.query('COMMIT');
  return tables;
}

/** The tables that hold the rows of a table: itself, or its partitions. A name without a schema is that of the first that has it. */
async function leavesOf(client: Client, name: string): Promise<TableName[]> {
  const { rows } = await client.query<TableName>(
    `SELECT n.nspname AS schema, l.relname AS name
       FROM (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
                AND n.nspname <> 'information_schema' AND $1::text IN (c.relname, n.nspname || '.' || c.relname)
              ORDER BY $1::text = c.relname, n.nspname LIMIT 1) t
       JOIN LATERAL (SELECT t.oid UNION SELECT relid::oid FROM pg_catalog.pg_partition_tree(t.oid)) p ON true
       JOIN pg_catalog.pg_class l ON l.oid = p.oid AND l.relkind = 'r'
       JOIN pg_catalog.pg_namespace n ON n.oid = l.relnamespace`,
    [name],
  );
  return rows;
}

function unknownLoss(what: string): AppError {
  return new AppError('unprocessable', 'unknown-loss', `The scenario takes away what is not there: ${what}`);
}
