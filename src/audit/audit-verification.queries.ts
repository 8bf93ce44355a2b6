import type { Queryable } from '../database/database.ts';
import type { SealHead } from './seal.queries.ts';
import { ENTRY_COLUMNS, type EntryText, type SealText } from './seal.ts';

/** A stored seal, with the entry it seals where that is still there. */
export interface SealedRow extends Omit<SealText, 'previous_mac'> {
  readonly chain_mac: string;
  readonly entry: EntryText | null;
}

/** Seals after a number and up to another, in order. */
export async function sealsBetween(
  db: Queryable,
  range: { readonly afterSeq: string; readonly toSeq: string; readonly limit: number },
): Promise<SealedRow[]> {
  const rows = await db.rows<Omit<SealedRow, 'entry'> & EntryText & { readonly id: string | null }>(
    `SELECT s.seq::text AS seq, s.entry_id::text AS entry_id, s.key_id, s.cluster_id,
            (extract(epoch FROM s.sealed_at) * 1000000)::bigint::text AS sealed_at_micros,
            s.resume_xact_id::text AS resume_xact_id, s.resume_entry_id::text AS resume_entry_id, encode(s.entry_mac, 'hex') AS entry_mac,
            encode(s.chain_mac, 'hex') AS chain_mac, ${ENTRY_COLUMNS}
     FROM audit_seal s LEFT JOIN audit_entry e ON e.id = s.entry_id
     WHERE s.seq > $1::bigint AND s.seq <= $2::bigint ORDER BY s.seq LIMIT $3`,
    [range.afterSeq, range.toSeq, range.limit],
  );
  return rows.map((row) => ({ ...row, entry: row.id === null ? null : row }));
}

/** Counts over the whole trail at one moment. */
export interface TrailCounts {
  readonly entries: number;
  /** Not sealed yet, and not below the point up to which everything is. */
  readonly unsealed: number;
  readonly oldestUnsealedSeconds: number;
}

/** Counts the trail; like {@link unsealedIds}, it holds in whatever cluster the database lies now. */
export async function countTrail(db: Queryable, head: SealHead | undefined): Promise<TrailCounts> {
  const rows = await db.rows<{ entries: string; unsealed: string; seconds: number | null }>(
    `SELECT (SELECT count(*) FROM audit_entry) AS entries, count(*) AS unsealed,
            extract(epoch FROM clock_timestamp() - min(e.occurred_at))::float8 AS seconds
     FROM audit_entry e
     WHERE (e.xact_id, e.id) > ($1::xid8, $2::bigint) AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)`,
    resumePointOf(head),
  );
  return {
    entries: Number(rows[0]?.entries ?? 0),
    unsealed: Number(rows[0]?.unsealed ?? 0),
    oldestUnsealedSeconds: Math.max(0, rows[0]?.seconds ?? 0),
  };
}

/**
 * Entries without a seal, the oldest first: `behind` the point up to which a head says that everything is sealed, or
 * after it. Compares stored numbers only, so it holds in whatever cluster the database lies now.
 */
export async function unsealedIds(
  db: Queryable,
  head: SealHead | undefined,
  options: { readonly behind: boolean; readonly limit: number },
): Promise<string[]> {
  const comparison = options.behind ? '<=' : '>';
  const rows = await db.rows<{ id: string }>(
    `SELECT e.id::text AS id FROM audit_entry e
     WHERE (e.xact_id, e.id) ${comparison} ($1::xid8, $2::bigint) AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id)
     ORDER BY e.id LIMIT $3`,
    [...resumePointOf(head), options.limit],
  );
  return rows.map((row) => row.id);
}

const resumePointOf = (head: SealHead | undefined) => [head?.resumeXactId ?? '0', head?.resumeEntryId ?? '0'];
