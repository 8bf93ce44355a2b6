import type { Database } from '../../database/database.ts';
import type { BackupSet, CheckRun, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from '../backup-deps.ts';
import { judgementOf, recordCheck, warnUnlessSound } from '../record-check.ts';
import { requireAvailable } from '../repository.identity.ts';
import { beginCheck, failCheck, type RunKey, recordCheckProgress } from '../run.store.ts';
import { noteFailure } from '../run-failure.ts';
import { recordProgress } from '../run-progress.ts';
import { removeResults } from './check-file.store.ts';
import { examinePoint } from './examination.ts';
import { recordFileDigests } from './point-file.store.ts';
import type { ExternalCheck } from './point-result.ts';
import type { RepositoryReader } from './repository-reader.ts';
import { tellUnsoundPoint } from './unsound-notice.ts';

/** What checks of external points stand on. */
export type VerificationDeps = Pick<BackupJobsDeps, 'db' | 'clock' | 'log' | 'publicKeys'>;

/** One external point and where it lies. */
export interface ExternalPoint {
  readonly set: BackupSet;
  readonly repository: Repository;
  readonly point: RecoveryPoint;
}

/** A running job with what it reads through. */
export interface ReadingJob extends RunningJob {
  readonly reader: RepositoryReader;
}

/** How a check is carried out. */
export interface CheckOptions {
  readonly reason: CheckRun['reason'];
  /** Between two tries to read a file; grows with each. A second unless stated. */
  readonly retryPauseMs?: number;
}

const RETRY_PAUSE_MS = 1000;

/**
 * Reads an external point in full, as deep as its format allows, and records check and verdict.
 *
 * @throws AppError `unavailable` `repository-unavailable`: the check is recorded as `unverifiable`, the point keeps its
 * verdict. `conflict` `check-under-way`. `stale` `attempt-superseded` or `point-changed`: nothing was recorded.
 */
export async function checkExternalPoint(
  deps: VerificationDeps,
  subject: ExternalPoint,
  job: ReadingJob,
  options: CheckOptions,
): Promise<ExternalCheck> {
  const run = await deps.db.transaction((tx) => beginCheck(tx, subject.point.id, job, options.reason));
  return carryOutCheck(deps, subject, job, { ...options, run });
}

/** Carries out a check that was begun already; see `checkExternalPoint`. */
export async function carryOutCheck(
  deps: VerificationDeps,
  subject: ExternalPoint,
  job: ReadingJob,
  { reason, run, retryPauseMs = RETRY_PAUSE_MS }: CheckOptions & { readonly run: RunKey },
): Promise<ExternalCheck> {
  const { db, log } = deps;
  const { repository } = subject;
  const progress = recordProgress({ ...deps, write: (reported) => recordCheckProgress(db, run, reported) });
  const onProgress = (done: number, total: number) => progress.report({ step: 'read', unit: 'bytes', done, total });
  try {
    await requireAvailable(repository);
    const check = await examinePoint({ db, log, ...subject, ...job, run, onProgress, retryPauseMs });
    // What a check sees while a disk goes away says nothing about the backup.
    await requireAvailable(repository);
    job.signal.throwIfAborted();
    await progress.stop();
    await record(db, subject, run, reason, check);
    warnUnlessSound(log, subject, check);
    return check;
  } catch (thrown) {
    await progress.stop();
    const { failure, verdict } = judgementOf(thrown, job.signal);
    await noteFailure(db, log, (tx) => failCheck(tx, run, failure, verdict));
    throw thrown;
  }
}

function record(
  db: Database,
  { set, point }: ExternalPoint,
  run: RunKey,
  reason: CheckRun['reason'],
  check: ExternalCheck,
): Promise<void> {
  const { digestOrigin, format, entriesChecked: entries } = check;
  const external = { digestOrigin, format, entries, marks: point.marks };
  return db.transaction(async (tx) => {
    await recordCheck(tx, { set, point, reason }, run, { ...check, external });
    await recordFileDigests(tx, point.id, check.fileDigests);
    const because = check.findings[0]?.message ?? 'No reason was given.';
    await tellUnsoundPoint(tx, set, { point, verdict: check.verdict, because, occasion: run.id });
    await removeResults(tx, point.id);
  });
}
