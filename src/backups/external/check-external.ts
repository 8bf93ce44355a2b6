import type { BackupSet, CheckRun, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import { beginCheck, failChecks, recordCheckProgress } from '../check-run.store.ts';
import { judgementOf, pointChanged } from '../record-check.ts';
import { superseded } from '../run.store.ts';
import { noteFailure } from '../run-failure.ts';
import { recordProgress } from '../run-progress.ts';
import { readPoint } from './examination.ts';
import { recordDoneChecks } from './external-record.ts';
import type { ExternalCheck } from './point-result.ts';
import { lookAtSpot, openReadPlace } from './read-place.ts';
import type { ReadingJob, VerificationDeps } from './reading-job.ts';

/** One external point and where it lies. */
export interface ExternalPoint {
  readonly set: BackupSet;
  readonly repository: Repository;
  readonly point: RecoveryPoint;
}

/** How a check is carried out. */
export interface CheckOptions {
  readonly reason: CheckRun['reason'];
  /** Between two tries to read a file; grows with each. A second unless stated. */
  readonly retryPauseMs?: number;
}

/** Between the first two tries to read a file, unless stated. */
export const RETRY_PAUSE_MS = 1000;

/**
 * Reads an external point in full, as deep as its format allows, and records check and verdict.
 *
 * @throws AppError `unavailable` `repository-unavailable`: the check is recorded as `unverifiable`, the point keeps its
 * verdict. `conflict` `check-under-way`. `stale` `attempt-superseded` or `point-changed`: nothing was recorded.
 */
export async function checkExternalPoint(
  deps: VerificationDeps,
  { set, repository, point }: ExternalPoint,
  job: ReadingJob,
  { reason, retryPauseMs = RETRY_PAUSE_MS }: CheckOptions,
): Promise<ExternalCheck> {
  const { db, log } = deps;
  const run = await db.transaction((tx) => beginCheck(tx, point.id, job, reason));
  const progress = recordProgress({ ...deps, write: (reported) => recordCheckProgress(db, run, reported) });
  const onProgress = (done: number, total: number) => progress.report({ step: 'read', unit: 'bytes', done, total });
  try {
    const place = await openReadPlace(deps, repository, job);
    await using _closed = { [Symbol.asyncDispose]: () => place.close() };
    const subject = { db, log, set, point, ...job, run, onProgress, retryPauseMs };
    await using looked = await lookAtSpot(await place.begin(), subject);
    const examined = await readPoint(looked.examination, looked.look);
    // What a check sees while a disk goes away says nothing about the backup.
    await place.requireThere();
    job.signal.throwIfAborted();
    await progress.stop();
    const [recorded] = await recordDoneChecks(deps, [{ set, point, run, reason, examined }]);
    if (recorded === undefined || recorded.outcome === 'lost') throw superseded();
    if (recorded.outcome === 'changed') throw pointChanged(point);
    return recorded.check;
  } catch (thrown) {
    await progress.stop();
    const { failure, verdict } = judgementOf(thrown, job.signal);
    await noteFailure(db, log, (tx) => failChecks(tx, [{ run, failure, verdict }]));
    throw thrown;
  }
}
