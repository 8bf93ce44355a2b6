import type { KeyObject } from 'node:crypto';
import { FindingList } from '../audit/audit-finding.ts';
import type { AuditReport } from '../audit/audit-verification.ts';
import type { Queryable } from '../database/database.ts';
import { checksOf, findRun, phasesOf, targetsOf } from './drill-run.queries.ts';
import { evidenceProblems, statementOf } from './evidence.ts';
import { type ChainedEvidence, concludedRunsAfter, evidenceAfter } from './evidence-chain.queries.ts';
import { type RecordedRun, recordDifferences } from './evidence-record.ts';
import { type DrillReport, reportOf } from './report.ts';

/** What can be wrong with the evidence in the database. */
type EvidenceFindingKind =
  | 'evidence-edited' // a column of the row is not as it was signed, or the key is another one
  | 'chain-broken' // the row does not follow the one before it
  | 'evidence-missing' // the audit trail names evidence of a run that has none
  | 'evidence-replaced' // the audit trail names other evidence of this run, or none
  | 'record-edited'; // the evidence is as signed, and the rows of the run say something else

/** One damage to the evidence: its kind, and the run whose evidence shows it. */
export interface EvidenceFinding {
  readonly kind: EvidenceFindingKind;
  readonly runId: string;
  /** What was found, and where: one sentence. */
  readonly message: string;
}

export interface ChainOptions {
  readonly db: Queryable;
  /** The key that has to have signed everything. */
  readonly publicKey: KeyObject;
  /** Says whether the audit trail, which names the evidence of each run, is itself as it was written. */
  readonly verifyTrail: (signal: AbortSignal) => Promise<AuditReport>;
  /** Told after every page: of how many runs the evidence was checked. */
  readonly onProgress?: (checked: number) => void;
  readonly signal: AbortSignal;
}

/** What a walk over the evidence found. */
export interface ChainReport {
  /** True when something was checked, nothing was found, and the audit trail is sound as well. */
  readonly sound: boolean;
  /** Runs whose evidence was checked. */
  readonly runs: number;
  /** SHA-256 of the newest evidence; null without any. */
  readonly headSha256: string | null;
  /** What the audit trail is worth: without it a removed piece of evidence would not be missed. */
  readonly trail: { readonly sound: boolean; readonly entries: number; readonly findings: number };
  readonly findings: readonly EvidenceFinding[];
  /** Findings beyond the first thousand. */
  readonly findingsOmitted: number;
}

/** A report is up to some megabytes; this bounds how many are held at once. */
const PAGE_SIZE = 20;
const RUNS_PAGE_SIZE = 2000;

/**
 * Walks the evidence of all runs in the order in which it was written, beside a running service, and reads only. Of each row it
 * checks every signed column against the key, the link to the row before it, that the audit trail names exactly this evidence at
 * the end of the run, and that the rows of the run still say what the signed report says. Then it looks for runs whose evidence
 * the trail names and that have none, and verifies the trail.
 *
 * Who could still cheat: whoever holds the signing key *and* the sealing key, and can rewrite the database and every copy of the
 * anchors. Neither `created_at` (nobody reads it) nor a number `seq` that keeps the order is signed.
 *
 * @throws AppError `unavailable` when the database or the anchors cannot be read; the signal's reason when aborted.
 */
export async function verifyEvidenceChain(options: ChainOptions): Promise<ChainReport> {
  const findings = new FindingList<EvidenceFinding>();
  const { runs, headSha256 } = await walkLedger(options, findings);
  await findMissing(options, findings);
  const trail = await options.verifyTrail(options.signal);
  return {
    sound: runs > 0 && findings.listed.length === 0 && trail.sound,
    runs,
    headSha256,
    trail: {
      sound: trail.sound,
      entries: trail.entries,
      findings: trail.findings.length + trail.findingsOmitted,
    },
    findings: findings.listed,
    findingsOmitted: findings.omitted,
  };
}

/** The row that stands before another one. An edited one is one finding: what merely follows from it is not listed again. */
interface Place {
  readonly runId: string | null;
  readonly sha256: string | null;
  readonly isEdited: boolean;
}

async function walkLedger(
  { db, publicKey, onProgress, signal }: ChainOptions,
  findings: FindingList<EvidenceFinding>,
): Promise<Pick<ChainReport, 'runs' | 'headSha256'>> {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  let previous: Place = { runId: null, sha256: null, isEdited: false };
  let runs = 0;
  for (let afterSeq = '0'; ; ) {
    signal.throwIfAborted();
    const page = await evidenceAfter(db, afterSeq, PAGE_SIZE);
    for (const row of page) {
      const found = await rowFindings(db, row, pem);
      const isEdited = found.some(({ kind }) => kind === 'evidence-edited');
      for (const finding of isEdited ? found : [...found, ...linkFindings(row, previous)]) findings.add(finding);
      previous = { runId: row.runId, sha256: row.evidenceSha256, isEdited };
      afterSeq = row.seq;
    }
    runs += page.length;
    onProgress?.(runs);
    if (page.length < PAGE_SIZE) return { runs, headSha256: previous.sha256 };
  }
}

/** What of one row is not as it was signed, as the audit trail names it, or as the rows of its run say. */
export async function rowFindings(db: Queryable, row: ChainedEvidence, pem: string): Promise<EvidenceFinding[]> {
  const { runId } = row;
  const problems = [
    ...evidenceProblems(row, pem),
    ...(row.publicKey === pem ? [] : ['the public key beside it is another one']),
    ...(statementOf(row.statement)?.runId === runId ? [] : ['it was signed for another run']),
  ];
  if (problems.length > 0) {
    return [{ kind: 'evidence-edited', runId, message: `The evidence of run ${runId}: ${problems.join('; ')}` }];
  }
  const replaced = replacedFindings(row);
  const report = reportOf(row.report);
  const differences = report ? await differencesFrom(db, row, report) : ['the report cannot be read'];
  if (differences.length === 0) return replaced;
  const message = `The rows of run ${runId} are not as its signed report says: ${differences.join(', ')}`;
  return [...replaced, { kind: 'record-edited', runId, message }];
}

function replacedFindings({ runId, evidenceSha256, recorded }: ChainedEvidence): EvidenceFinding[] {
  const kind = 'evidence-replaced';
  if (recorded.length === 0) {
    return [
      {
        kind,
        runId,
        message: `The audit trail knows of no evidence of run ${runId}: it was put in, or the entry is gone`,
      },
    ];
  }
  const other = recorded.find((entry) => entry.evidenceSha256 !== evidenceSha256);
  if (other === undefined) return [];
  const message = `The evidence of run ${runId} is ${evidenceSha256}; the audit trail names ${other.evidenceSha256}`;
  return [{ kind, runId, message }];
}

async function differencesFrom(db: Queryable, row: ChainedEvidence, report: DrillReport): Promise<string[]> {
  const run = await findRun(db, row.runId);
  if (run === undefined) return ['the run itself is gone'];
  const recorded: RecordedRun = {
    run,
    variedParameters: row.variedParameters ?? [],
    targets: await targetsOf(db, run.id),
    phases: await phasesOf(db, run.id),
    checks: await checksOf(db, run.id),
  };
  // The report has no such field; the audit entry of the run's end has.
  const rpas = row.recorded.flatMap(({ rpaSeconds }) => (rpaSeconds === undefined ? [] : [rpaSeconds]));
  return [
    ...recordDifferences(report, recorded),
    ...(rpas.every((seconds) => seconds === run.rpaSeconds) ? [] : ['rpaSeconds']),
  ];
}

/** Whether a row follows the one before it. */
export function linkFindings({ runId, previousSha256 }: ChainedEvidence, previous: Place): EvidenceFinding[] {
  if (previous.isEdited || previousSha256 === previous.sha256) return [];
  const before = previous.runId === null ? 'is the first' : `follows that of run ${previous.runId}`;
  const signed = previousSha256 === null ? 'as the first' : `after ${previousSha256}`;
  return [{ kind: 'chain-broken', runId, message: `The evidence of run ${runId} ${before}; it was signed ${signed}` }];
}

async function findMissing({ db, signal }: ChainOptions, findings: FindingList<EvidenceFinding>): Promise<void> {
  for (let afterRunId = ''; ; ) {
    signal.throwIfAborted();
    const page = await concludedRunsAfter(db, afterRunId, RUNS_PAGE_SIZE);
    for (const { runId } of page.filter(({ isThere }) => !isThere)) {
      findings.add(missingFinding(runId));
    }
    const last = page.at(-1);
    if (last === undefined || page.length < RUNS_PAGE_SIZE) return;
    afterRunId = last.runId;
  }
}

/** The audit trail names evidence of a run, and there is none. */
export function missingFinding(runId: string): EvidenceFinding {
  const message = `The audit trail names evidence of run ${runId}: there is none any more`;
  return { kind: 'evidence-missing', runId, message };
}
