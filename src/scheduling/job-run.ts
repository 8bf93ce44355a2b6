import type { JobResult, Job as TakenJob } from 'pg-boss';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Job } from './job.ts';
import { checkPayload } from './job-payload.ts';

/** The longest error text that is kept with a job. */
const FAILURE_TEXT_MAX = 2000;

/** What is kept of a failure: enough to act on, never what was worked on. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
}

/**
 * Runs one taken job to its end. Never throws: the result says `completed`, `failed` (tried again while tries remain) or
 * `deadletter` (a payload that no try can mend).
 */
export async function runJob(
  job: Job,
  taken: TakenJob<unknown>,
  drain: AbortSignal,
  parentLog: Logger,
): Promise<JobResult> {
  // Counts the claims after a started run: what every result of this run is written under.
  const attempt = taken.retryCount + 1;
  const log = parentLog.child({ job: job.name, jobId: taken.id, attempt });
  const startedMs = performance.now();
  const seconds = () => Number(((performance.now() - startedMs) / 1000).toFixed(3));
  let payload: unknown;
  try {
    payload = checkPayload(job, taken.data);
  } catch (thrown) {
    return refuse(taken, thrown, log);
  }
  const signal = AbortSignal.any([taken.signal, drain]);
  try {
    signal.throwIfAborted();
    log.info('job started');
    await job.run({ payload: payload as never, jobId: taken.id, attempt, signal, log });
    log.info({ seconds: seconds() }, 'job completed');
    return { id: taken.id, status: 'completed' };
  } catch (thrown) {
    const failure = failureOf(signal.aborted && isAbort(thrown) ? signal.reason : thrown);
    if (signal.aborted) log.warn({ seconds: seconds(), ...failure }, 'job interrupted');
    else log.error({ seconds: seconds(), ...failure, stack: stackOf(thrown) }, 'job failed');
    return { id: taken.id, status: 'failed', output: failure };
  }
}

/** The reason that jobs are given when their process stops. */
export function drained(): AppError {
  return new AppError('unavailable', 'worker-stopped', 'The worker was stopped while the job ran');
}

function refuse(taken: TakenJob<unknown>, thrown: unknown, log: Logger): JobResult {
  const failure = failureOf(thrown);
  log.error({ ...failure }, 'job refused: its payload does not fit; it is kept among the dead letters');
  return { id: taken.id, status: 'deadletter', output: failure };
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}

function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}

function failureOf(thrown: unknown): JobFailure {
  const message = messageOf(thrown).slice(0, FAILURE_TEXT_MAX);
  if (thrown instanceof AppError) return { code: thrown.code, message };
  return { code: 'internal', message };
}
