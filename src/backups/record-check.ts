import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Finding, Verdict } from '../verification/finding.ts';
import type { BackupSet, CheckRun, RecoveryPoint } from './backup-catalogue.ts';
import { type PointVerdict, recordVerdict } from './catalogue.store.ts';
import { REPOSITORY_UNAVAILABLE } from './repository.identity.ts';
import { type FinishedCheck, finishCheck, type RunFailure, type RunKey } from './run.store.ts';
import { failureOf } from './run-failure.ts';

/** Which point a check was of. */
export interface CheckedPoint {
  readonly set: Pick<BackupSet, 'name'>;
  readonly point: Pick<RecoveryPoint, 'id' | 'name'>;
  readonly reason?: CheckRun['reason'];
}

/**
 * Records what a check found: the check itself, the point's verdict, and that it was made.
 * @throws AppError `stale` `attempt-superseded`; `stale` `point-changed` when an external point changed while it was checked.
 */
export async function recordCheck(
  tx: Tx,
  { set, point, reason }: CheckedPoint,
  run: RunKey,
  check: FinishedCheck & PointVerdict,
): Promise<void> {
  await finishCheck(tx, run, check);
  const isNoted = await recordVerdict(tx, point.id, check);
  if (!isNoted && check.external !== undefined) {
    throw new AppError('stale', 'point-changed', `${point.name} changed while it was checked; nothing was recorded`);
  }
  await recordAudit(tx, {
    actor: SYSTEM_ACTOR,
    action: 'recovery-point.check',
    subjectKind: 'recovery-point',
    subjectId: point.id,
    details: {
      set: set.name,
      name: point.name,
      check: run.id,
      ...(reason === undefined ? {} : { reason }),
      verdict: check.verdict,
      level: check.level ?? null,
      findings: check.findings.length,
      ...(check.selfTest === undefined ? {} : { selfTest: check.selfTest.summary }),
    },
  });
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
