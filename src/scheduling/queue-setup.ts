import type { PgBoss, QueueOptions } from 'pg-boss';
import type { Job } from './job.ts';
import { DEAD_LETTER_QUEUE, queueName } from './queue-name.ts';

const DAY_SECONDS = 86_400;

/** How long a job may wait for a worker, and how long a finished one can be looked up. */
const RETENTION = { waitingSeconds: 30 * DAY_SECONDS, finishedSeconds: 7 * DAY_SECONDS, deadSeconds: 30 * DAY_SECONDS };

/** The longest pause between two tries of a job. */
const BACKOFF_SECONDS_MAX = 3600;

/** Makes the queue of a job for one tag when it is not there. Needs no right beyond INSERT on the queue table. */
export async function ensureQueue(boss: PgBoss, job: Job, tag: string): Promise<void> {
  // `short`: at most one waiting job for each singleton key; `notify`: workers wake at the commit of an enqueue.
  await boss.createQueue(queueName(job.name, tag), { ...optionsOf(job), policy: 'short', notify: true });
}

/** Gives an existing queue the limits that this release declares for its job. */
export async function updateQueue(boss: PgBoss, job: Job, tag: string): Promise<void> {
  await boss.updateQueue(queueName(job.name, tag), { ...optionsOf(job), notify: true });
}

/** Makes the queue of failed jobs when it is not there. */
export async function ensureDeadLetterQueue(boss: PgBoss): Promise<void> {
  await boss.createQueue(DEAD_LETTER_QUEUE, { retryLimit: 0, retentionSeconds: RETENTION.deadSeconds });
}

function optionsOf(job: Job): QueueOptions & { deadLetter: string } {
  return {
    retryLimit: job.retry.limit,
    retryDelay: job.retry.backoffSeconds,
    retryBackoff: true,
    retryDelayMax: BACKOFF_SECONDS_MAX,
    heartbeatSeconds: job.heartbeatSeconds,
    expireInSeconds: job.expireSeconds,
    retentionSeconds: RETENTION.waitingSeconds,
    deleteAfterSeconds: RETENTION.finishedSeconds,
    deadLetter: DEAD_LETTER_QUEUE,
  };
}
