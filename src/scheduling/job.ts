import type { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';

/** What a running job is given. */
export interface JobContext<Payload> {
  readonly payload: Payload;
  /** The job's id in the queue. */
  readonly jobId: string;
  /** 1 for the first run of this job, one more for each take-over or retry. Results are written `WHERE attempt = :attempt`. */
  readonly attempt: number;
  /** Aborted when the process drains, the job is cancelled, its lease is lost or its time is up. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** A kind of durable work as data. The lists in `jobs.ts` are all there is. */
export interface Job<Payload = never> {
  /** `domain.verb`, for example `backup.take`: also the queue's name. */
  readonly name: string;
  /** Checked when the job is enqueued and again when it runs; what `run` is given is this schema's output. */
  readonly payload: z.ZodType;
  /** How many times a failed run is tried again, and the base of the exponential back-off. 0: never retried. */
  readonly retry: { readonly limit: number; readonly backoffSeconds: number };
  /**
   * A worker that stays silent for this long has lost the job (10 at least). Longer than a restart of the database takes:
   * when it comes back, leases that ran out meanwhile are lost.
   */
  readonly heartbeatSeconds: number;
  /** A run that takes longer is failed (86,400 at most). */
  readonly expireSeconds: number;
  /** How many of these one worker process runs at once for each of its tags; 1 unless stated. */
  readonly concurrency?: number;
  readonly run: (context: JobContext<Payload>) => Promise<void>;
}

const NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;

/** What the queue can hold to. */
const LIMITS = { heartbeatSecondsMin: 10, expireSecondsMax: 86_400 } as const;

/**
 * Declares a job; the payload's type follows from its schema.
 * @throws AppError `internal` for a name or a limit that the queue cannot hold to: when the program starts, not when it runs.
 */
export function defineJob<Payload>(job: Job<Payload> & { readonly payload: z.ZodType<Payload> }): Job<Payload> {
  const { name, heartbeatSeconds, expireSeconds, retry, concurrency = 1 } = job;
  const demand = (holds: boolean, what: string) => {
    if (!holds) throw new AppError('internal', 'bad-job', `The job ${name} is declared wrongly: ${what}`);
  };
  demand(NAME.test(name), 'its name is not domain.verb in lower case');
  demand(
    Number.isInteger(heartbeatSeconds) && heartbeatSeconds >= LIMITS.heartbeatSecondsMin,
    `heartbeatSeconds must be a whole number from ${LIMITS.heartbeatSecondsMin} on`,
  );
  demand(
    Number.isInteger(expireSeconds) && expireSeconds >= 1 && expireSeconds <= LIMITS.expireSecondsMax,
    `expireSeconds must be a whole number from 1 to ${LIMITS.expireSecondsMax}`,
  );
  demand(Number.isInteger(retry.limit) && retry.limit >= 0, 'retry.limit must be a whole number from 0 on');
  demand(Number.isInteger(retry.backoffSeconds) && retry.backoffSeconds >= 0, 'retry.backoffSeconds must be whole');
  demand(Number.isInteger(concurrency) && concurrency >= 1, 'concurrency must be a whole number from 1 on');
  return job;
}
