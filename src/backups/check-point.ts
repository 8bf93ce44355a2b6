import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import { AppError } from '../kernel/errors.ts';
import { includesLevel } from '../verification/level.ts';
import type { BackupSet, RecoveryPoint, Repository, SelfTest } from './backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from './backup-deps.ts';
import { recordVerdict } from './catalogue.store.ts';
import { checkStoredPoint, pointDirectoryOf, type StoredPointCheck } from './check.ts';
import { REPOSITORY_UNAVAILABLE } from './repository.identity.ts';
import { beginCheck, failCheck, finishCheck, type RunFailure, type RunKey, recordCheckProgress } from './run.store.ts';
import { failureOf, noteFailure } from './run-failure.ts';
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
    await record(deps, subject, run, { ...result, selfTest });
    if (result.verdict !== 'sound') warn(deps, subject, result);
    return { ...result, selfTest };
  } catch (thrown) {
    await progress.stop();
    const { failure, verdict } = judgementOf(thrown, job.signal);
    await noteFailure(db, log, (tx) => failCheck(tx, run, failure, verdict));
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
    setName: set.name,
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
    pointDirectory: pointDirectoryOf(repository, set.name, point.name),
    sandboxRoot: deps.sandboxRoot,
    publicKeys: deps.publicKeys,
    log: deps.log,
    signal,
    verify: async (pointDirectory, { publicKeys }) =>
      (await deps.verifier.verify({ pointDirectory, publicKeys, level: 'content' }, { signal })).check,
  });
}

function record(deps: BackupJobsDeps, { set, point }: PointToCheck, run: RunKey, check: RecordedCheck): Promise<void> {
  return deps.db.transaction(async (tx) => {
    await finishCheck(tx, run, check, check.selfTest);
    const wasReadInFull = check.level !== undefined && includesLevel(check.level, 'digest');
    await recordVerdict(tx, point.id, { ...check, wasReadInFull });
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.check',
      subjectKind: 'recovery-point',
      subjectId: point.id,
      details: {
        set: set.name,
        name: point.name,
        check: run.id,
        verdict: check.verdict,
        level: check.level ?? null,
        findings: check.findings.length,
        ...(check.selfTest === undefined ? {} : { selfTest: check.selfTest.summary }),
      },
    });
  });
}

function warn({ log }: BackupJobsDeps, { set, point }: PointToCheck, { verdict, findings }: StoredPointCheck): void {
  const [first] = findings;
  log.error({ set: set.name, point: point.name, verdict, finding: first?.message }, 'a recovery point is not sound');
}

/** An unavailable repository is a judgement, though none about the point: it cannot be verified now. */
function judgementOf(
  thrown: unknown,
  signal: AbortSignal,
): { readonly failure: RunFailure; readonly verdict?: 'unverifiable' } {
  const failure = failureOf(thrown, signal);
  const isAway = thrown instanceof AppError && thrown.code === REPOSITORY_UNAVAILABLE;
  if (!isAway) return { failure };
  const message = `unverifiable: repository unavailable. ${failure.message}`;
  return { failure: { ...failure, message }, verdict: 'unverifiable' };
}
