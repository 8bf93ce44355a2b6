import type { Queryable } from '../database/database.ts';
import type { Evidence } from './evidence.ts';

/** A row of the ledger of evidence, with what is recorded of its run elsewhere. */
export interface ChainedEvidence extends Evidence {
  readonly seq: string;
  readonly runId: string;
  /** Of the run's row; null when that is gone. */
  readonly variedParameters: readonly string[] | null;
  /** What the entries of the audit trail about the end of this run say; one, unless somebody put one in or took it out. */
  readonly recorded: readonly { readonly evidenceSha256: string; readonly rpaSeconds?: number | null }[];
}

/** The next rows of the ledger after a number, in order. A row and its audit entry are written in one transaction. */
export async function evidenceAfter(db: Queryable, afterSeq: string, limit: number): Promise<ChainedEvidence[]> {
  const sql = `${SELECT_CHAINED} WHERE e.seq > $1::bigint ORDER BY e.seq LIMIT $2`;
  return db.rows<ChainedEvidence>(sql, [afterSeq, limit]);
}

/** The row of one run; undefined when there is none. */
export async function chainedEvidenceOf(db: Queryable, runId: string): Promise<ChainedEvidence | undefined> {
  const [row] = await db.rows<ChainedEvidence>(`${SELECT_CHAINED} WHERE e.run_id = $1`, [runId]);
  return row;
}

/** The row before a number; undefined when it is the first. */
export async function evidenceBefore(
  db: Queryable,
  seq: string,
): Promise<{ readonly runId: string; readonly sha256: string } | undefined> {
  const [row] = await db.rows<{ runId: string; sha256: string }>(
    `SELECT run_id AS "runId", evidence_sha256 AS sha256 FROM drill_evidence
      WHERE seq < $1::bigint ORDER BY seq DESC LIMIT 1`,
    [seq],
  );
  return row;
}

const SELECT_CHAINED = `
     SELECT e.seq::text AS seq, e.run_id AS "runId", e.report, e.report_sha256 AS "reportSha256", e.statement,
            e.evidence_sha256 AS "evidenceSha256", e.previous_sha256 AS "previousSha256", e.signature, e.key_id AS "keyId",
            e.public_key AS "publicKey", r.varied_parameters AS "variedParameters", a.recorded
       FROM drill_evidence e
       LEFT JOIN drill_run r ON r.id = e.run_id
       CROSS JOIN LATERAL (
         SELECT coalesce(jsonb_agg(details), '[]') AS recorded FROM audit_entry
          WHERE subject_kind = 'drill-run' AND subject_id = e.run_id::text AND details ? 'evidenceSha256'
       ) a`;

/** Whether the audit trail names evidence of a run. */
export async function isConcluded(db: Queryable, runId: string): Promise<boolean> {
  const rows = await db.rows(
    `SELECT FROM audit_entry
      WHERE subject_kind = 'drill-run' AND subject_id = $1 AND details ? 'evidenceSha256' LIMIT 1`,
    [runId],
  );
  return rows.length > 0;
}

/** A run of which the audit trail names evidence. */
export interface ConcludedRun {
  readonly runId: string;
  readonly isThere: boolean;
}

/** The next runs, by their id, of which the audit trail says that evidence was written; `isThere`: it still has a row. */
export async function concludedRunsAfter(db: Queryable, afterRunId: string, limit: number): Promise<ConcludedRun[]> {
  return db.rows<ConcludedRun>(
    `SELECT a.run_id AS "runId", EXISTS (SELECT FROM drill_evidence e WHERE e.run_id::text = a.run_id) AS "isThere"
       FROM (SELECT DISTINCT subject_id AS run_id FROM audit_entry
              WHERE subject_kind = 'drill-run' AND subject_id > $1 AND details ? 'evidenceSha256'
              ORDER BY subject_id LIMIT $2) a
      ORDER BY a.run_id`,
    [afterRunId, limit],
  );
}
