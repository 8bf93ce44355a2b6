import type { Database } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Repository } from '../backup-catalogue.ts';
import type { RunningJob } from '../backup-deps.ts';
import { repositoryById } from '../repository.queries.ts';
import { CheckChoice } from './check-choice.ts';
import { RETRY_PAUSE_MS } from './check-external.ts';
import { countDuePoints, unfinishedChecks } from './due-point.queries.ts';
import { openReadPlace } from './read-place.ts';
import { holdReaderSlot } from './reader-slot.ts';
import type { ReadingJob, VerificationDeps } from './reading-job.ts';
import { RepositoryPass } from './repository-pass.ts';
import { RepositoryReader } from './repository-reader.ts';
import { verificationPlan } from './verification-plan.queries.ts';

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
 * Reads what is due of a repository, point after point, as one of its readers, until nothing is due or the job is aborted.
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
  { retryPauseMs = RETRY_PAUSE_MS }: PassOptions,
): Promise<VerificationPass> {
  const place = await openReadPlace(deps, repository, job);
  await using _closed = { [Symbol.asyncDispose]: () => place.close() };
  await place.requireThere();
  const { sets } = await verificationPlan(deps.db, repository, deps.clock.now());
  const choice = new CheckChoice(deps, sets, job, await unfinishedChecks(deps.db, sets, job));
  const { checked, sound, failed } = await new RepositoryPass({ deps, place, job, choice, retryPauseMs }).run();
  if (failed === 0) return { outcome: 'done', checked, sound };
  throw new AppError('internal', 'checks-failed', `${failed} recovery points could not be checked; ${checked} were`);
}
