import { recordAudits } from '../audit/audit.store.ts';
import { type AuditEvent, SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Finding, Verdict } from '../verification/finding.ts';
import type { BackupSet, CheckRun, RecoveryPoint } from './backup-catalogue.ts';
import { type PointVerdict, recordVerdicts } from './catalogue.store.ts';
import { type FinishedCheck, finishChecks, holdChecks } from './check-run.store.ts';
import { REPOSITORY_UNAVAILABLE } from './repository.identity.ts';
import { type RunFailure, type RunKey, superseded } from './run.store.ts';
import { failureOf } from './run-failure.ts';

/** Which point a check was of. */
export interface CheckedPoint {
  readonly set: Pick<BackupSet, 'name'>;
  readonly point: Pick<RecoveryPoint, 'id' | 'name'>;
  readonly reason?: CheckRun['reason'];
}

/** A check that is over. */
export interface CheckToRecord extends CheckedPoint {
  readonly run: RunKey;
  readonly found: FinishedCheck & PointVerdict;
}

/**
 * Records what a check found: the check itself, the point's verdict, and that it was made.
 * @throws AppError `stale` `attempt-superseded`; `stale` `point-changed` when an external point changed while it was checked.
 */
export async function recordCheck(
  tx: Tx,
  subject: CheckedPoint,
  run: RunKey,
  found: FinishedCheck & PointVerdict,
): Promise<void> {
  const { lost, changed } = await recordChecks(tx, [{ ...subject, run, found }]);
  if (lost.length > 0) throw superseded();
  if (changed.length > 0) throw pointChanged(subject.point);
}

/**
 * Records what checks found, all at once. Of a check that another attempt has by now, and of an external point that changed
 * while it was checked, nothing is recorded.
 */
export async function recordChecks<Check extends CheckToRecord>(
  tx: Tx,
  checks: readonly Check[],
): Promise<{
  readonly recorded: readonly Check[];
  readonly lost: readonly Check[];
  readonly changed: readonly Check[];
}> {
  const held = await holdChecks(
    tx,
    checks.map(({ run }) => run),
  );
  const mine = checks.filter(({ run }) => held.has(run.id));
  const noted = await recordVerdicts(
    tx,
    mine.map(({ point, found }) => ({ pointId: point.id, found })),
  );
  const isRecorded = ({ point, found }: Check) => noted.has(point.id) || found.external === undefined;
  const recorded = mine.filter(isRecorded);
  await finishChecks(
    tx,
    recorded.map(({ run, found: result }) => ({ run, result })),
  );
  await recordAudits(tx, recorded.map(auditOf));
  return {
    recorded,
    lost: checks.filter(({ run }) => !held.has(run.id)),
    changed: mine.filter((check) => !isRecorded(check)),
  };
}

/** The error of a check of a point that is another one by now. */
export function pointChanged({ name }: Pick<RecoveryPoint, 'name'>): AppError {
  return new AppError('stale', 'point-changed', `${name} changed while it was checked; nothing was recorded`);
}

function auditOf({ set, point, reason, run, found }: CheckToRecord): AuditEvent {
  return {
    actor: SYSTEM_ACTOR,
    action: 'recovery-point.check',
    subjectKind: 'recovery-point',
    subjectId: point.id,
    details: {
      set: set.name,
      name: point.name,
      check: run.id,
      ...(reason === undefined ? {} : { reason }),
      verdict: found.verdict,
      level: found.level ?? null,
      findings: found.findings.length,
      ...(found.selfTest === undefined ? {} : { selfTest: found.selfTest.summary }),
    },
  };
}

/** Whoever reads the log learns of a point that is not sound. */
export function warnUnlessSound(
  log: Logger,
  { set, point }: CheckedPoint,
  { verdict, findings }: { readonly verdict: Verdict; readonly findings: readonly Finding[] },
): void {
  if (verdict === 'sound') return;
  const [first] = findings;
  log.error({ set: set.name, point: point.name, verdict, finding: first?.message }, 'a recovery point is not sound');
}

/** An unavailable repository is a judgement, though none about the point: it cannot be verified now. */
export function judgementOf(
  thrown: unknown,
  signal: AbortSignal,
): { readonly failure: RunFailure; readonly verdict?: 'unverifiable' } {
  const failure = failureOf(thrown, signal);
  const isAway = thrown instanceof AppError && thrown.code === REPOSITORY_UNAVAILABLE;
  if (!isAway) return { failure };
  const message = `unverifiable: repository unavailable. ${failure.message}`;
  return { failure: { ...failure, message }, verdict: 'unverifiable' };
}
