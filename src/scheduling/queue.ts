import type { PgBoss } from 'pg-boss';
import type { Temporal } from 'temporal-polyfill';
import { type ConnectionSettings, driverSettings } from '../database/connection.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { openBoss } from './boss.ts';
import type { Job } from './job.ts';
import { checkPayload } from './job-payload.ts';
import { DEFAULT_TAG, QUEUE_SCHEMA, queueName } from './queue-name.ts';
import { ensureQueue } from './queue-setup.ts';
import { startWorkers, type Workers } from './workers.ts';

interface EnqueueOptions {
  /** The job's id, when the caller has written it down already; a UUID. */
  readonly id?: string;
  /** Only workers of this tag run the job; without it, those of the default tag. */
  readonly tag?: string;
  /** While a job with this key waits in the queue, no second one is made: the waiting job's id is the answer. */
  readonly singletonKey?: string;
  /** Not before this instant of the database's clock (picked up within a few seconds after it). */
  readonly startAfter?: Temporal.Instant;
}

export interface JobQueue {
  /**
   * Puts a job into its queue as part of the caller's transaction: it exists when that commits, and not otherwise.
   * Workers start it within about a second of the commit. A job may run more than once.
   * @returns the job's id.
   * @throws AppError `not-found` for a job that is in no list, `invalid` for a payload that its schema refuses.
   */
  enqueue(tx: Tx, jobName: string, payload: unknown, options?: EnqueueOptions): Promise<string>;
  /**
   * Cancels a job that waits or runs; a running one has its signal aborted within a few seconds of the commit.
   * @returns false when there is no such job, or it is done.
   */
  cancel(tx: Tx, jobId: string): Promise<boolean>;
  /** Starts working the queues of these tags in this process, until the signal is aborted. */
  startWorkers(options: { readonly tags: readonly string[]; readonly signal: AbortSignal }): Promise<Workers>;
  /** Stops what this process still works, then lets go of the queue. */
  close(): Promise<void>;
}

export interface JobQueueOptions {
  /** How the service's role reaches the database: the queue and its workers hold connections of their own. */
  readonly service: ConnectionSettings;
  /** Asked at the first use, so that jobs can be built from things that need the queue. */
  readonly jobs: () => readonly Job[];
  readonly log: Logger;
  /** How long running jobs may take to end after their signal was aborted; 20 unless stated. */
  readonly drainSeconds?: number;
}

/**
 * Opens the job queue that `installQueue` made.
 * @throws AppError `unavailable` when it is not installed, or of another release.
 */
export async function createJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  // A connection of its own: a queue is made while the caller's transaction waits, so it must not need the caller's pool.
  const connection = driverSettings(options.service, 'muster queue');
  const boss = await openBoss({ ...connection, max: 1, supervise: false }, options.log);
  const known = new Set<string>();
  const started: Workers[] = [];

  return {
    async enqueue(tx, jobName, payload, given = {}) {
      const { tag = DEFAULT_TAG } = given;
      const job = findJob(options.jobs(), jobName);
      checkPayload(job, payload);
      const queue = queueName(jobName, tag);
      if (!known.has(queue)) {
        await ensureQueue(boss, job, tag);
        known.add(queue);
      }
      return send(boss, tx, queue, payload as object, given);
    },

    async cancel(tx, jobId) {
      const [job] = await tx.rows<{ name: string }>(
        `SELECT j.name FROM ${QUEUE_SCHEMA}.queue q JOIN ${QUEUE_SCHEMA}.job j ON j.name = q.name AND j.id = $1`,
        [jobId],
      );
      if (!job) return false;
      const answer = await boss.cancel(job.name, jobId, { db: sqlOf(tx) });
      return 'affected' in answer && answer.affected === 1;
    },

    async startWorkers({ tags, signal }) {
      const workers = await startWorkers({ ...options, jobs: options.jobs(), tags, signal });
      started.push(workers);
      return workers;
    },

    async close() {
      await Promise.all(started.map((workers) => workers.stop()));
      await boss.stop({ graceful: false });
    },
  };
}

function findJob(jobs: readonly Job[], name: string): Job {
  const job = jobs.find((candidate) => candidate.name === name);
  if (!job) throw new AppError('not-found', 'unknown-job', `There is no job named "${name}"`);
  return job;
}

/** Tries at an insert whose key is taken at one moment and free at the next. */
const SEND_ATTEMPTS_MAX = 5;

async function send(
  boss: PgBoss,
  tx: Tx,
  queue: string,
  payload: object,
  { id = newId(), singletonKey = id, startAfter }: EnqueueOptions,
): Promise<string> {
  for (let attempt = 1; attempt <= SEND_ATTEMPTS_MAX; attempt += 1) {
    const sent = await boss.send(queue, payload, {
      id,
      // The queue allows one waiting job for each key: a job without a key is its own.
      singletonKey,
      ...(startAfter === undefined ? {} : { startAfter: startAfter.toString() }),
      db: sqlOf(tx),
    });
    if (sent) return sent;
    const [waiting] = await tx.rows<{ id: string }>(
      `SELECT id FROM ${QUEUE_SCHEMA}.job WHERE name = $1 AND singleton_key = $2 AND state = 'created'`,
      [queue, singletonKey],
    );
    if (waiting) return waiting.id;
  }
  throw new AppError(
    'conflict',
    'job-key-busy',
    `Jobs of ${queue} with the key "${singletonKey}" come and go; try again`,
  );
}

/** pg-boss reads `rows` of whatever runs its SQL: also of a statement, such as a compound one, that answers none. */
function sqlOf(queryable: Queryable) {
  return {
    executeSql: async (sql: string, values: unknown[] = []) => ({ rows: (await queryable.rows(sql, values)) ?? [] }),
  };
}
