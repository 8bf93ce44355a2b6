import { afterEach, expect } from 'vitest';
import type { Job } from '../../src/scheduling/job.ts';
import { createJobQueue, type JobQueue, type JobQueueOptions } from '../../src/scheduling/queue.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

export interface TestQueue extends TestDatabase {
  /** A queue of these jobs that is closed after the test. */
  openQueue(jobs: readonly Job[], options?: Partial<JobQueueOptions>): Promise<JobQueue>;
}

/**
 * A database of the present schema. After each test the queues that it opened are closed and emptied, and the test fails
 * when a worker is left behind: a connection that still takes or renews jobs.
 */
export function useQueue(): TestQueue {
  const database = useDatabase();
  const opened: JobQueue[] = [];

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
    await expectNoWorkers(database);
    await database.db.execute('DELETE FROM pgboss.job');
  });

  return Object.defineProperties({} as TestQueue, {
    ...Object.getOwnPropertyDescriptors(database),
    openQueue: {
      value: async (jobs: readonly Job[], options: Partial<JobQueueOptions> = {}) => {
        const queue = await createJobQueue({
          service: database.service,
          jobs: () => jobs,
          log: testLog,
          drainSeconds: 2,
          ...options,
        });
        opened.push(queue);
        return queue;
      },
    },
  });
}

/** Fails while a connection of a worker is open. */
export async function expectNoWorkers(database: TestDatabase, seconds = 5): Promise<void> {
  const open = await eventually(async () => {
    const rows = await database.db.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'muster jobs'`,
    );
    return rows.length === 0;
  }, seconds);
  expect(open, 'a worker was left running').toBe(true);
}

/** Asks again and again until the answer is true or the time is over; answers whether it was. */
export async function eventually(question: () => Promise<boolean> | boolean, seconds: number): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    if (await question()) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A promise that is settled from outside. */
export const deferred = <T = void>() => Promise.withResolvers<T>();

/** Ends, as a well-behaved job does, when its signal is aborted: with the signal's reason. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
