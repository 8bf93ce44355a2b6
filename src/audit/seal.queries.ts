import type { Queryable } from '../database/database.ts';

/** The newest seal. */
export interface SealHead {
  readonly seq: string;
  readonly chainMac: string;
  readonly clusterId: string;
  /** Every entry up to this place in the order of (xact_id, id), also one that would appear later, is sealed. */
  readonly resumeXactId: string;
  readonly resumeEntryId: string;
}

/**
 * The condition that no seal covers `audit_entry e`. A subquery in the select form is always looked up by index; NOT EXISTS
 * may become a join over every seal there is.
 */
export const UNSEALED = '(SELECT s.seq FROM audit_seal s WHERE s.entry_id = e.id) IS NULL';

/** The newest seal; undefined before the first. */
export async function readHead(db: Queryable): Promise<SealHead | undefined> {
  const rows = await db.rows<SealHead>(
    `SELECT s.seq::text AS seq, encode(s.chain_mac, 'hex') AS "chainMac", s.cluster_id AS "clusterId",
            s.resume_xact_id::text AS "resumeXactId", s.resume_entry_id::text AS "resumeEntryId"
     FROM audit_seal s ORDER BY s.seq DESC LIMIT 1`,
  );
  return rows[0];
}

/** The chain's code at a number; undefined when there is no such seal. */
export async function readChainMac(db: Queryable, seq: string): Promise<string | undefined> {
  const rows = await db.rows<{ mac: string }>(
    `SELECT encode(chain_mac, 'hex') AS mac FROM audit_seal WHERE seq = $1::bigint`,
    [seq],
  );
  return rows[0]?.mac;
}

/** A seal with its entry and time; null when there is no such seal. */
export async function readSealAt(
  db: Queryable,
  seq: string,
): Promise<{ readonly seq: string; readonly entryId: string; readonly sealedAt: string } | null> {
  const [row] = await db.rows<{ entry_id: string; sealed_at: Date }>(
    'SELECT entry_id::text AS entry_id, sealed_at FROM audit_seal WHERE seq = $1::bigint',
    [seq],
  );
  return row ? { seq, entryId: row.entry_id, sealedAt: row.sealed_at.toISOString() } : null;
}

/** What is still to be sealed: whether there is anything, and for how long its oldest entry has waited. */
export async function readBacklog(
  db: Queryable,
  head: SealHead | undefined,
): Promise<{ readonly waiting: boolean; readonly oldestSeconds: number }> {
  if (!head || (await isAheadOfCluster(db, head.resumeXactId))) return { waiting: true, oldestSeconds: 0 };
  const rows = await db.rows<{ seconds: number }>(
    `SELECT extract(epoch FROM clock_timestamp() - e.occurred_at)::float8 AS seconds FROM audit_entry e
     WHERE (e.xact_id, e.id) > ($1::xid8, $2::bigint) AND ${UNSEALED} ORDER BY e.xact_id, e.id LIMIT 1`,
    [head.resumeXactId, head.resumeEntryId],
  );
  return { waiting: rows[0] !== undefined, oldestSeconds: Math.max(0, rows[0]?.seconds ?? 0) };
}

/**
 * Which cluster this database lies in: PostgreSQL's system identifier, or `unknown`, since a server may keep that function
 * to itself; then the chain goes by the transaction numbers alone.
 */
export async function readClusterId(db: Queryable): Promise<string> {
  const [right] = await db.rows<{ allowed: boolean }>(
    `SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS allowed`,
  );
  if (!right?.allowed) return 'unknown';
  const [row] = await db.rows<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
  return row?.id ?? 'unknown';
}

/** Whether a resume point lies beyond every transaction that has ended in this cluster: then it is another cluster's. */
export async function isAheadOfCluster(db: Queryable, resumeXactId: string): Promise<boolean> {
  return BigInt(resumeXactId) > BigInt(await readXmin(db));
}

/** Every transaction below this number has ended. */
export async function readXmin(db: Queryable): Promise<string> {
  const [row] = await db.rows<{ xmin: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin');
  return row?.xmin ?? '0';
}
