import { AppError } from '../kernel/errors.ts';

/** The tag of every worker that is not bound to one machine's directories. Its queues carry the bare job name. */
export const DEFAULT_TAG = 'default';

/** Where a copy of a job goes that failed for good, for people to look at. */
export const DEAD_LETTER_QUEUE = 'dead-letter';

/** The schema that holds the queues. */
export const QUEUE_SCHEMA = 'pgboss';

const TAG = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The queue of a job for the workers of one tag: `backup.take` for the default tag, `backup.take/vault-1` for another.
 * @throws AppError `invalid` when the tag is not lower-case letters, digits and inner hyphens, 63 at most.
 */
export function queueName(jobName: string, tag: string = DEFAULT_TAG): string {
  if (tag === DEFAULT_TAG) return jobName;
  return `${jobName}/${workerTag(tag)}`;
}

/**
 * The tag, when it is one.
 * @throws AppError `invalid` otherwise.
 */
export function workerTag(tag: string): string {
  if (TAG.test(tag)) return tag;
  throw new AppError(
    'invalid',
    'bad-worker-tag',
    `"${tag.slice(0, 80)}" is no worker tag: use lower-case letters, digits and hyphens inside, 63 at most`,
  );
}
