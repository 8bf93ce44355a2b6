import type { KeyObject } from 'node:crypto';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { runById } from './drill-run.queries.ts';
import { findEvidence } from './evidence.store.ts';
import type { Evidence } from './evidence.ts';
import { chainedEvidenceOf, evidenceBefore, isConcluded } from './evidence-chain.queries.ts';
import { type EvidenceFinding, linkFindings, missingFinding, rowFindings } from './evidence-chain.ts';
import { type DrillRun, isEnded } from './run.ts';

/**
 * The evidence of a run.
 * @throws AppError `not-found`: `unknown-run`, or `no-report` for a run that has none (yet).
 */
export async function evidenceOf(db: Queryable, runId: string): Promise<Evidence> {
  const run = await runById(db, runId);
  const evidence = await findEvidence(db, runId);
  if (!evidence) throw noReport(run);
  return evidence;
}

function noReport({ status }: DrillRun): AppError {
  const why = isEnded(status) ? `the run was ${status}` : `the run is ${status}: it has one when it has ended`;
  return new AppError('not-found', 'no-report', `There is no report: ${why}`);
}

/** What was found of one run's evidence. */
export interface RunEvidenceCheck {
  /** Nothing was found. */
  readonly sound: boolean;
  /** Null when it is gone. */
  readonly evidence: Pick<Evidence, 'evidenceSha256' | 'reportSha256' | 'keyId' | 'previousSha256'> | null;
  /** The run whose evidence stands before it; null for the first. */
  readonly previousRunId: string | null;
  readonly findings: readonly EvidenceFinding[];
}

/**
 * Checks the evidence of one run, as the walk over all of it does: every signed column against the key, that it follows the row
 * before it, that the audit trail names exactly this evidence, and that the rows of the run say what the signed report says. The
 * trail itself is taken as it stands.
 * @throws AppError `not-found`: `unknown-run`, or `no-report` for a run that has none, and of which the trail names none.
 */
export async function verifyRunEvidence(db: Queryable, publicKey: KeyObject, runId: string): Promise<RunEvidenceCheck> {
  const run = await runById(db, runId);
  const row = await chainedEvidenceOf(db, runId);
  if (!row) {
    if (!(await isConcluded(db, runId))) throw noReport(run);
    return { sound: false, evidence: null, previousRunId: null, findings: [missingFinding(runId)] };
  }
  const before = await evidenceBefore(db, row.seq);
  const place = { runId: before?.runId ?? null, sha256: before?.sha256 ?? null, isEdited: false };
  const found = await rowFindings(db, row, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const isEdited = found.some(({ kind }) => kind === 'evidence-edited');
  const findings = isEdited ? found : [...found, ...linkFindings(row, place)];
  return { sound: findings.length === 0, evidence: row, previousRunId: place.runId, findings };
}
