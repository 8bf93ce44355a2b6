import type { z } from 'zod';
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
  /** A worker that stays silent for this long has lost the job (10 at least). */
  readonly heartbeatSeconds: number;
  /** A run that takes longer is failed (86,400 at most). */
  readonly expireSeconds: number;
  /** How many of these one worker process runs at once for each of its tags; 1 unless stated. */
  readonly concurrency?: number;
  readonly run: (context: JobContext<Payload>) => Promise<void>;
}

/** Declares a job; the payload's type follows from its schema. */
export function defineJob<Payload>(job: Job<Payload> & { readonly payload: z.ZodType<Payload> }): Job<Payload> {
  return job;
}
