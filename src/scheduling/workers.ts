import { setTimeout as delay } from 'node:timers/promises';
import type { JobResult, PgBoss, Job as TakenJob } from 'pg-boss';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';
import { isUnavailable } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { openBoss } from './boss.ts';
import type { Job } from './job.ts';
import { drained, runJob } from './job-run.ts';
import { WORKERS_APPLICATION } from './live-workers.queries.ts';
import { queueName, workerTag } from './queue-name.ts';
import { ensureQueue, updateQueue } from './queue-setup.ts';

/** Connections for taking, renewing and settling jobs, besides one that listens. Jobs use the service's own pool. */
const POOL_SIZE = 4;

/** Workers are woken at the commit of an enqueue; this is for retries, take-overs and a lost connection. */
const BACKSTOP_POLL_SECONDS = 5;
/** When the server cannot wake us (a transaction pooler in between). */
const PLAIN_POLL_SECONDS = 1;
/** How often lost leases and overdue runs are looked for, by one process of all. */
const SUPERVISE_SECONDS = 5;
/** How often finished jobs past their keeping are deleted. */
const MAINTENANCE_SECONDS = 3600;
/** A lease is renewed this often, or three times in its length if that is oftener; also how soon a cancel is noticed. */
const RENEW_SECONDS_MAX = 5;
const STATEMENT_SECONDS_MAX = 60;
/** How long a finished job waits for a database that is away, to tell its result. */
const OUTAGE_SECONDS_MAX = 600;
const DRAIN_SECONDS_DEFAULT = 20;

export interface StartWorkersOptions {
  readonly service: ConnectionSettings;
  readonly jobs: readonly Job[];
  readonly tags: readonly string[];
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly drainSeconds?: number;
}

/** The working part of one process. */
export interface Workers {
  /** Jobs that run here now. */
  running(): number;
  /**
   * Takes no more jobs, aborts the signal of those that run, waits for them a limited time, and resolves when nothing is left.
   * A job that does not end in time is failed (and tried again elsewhere while it has tries).
   */
  stop(): Promise<void>;
}

/** Works every job's queue for each of the tags, until the signal is aborted. */
export async function startWorkers(options: StartWorkersOptions): Promise<Workers> {
  const { jobs, log } = options;
  const tags = [...new Set(options.tags.map(workerTag))];
  if (tags.length === 0) throw new AppError('invalid', 'no-worker-tag', 'A worker needs at least one tag');
  const boss = await openWorkersBoss(options.service, log);

  const drain = new AbortController();
  // By the taking, not by the job: a lease that went to another leaves two runs of one job here for a while.
  const running = new Set<TakenJob<unknown>>();
  for (const tag of tags) {
    for (const job of jobs) {
      await ensureQueue(boss, job, tag);
      await updateQueue(boss, job, tag);
      for (let slot = 0; slot < (job.concurrency ?? 1); slot += 1) {
        await openSlot(boss, job, tag, running, drain.signal, log);
      }
    }
  }
  log.info({ tags, jobs: jobs.length }, 'working jobs');

  const stop = once(() => drainAndStop(boss, jobs, tags, drain, options.drainSeconds ?? DRAIN_SECONDS_DEFAULT, log));
  // Whoever closes the queue waits for the same promise and hears of its failure.
  const stopOnSignal = () => void stop().catch(() => {});
  if (options.signal.aborted) stopOnSignal();
  else options.signal.addEventListener('abort', stopOnSignal, { once: true });
  return { running: () => running.size, stop };
}

function openWorkersBoss(service: ConnectionSettings, log: Logger): Promise<PgBoss> {
  const connection = {
    ...driverSettings(service, WORKERS_APPLICATION),
    query_timeout: STATEMENT_SECONDS_MAX * 1000,
    keepAlive: true,
  };
  const upkeep = {
    supervise: true,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
  };
  return openBoss({ ...connection, max: POOL_SIZE, useListenNotify: true, ...upkeep }, log);
}

/** One place in which one job at a time runs. */
async function openSlot(
  boss: PgBoss,
  job: Job,
  tag: string,
  running: Set<TakenJob<unknown>>,
  drain: AbortSignal,
  log: Logger,
): Promise<void> {
  let slot = '';
  slot = await boss.work(
    queueName(job.name, tag),
    {
      batchSize: 1,
      perJobResults: true,
      pollingIntervalSeconds: PLAIN_POLL_SECONDS,
      notifyPollingIntervalSeconds: BACKSTOP_POLL_SECONDS,
      heartbeatRefreshSeconds: Math.min(RENEW_SECONDS_MAX, job.heartbeatSeconds / 3),
    },
    async ([taken]) => {
      if (!taken) return [];
      running.add(taken);
      try {
        const result = await runJob(job, taken, drain, log);
        await settle(boss, taken, result, drain);
        // Once more through pg-boss, which changes nothing where the result is written already.
        return [result];
      } finally {
        running.delete(taken);
        // There may be more where this came from: look at once instead of after a pause.
        boss.notifyWorker(slot);
      }
    },
  );
}

/**
 * Hours of work must not be done again because the database restarts at their end: writes the result, again and again while
 * the database is away. It counts only under the attempt that was taken, so a lease lost meanwhile is left alone.
 */
async function settle(boss: PgBoss, taken: TakenJob<unknown>, result: JobResult, drain: AbortSignal): Promise<void> {
  if (result.status === 'deadletter') return;
  const deadlineMs = performance.now() + OUTAGE_SECONDS_MAX * 1000;
  for (;;) {
    try {
      await (result.status === 'completed'
        ? boss.complete(taken.name, taken)
        : boss.fail(taken.name, taken, result.output));
      return;
    } catch (thrown) {
      if (!isUnavailable(thrown) || drain.aborted || performance.now() > deadlineMs) throw thrown;
    }
    await delay(1000, undefined, { signal: drain }).catch(() => {});
  }
}

async function drainAndStop(
  boss: PgBoss,
  jobs: readonly Job[],
  tags: readonly string[],
  drain: AbortController,
  drainSeconds: number,
  log: Logger,
): Promise<void> {
  // First no new jobs, then the signal: a slot whose job ends at once would take the next one otherwise.
  const ending = tags.flatMap((tag) => jobs.map((job) => boss.offWork(queueName(job.name, tag), { wait: false })));
  drain.abort(drained());
  await Promise.all(ending);
  await boss.stop({ graceful: true, timeout: drainSeconds * 1000 });
  log.info({ tags }, 'stopped working jobs');
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
