import { includesLevel } from '../verification/level.ts';
import type { BackupSet, RecoveryPoint, Repository, SelfTest } from './backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from './backup-deps.ts';
import { checkStoredPoint, pointDirectoryOf, type StoredPointCheck } from './check.ts';
import { beginCheck, failChecks, recordCheckProgress } from './check-run.store.ts';
import { judgementOf, recordCheck, warnUnlessSound } from './record-check.ts';
import { noteFailure } from './run-failure.ts';
import { recordProgress } from './run-progress.ts';
import { testDetection } from './self-test.ts';

/** One point and where it lies. */
export interface PointToCheck {
  readonly set: BackupSet;
  readonly repository: Repository;
  readonly point: RecoveryPoint;
}

/** What a recorded check found. */
export type RecordedCheck = StoredPointCheck & { readonly selfTest: SelfTest | undefined };

/**
 * Reads a point back in full, and records check and verdict. A sound point is then used to prove that the check sees damage
 * (`selfTest`).
 *
 * @throws AppError `unavailable` `repository-unavailable`: the check is recorded as `unverifiable`, the point keeps its
 * verdict. `internal` `self-test-blind`. `stale` `attempt-superseded`: nothing was recorded.
 */
export async function checkPoint(
  deps: BackupJobsDeps,
  subject: PointToCheck,
  job: RunningJob,
  options: { readonly selfTest: boolean },
): Promise<RecordedCheck> {
  const { db, log } = deps;
  const run = await db.transaction((tx) => beginCheck(tx, subject.point.id, job));
  const progress = recordProgress({ ...deps, write: (reported) => recordCheckProgress(db, run, reported) });
  try {
    const result = await readBack(deps, subject, job, progress.report);
    const isToProve = options.selfTest && result.verdict === 'sound';
    const selfTest = isToProve ? await proveDetection(deps, subject, job) : undefined;
    await progress.stop();
    const wasReadInFull = result.level !== undefined && includesLevel(result.level, 'digest');
    await db.transaction((tx) => recordCheck(tx, subject, run, { ...result, wasReadInFull, selfTest }));
    warnUnlessSound(log, subject, result);
    return { ...result, selfTest };
  } catch (thrown) {
    await progress.stop();
    const { failure, verdict } = judgementOf(thrown, job.signal);
    await noteFailure(db, log, (tx) => failChecks(tx, [{ run, failure, verdict }]));
    throw thrown;
  }
}

function readBack(
  deps: BackupJobsDeps,
  { set, repository, point }: PointToCheck,
  { signal }: RunningJob,
  report: ReturnType<typeof recordProgress>['report'],
): Promise<StoredPointCheck> {
  return checkStoredPoint({
    repository,
    set,
    point,
    publicKeys: deps.publicKeys,
    verifier: deps.verifier,
    signal,
    onProgress: (done, total) => report({ step: 'read', unit: 'bytes', done, total }),
  });
}

function proveDetection(
  deps: BackupJobsDeps,
  { set, repository, point }: PointToCheck,
  { signal }: RunningJob,
): Promise<SelfTest> {
  return testDetection({
    pointDirectory: pointDirectoryOf(repository, set, point),
    sandboxRoot: deps.sandboxRoot,
    publicKeys: deps.publicKeys,
    log: deps.log,
    signal,
    verify: async (pointDirectory, { publicKeys }) =>
      (await deps.verifier.verify({ pointDirectory, publicKeys, level: 'content' }, { signal })).check,
  });
}
