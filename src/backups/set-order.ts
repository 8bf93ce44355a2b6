import { recordAudit } from '../audit/audit.store.ts';
import type { Origin } from '../auth/actor.ts';
import type { Tx } from '../database/database.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import type { BackupSet } from './backup-catalogue.ts';
import { RETAIN_JOB, TAKE_JOB } from './backup-job-name.ts';
import { requireSetInUse } from './external/set.store.ts';
import { repositoryById } from './repository.queries.ts';
import { requireTakenHere } from './taken-here.ts';

/** A job that was ordered for a set, and the tag of the workers that do it. */
export interface SetOrder {
  readonly jobId: string;
  readonly tag: string;
}

/**
 * Orders that a recovery point of a set is taken now; an order that waits in the queue already is the answer.
 * @throws AppError `unprocessable` `not-taken-by-muster`; `conflict` `backup-set-retired`.
 */
export function orderBackup(tx: Tx, queue: JobQueue, origin: Origin, set: BackupSet): Promise<SetOrder> {
  requireSetInUse(set);
  return order(tx, queue, origin, { set, job: TAKE_JOB, action: 'backup-set.take' });
}

/**
 * Orders that what the plan of a set drops is removed now; see {@link orderBackup}. A retired set is tidied up as well.
 * @throws AppError `unprocessable` `not-taken-by-muster`.
 */
export function orderRetention(tx: Tx, queue: JobQueue, origin: Origin, set: BackupSet): Promise<SetOrder> {
  return order(tx, queue, origin, { set, job: RETAIN_JOB, action: 'backup-set.order-retention' });
}

async function order(
  tx: Tx,
  queue: JobQueue,
  origin: Origin,
  { set, job, action }: { readonly set: BackupSet; readonly job: string; readonly action: string },
): Promise<SetOrder> {
  requireTakenHere(set);
  const { workerTag: tag } = await repositoryById(tx, set.repositoryId);
  const jobId = await queue.enqueue(tx, job, { setId: set.id }, { tag, singletonKey: set.id });
  await recordAudit(tx, { ...origin, action, subjectKind: 'backup-set', subjectId: set.id, details: { jobId } });
  return { jobId, tag };
}
