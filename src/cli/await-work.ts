import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../composition/runtime.ts';
import { type JobStatus, jobStatus } from '../scheduling/job-status.queries.ts';
import type { CommandContext } from './command.ts';
import { createMeter, type Progress } from './progress-meter.ts';
import type { JobAccess } from './with-jobs.ts';

/** A job that was ordered. */
export interface OrderedJob {
  readonly id: string;
  readonly name: string;
  readonly tag: string;
  /** How far it is, where it says so. */
  readonly progress?: () => Promise<Progress | undefined>;
  /** Codes of failures after which nobody waits for the next try: the job is cancelled. */
  readonly hopeless?: readonly string[];
}

const POLL_MS = 250;

/** Whether nothing will happen to the job any more. */
function isOver({ state }: JobStatus): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/**
 * Has a job carried out and watches it to its end, tries between failed runs included. After Ctrl-C: a job that this
 * process works is cancelled; one that another works goes on, and how it stands then is the answer.
 */
export async function awaitWork(
  { output }: CommandContext,
  { db, clock }: Runtime,
  access: JobAccess,
  job: OrderedJob,
  signal: AbortSignal,
): Promise<JobStatus> {
  const where = await access.haveWorked(job.name, job.tag);
  const show = createMeter(output, clock);
  let cancelled = false;
  for (;;) {
    const status = await jobStatus(db, job.id);
    if (isOver(status)) return status;
    if (status.failure && job.hopeless?.includes(status.failure.code)) {
      await db.transaction((tx) => access.dependencies.queue.cancel(tx, job.id));
      return status;
    }
    if (signal.aborted && where === 'elsewhere') {
      output.note(`Not waiting any longer: the job goes on (job ${job.id}).`);
      return status;
    }
    if (signal.aborted && !cancelled) {
      cancelled = true;
      output.note('Cancelling ...');
      await db.transaction((tx) => access.dependencies.queue.cancel(tx, job.id));
      continue;
    }
    show(
      (await job.progress?.()) ?? { label: labelOf(status), seconds: secondsOf(status, clock.now().epochMilliseconds) },
    );
    await delay(POLL_MS, undefined, signal.aborted ? {} : { signal }).catch(() => {});
  }
}

/** How long the job ran, in seconds; null when it never did. */
export function runSeconds({ startedAt, endedAt }: JobStatus): number | null {
  return startedAt && endedAt ? Math.max(0, endedAt.since(startedAt).total('seconds')) : null;
}

function labelOf({ job, state, attempt, attemptsMax, failure, workerTag }: JobStatus): string {
  if (state === 'running') return attempt > 1 ? `${job} (try ${attempt} of ${attemptsMax})` : job;
  if (failure) return `${job} failed (${failure.message}), waits for its next try`;
  return `${job} waits for a worker${workerTag === 'default' ? '' : ` of the tag ${workerTag}`}`;
}

function secondsOf({ state, startedAt, enqueuedAt }: JobStatus, nowMs: number): number {
  const since = state === 'running' && startedAt ? startedAt : enqueuedAt;
  return Math.max(0, (nowMs - since.epochMilliseconds) / 1000);
}
