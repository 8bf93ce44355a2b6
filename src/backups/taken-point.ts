import type { Database } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Finding, Verdict } from '../verification/finding.ts';
import type { RecoveryPoint } from './backup-catalogue.ts';
import { pointById } from './catalogue.queries.ts';
import { captureOfJob, listChecks } from './run.queries.ts';

/** What a check of a new point says. */
interface Judgement {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** Bytes that are not what was written: another capture may do better. */
const SPOILT: ReadonlySet<Verdict> = new Set<Verdict>(['damaged', 'altered', 'missing']);

/**
 * One recovery point that is taken by a job, in as many attempts as that needs. What an earlier attempt has captured is checked,
 * and not captured again, unless its bytes were found spoilt; what was checked already is not read again.
 *
 * @param steps `capture` answers the id of the new point.
 * @throws AppError `unprocessable` `backup-not-sound` when the point did not pass its check; what the steps throw.
 */
export async function takePoint(
  db: Database,
  jobId: string,
  steps: {
    readonly capture: () => Promise<string>;
    readonly check: (point: RecoveryPoint) => Promise<Judgement>;
  },
): Promise<RecoveryPoint> {
  const earlier = await earlierPoint(db, jobId);
  const point = earlier ?? (await pointById(db, await steps.capture()));
  const { verdict, findings } = (await judgementOf(db, point)) ?? (await steps.check(point));
  if (verdict === 'sound') return pointById(db, point.id);
  const why = findings[0]?.message ?? 'no reason was given';
  throw new AppError('unprocessable', 'backup-not-sound', `The new recovery point ${point.name} is ${verdict}: ${why}`);
}

async function earlierPoint(db: Database, jobId: string): Promise<RecoveryPoint | undefined> {
  const capture = await captureOfJob(db, jobId);
  if (capture?.pointId === undefined) return undefined;
  const point = await pointById(db, capture.pointId);
  return point.verdict !== undefined && SPOILT.has(point.verdict) ? undefined : point;
}

async function judgementOf(db: Database, { id, verdict }: RecoveryPoint): Promise<Judgement | undefined> {
  if (verdict === undefined) return undefined;
  const [check] = await listChecks(db, id, { limit: 1 });
  return { verdict, findings: check?.findings ?? [] };
}
