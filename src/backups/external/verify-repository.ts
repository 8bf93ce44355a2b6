import type { Database } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { BackupSet, CheckRun, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import type { RunningJob } from '../backup-deps.ts';
import { pointById } from '../catalogue.queries.ts';
import { REPOSITORY_UNAVAILABLE, requireAvailable } from '../repository.identity.ts';
import { repositoryById } from '../repository.queries.ts';
import { beginCheck, type RunKey } from '../run.store.ts';
import { carryOutCheck, type ReadingJob, type VerificationDeps } from './check-external.ts';
import { dueCheck } from './check-policy.ts';
import {
  countDuePoints,
  lastCheckedAt,
  lockDuePoint,
  type UnfinishedCheck,
  unfinishedChecks,
} from './due-point.queries.ts';
import type { ExternalCheck } from './point-result.ts';
import { holdReaderSlot } from './reader-slot.ts';
import { RepositoryReader } from './repository-reader.ts';
import { type SetToVerify, verificationPlan } from './verification-plan.queries.ts';

/** What one job has read of a repository. */
export interface VerificationPass {
  /** `readers-busy`: as many as the repository allows read it already; nothing was done. */
  readonly outcome: 'done' | 'readers-busy' | 'retired';
  readonly checked: number;
  readonly sound: number;
}

/** How a pass is carried out. */
export interface PassOptions {
  /** Between two tries to read a file; see `checkExternalPoint`. */
  readonly retryPauseMs?: number;
  /** Reads the repository; one for this pass unless given, and closed afterwards. */
  readonly reader?: RepositoryReader;
}

/** How many points of a repository are due for a check now. */
export async function countDue(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  repositoryId: string,
): Promise<number> {
  const repository = await repositoryById(db, repositoryId);
  const now = clock.now();
  const { sets } = await verificationPlan(db, repository, now);
  return countDuePoints(db, sets, now);
}

/**
 * Reads point after point of a repository what is due, as one of its readers, until nothing is due or the job is aborted.
 * What an earlier attempt of the job has begun comes first.
 *
 * @throws AppError `unavailable` `repository-unavailable`; `stale` `attempt-superseded`; `internal` `checks-failed` when points
 * could not be checked: the others were.
 */
export async function verifyRepository(
  deps: VerificationDeps,
  repositoryId: string,
  job: RunningJob,
  options: PassOptions = {},
): Promise<VerificationPass> {
  const repository = await repositoryById(deps.db, repositoryId);
  if (repository.retired !== undefined) return { outcome: 'retired', checked: 0, sound: 0 };
  await requireAvailable(repository);
  const slot = await holdReaderSlot(deps, repository, job);
  if (slot === undefined) return { outcome: 'readers-busy', checked: 0, sound: 0 };
  const reader = options.reader ?? new RepositoryReader(repository, deps.publicKeys);
  try {
    return await readDue(deps, repository, { ...job, signal: slot.signal, reader }, options);
  } finally {
    await reader.close();
    await slot.leave();
  }
}

async function readDue(
  deps: VerificationDeps,
  repository: Repository,
  job: ReadingJob,
  options: PassOptions,
): Promise<VerificationPass> {
  const { sets } = await verificationPlan(deps.db, repository, deps.clock.now());
  const left = await unfinishedChecks(deps.db, sets, job);
  let [checked, sound, failed] = [0, 0, 0];
  for (;;) {
    job.signal.throwIfAborted();
    const next = await begin(deps, sets, job, left);
    if (next === undefined) break;
    const check = await attempt(deps, repository, job, { ...options, ...next });
    if (check === 'failed') failed += 1;
    else checked += 1;
    if (check !== 'failed' && check.verdict === 'sound') sound += 1;
  }
  if (failed === 0) return { outcome: 'done', checked, sound };
  throw new AppError('internal', 'checks-failed', `${failed} recovery points could not be checked; ${checked} were`);
}

interface BegunCheck {
  readonly set: BackupSet;
  readonly point: RecoveryPoint;
  readonly run: RunKey;
  readonly reason: CheckRun['reason'];
}

/** Another job may begin or end the check of a point between the choice of it and its lock: so often it is chosen again. */
const CHOICES_MAX = 20;

async function begin(
  deps: VerificationDeps,
  sets: readonly SetToVerify[],
  job: ReadingJob,
  left: UnfinishedCheck[],
): Promise<BegunCheck | undefined> {
  for (let tries = 1; tries <= CHOICES_MAX; tries += 1) {
    const begun = await beginNext(deps, sets, job, left.shift()).catch((thrown: unknown) => {
      if (thrown instanceof AppError && thrown.code === 'check-under-way') return 'taken' as const;
      throw thrown;
    });
    if (begun !== 'taken') return begun;
  }
  return undefined;
}

/** Begins the check of the next point, in one transaction with the choice of it. */
async function beginNext(
  { db, clock }: VerificationDeps,
  sets: readonly SetToVerify[],
  job: ReadingJob,
  left: UnfinishedCheck | undefined,
): Promise<BegunCheck | 'taken' | undefined> {
  return db.transaction(async (tx) => {
    const begun = async (
      pointId: string,
      reasonOf: (found: RecoveryPoint, of: SetToVerify) => Promise<CheckRun['reason'] | 'none'>,
    ) => {
      const point = await pointById(tx, pointId);
      const of = sets.find(({ set }) => set.id === point.setId);
      const reason = of === undefined ? 'none' : await reasonOf(point, of);
      if (of === undefined || reason === 'none') return 'taken';
      return { set: of.set, point, reason, run: await beginCheck(tx, pointId, job, reason) };
    };
    if (left !== undefined) return begun(left.pointId, async () => left.reason);
    const now = clock.now();
    const free = await lockDuePoint(tx, sets, job, now);
    // Whoever had the point before may have judged it: what counts is what is there behind the lock.
    const reasonOf = async (point: RecoveryPoint, { set, forecast }: SetToVerify) => {
      const checkedAt = await lastCheckedAt(tx, point.id);
      return set.external === undefined ? 'none' : dueCheck({ ...point, checkedAt }, set.external, forecast.lead, now);
    };
    return free === undefined ? undefined : begun(free, reasonOf);
  });
}

/** A point that cannot be checked must not keep the others from being read. */
async function attempt(
  deps: VerificationDeps,
  repository: Repository,
  job: ReadingJob,
  { set, point, ...options }: BegunCheck & PassOptions,
): Promise<ExternalCheck | 'failed'> {
  try {
    return await carryOutCheck(deps, { set, repository, point }, job, options);
  } catch (thrown) {
    if (job.signal.aborted || endsPass(thrown)) throw thrown;
    deps.log.error({ err: thrown, set: set.name, point: point.name }, 'a recovery point could not be checked');
    return 'failed';
  }
}

function endsPass(thrown: unknown): boolean {
  return thrown instanceof AppError && [REPOSITORY_UNAVAILABLE, 'attempt-superseded'].includes(thrown.code);
}
