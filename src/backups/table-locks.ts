import { type Client, escapeLiteral } from 'pg';
import { sqlFailureOf } from '../database/sqlstate.ts';
import { displayNameOf, sqlNameOf, type TableName } from './table-fingerprint.ts';

/**
 * How long one lock is waited for. Well below PostgreSQL's deadlock_timeout (1 s): a deadlock with a writer ends because
 * we give up, and never by the failure of the writer.
 */
const LOCK_TIMEOUT_MS = 150;
/** All locks together: writers wait no longer than this for an attempt that fails. */
const ALL_LOCKS_TIMEOUT_MS = 800;

/** LOCK TABLE for all of them, in the given order; inside the client's transaction. */
async function underTimeouts(client: Client, lock: () => Promise<unknown>): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await client.query(`SET LOCAL statement_timeout = ${ALL_LOCKS_TIMEOUT_MS}`);
  await lock();
  await client.query('SET LOCAL statement_timeout = 0');
  await client.query('SET LOCAL lock_timeout = 0');
}

/** Keeps DROP, TRUNCATE and ALTER away, and nothing else. Takes no snapshot. */
export async function lockAgainstRemoval(client: Client, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return;
  const list = tables.map((table) => `ONLY ${sqlNameOf(table)}`).join(', ');
  await underTimeouts(client, () => client.query(`LOCK TABLE ${list} IN ACCESS SHARE MODE`));
}

/** Keeps every change of rows away, in one round trip; a failure says which table could not be had. */
export async function lockAgainstWriting(client: Client, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.map((table) => escapeLiteral(sqlNameOf(table))).join(', ');
  const labels = tables.map((table) => escapeLiteral(displayNameOf(table))).join(', ');
  await underTimeouts(client, () =>
    client.query(`
      DO LANGUAGE plpgsql ${escapeLiteral(`
        DECLARE
          names text[] := ARRAY[${names}];
          labels text[] := ARRAY[${labels}];
        BEGIN
          FOR i IN 1 .. array_length(names, 1) LOOP
            BEGIN
              EXECUTE 'LOCK TABLE ONLY ' || names[i] || ' IN SHARE MODE';
            EXCEPTION WHEN lock_not_available OR query_canceled THEN
              RAISE EXCEPTION 'the table is locked' USING ERRCODE = 'lock_not_available', DETAIL = labels[i];
            END;
          END LOOP;
        END`)}`),
  );
}

/** Why a lock was not had in time, and of which table where it is known; undefined for any other failure. */
export function lockRefusal(thrown: unknown): { readonly busy: string; readonly table?: string } | undefined {
  const code = sqlFailureOf(thrown)?.code;
  if (code !== '55P03' && code !== '57014') return undefined;
  const { detail } = thrown as { detail?: unknown };
  const busy = 'a table is locked by another transaction';
  return typeof detail === 'string' && detail !== '' ? { busy, table: detail } : { busy };
}
