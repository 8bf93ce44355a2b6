import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Queryable, Tx } from '../database/database.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { type Evidence, type EvidenceSource, makeEvidence } from './evidence.ts';

/**
 * Signs a report and appends it to the ledger, chained to the newest entry. Runs that end at the same time take turns, so
 * that the chain never forks.
 */
export async function appendEvidence(
  tx: Tx,
  source: Omit<EvidenceSource, 'previousSha256'>,
  keyring: Keyring,
): Promise<Evidence> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.drillEvidence]);
  const last = await tx.rows<{ sha256: string }>(
    'SELECT evidence_sha256 AS sha256 FROM drill_evidence ORDER BY seq DESC LIMIT 1',
  );
  const evidence = makeEvidence({ ...source, previousSha256: last[0]?.sha256 ?? null }, keyring);
  await tx.execute(
    `INSERT INTO drill_evidence
       (run_id, report, report_sha256, statement, evidence_sha256, previous_sha256, signature, key_id, public_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      source.runId,
      evidence.report,
      evidence.reportSha256,
      evidence.statement,
      evidence.evidenceSha256,
      evidence.previousSha256,
      evidence.signature,
      evidence.keyId,
      evidence.publicKey,
    ],
  );
  return evidence;
}

/** The evidence of a run; undefined until it has ended. */
export async function findEvidence(db: Queryable, runId: string): Promise<Evidence | undefined> {
  const rows = await db.rows<Evidence>(
    `SELECT report, report_sha256 AS "reportSha256", statement, evidence_sha256 AS "evidenceSha256",
            previous_sha256 AS "previousSha256", signature, key_id AS "keyId", public_key AS "publicKey"
       FROM drill_evidence WHERE run_id = $1`,
    [runId],
  );
  return rows[0];
}
