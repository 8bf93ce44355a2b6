import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Database, Tx } from '../../database/database.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import type { Repository } from '../backup-catalogue.ts';
import { DISCOVER_JOB, VERIFY_JOB } from '../backup-job-name.ts';
import { repositoriesInUse, repositoryById } from '../repository.queries.ts';
import { requireInUse } from './repository.store.ts';

/**
 * Has a repository listed now because somebody wants it; checks that fall due by it follow.
 * @returns the id of the job, or of one that waits already.
 * @throws AppError `not-found` `no-such-repository`; `conflict` `repository-retired`.
 */
export async function orderDiscovery(tx: Tx, caller: Caller, queue: JobQueue, repositoryId: string): Promise<string> {
  const repository = await repositoryById(tx, repositoryId);
  requireInUse(repository);
  const jobId = await enqueueDiscovery(tx, queue, repository);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'repository.order-discovery',
    subjectKind: 'repository',
    subjectId: repository.id,
    details: { jobId },
  });
  return jobId;
}

/** Has every repository listed that external sets in use lie in. @returns how many. */
export async function orderDiscoveries(db: Database, queue: JobQueue, signal: AbortSignal): Promise<number> {
  const repositories = await repositoriesInUse(db);
  for (const repository of repositories) {
    signal.throwIfAborted();
    await db.transaction((tx) => enqueueDiscovery(tx, queue, repository));
  }
  return repositories.length;
}

/** One discovery of a repository waits at a time. */
function enqueueDiscovery(tx: Tx, queue: JobQueue, { id, workerTag: tag }: OrderedRepository): Promise<string> {
  return queue.enqueue(tx, DISCOVER_JOB, { repositoryId: id }, { tag, singletonKey: id });
}

/** Has a repository read by as many jobs as it allows readers; those that wait already are not doubled. */
export async function orderChecks(db: Database, queue: JobQueue, repository: Repository): Promise<void> {
  const { id, workerTag: tag, readersMax } = repository;
  for (let reader = 1; reader <= readersMax; reader += 1) {
    const order = { tag, singletonKey: `${id}/${reader}` };
    await db.transaction((tx) => queue.enqueue(tx, VERIFY_JOB, { repositoryId: id }, order));
  }
}

type OrderedRepository = Pick<Repository, 'id' | 'workerTag'>;
