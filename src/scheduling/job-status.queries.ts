import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { JobFailure } from './job-run.ts';
import { DEFAULT_TAG, QUEUE_SCHEMA } from './queue-name.ts';

export const JOB_STATES = ['waiting', 'running', 'completed', 'failed', 'cancelled'] as const;

type JobState = (typeof JOB_STATES)[number];

/** How a job stands. Kept for 7 days after its end. */
export interface JobStatus {
  readonly id: string;
  readonly job: string;
  readonly workerTag: string;
  /** `waiting` also between two tries. */
  readonly state: JobState;
  /** The run that is on or was the last one; 0 before the first. */
  readonly attempt: number;
  readonly attemptsMax: number;
  /** Why the last run failed, also while the next one waits. */
  readonly failure: JobFailure | null;
  readonly enqueuedAt: Temporal.Instant;
  readonly startedAt: Temporal.Instant | null;
  readonly endedAt: Temporal.Instant | null;
}

interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'failed' | 'cancelled';
  readonly retry_count: number;
  readonly retry_limit: number;
  readonly output: unknown;
  readonly created_on: Date;
  readonly started_on: Date | null;
  readonly completed_on: Date | null;
}

/**
 * Reads how a job stands.
 * @throws AppError `not-found` when there is no such job (any more).
 */
export async function jobStatus(db: Queryable, id: string): Promise<JobStatus> {
  // The key of a job is its queue and its id: through the few queues, each look-up is one step in the index.
  const [row] = await db.rows<JobRow>(
    `SELECT j.id, j.name, j.state, j.retry_count, j.retry_limit, j.output, j.created_on, j.started_on, j.completed_on
     FROM ${QUEUE_SCHEMA}.queue q JOIN ${QUEUE_SCHEMA}.job j ON j.name = q.name AND j.id = $1`,
    [id],
  );
  if (!row)
    throw new AppError('not-found', 'no-such-job', `There is no job ${id}; jobs are kept for 7 days after their end`);
  const [job = row.name, workerTag = DEFAULT_TAG] = row.name.split('/');
  return {
    id: row.id,
    job,
    workerTag,
    state:
      row.state === 'active' ? 'running' : row.state === 'created' || row.state === 'retry' ? 'waiting' : row.state,
    attempt: row.started_on === null ? 0 : row.retry_count + 1,
    attemptsMax: row.retry_limit + 1,
    failure: row.state === 'retry' || row.state === 'failed' ? failureOf(row.output) : null,
    enqueuedAt: instantOf(row.created_on),
    startedAt: row.started_on && instantOf(row.started_on),
    endedAt: row.completed_on && instantOf(row.completed_on),
  };
}

/** What the queue itself writes when a run did not end by itself. */
const QUEUE_FAILURES: Readonly<Record<string, JobFailure>> = {
  'job heartbeat timeout': {
    code: 'lease-lost',
    message: 'The worker fell silent: it was killed, or its machine is away',
  },
  'job timed out': { code: 'job-timeout', message: 'The run took longer than its job allows' },
  'pg-boss shut down while active': { code: 'worker-stopped', message: 'The worker was stopped while the job ran' },
};

function failureOf(output: unknown): JobFailure {
  const given = output as { code?: unknown; message?: unknown; value?: unknown } | null;
  if (typeof given?.message === 'string') {
    return { code: typeof given.code === 'string' ? given.code : 'internal', message: given.message };
  }
  const value = given?.value as { message?: unknown } | string | undefined;
  const text = typeof value === 'object' ? value.message : value;
  return QUEUE_FAILURES[String(text)] ?? { code: 'internal', message: String(text ?? 'no reason recorded') };
}
