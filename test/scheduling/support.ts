import { afterEach, beforeAll, expect } from 'vitest';
import { z } from 'zod';
import type { Job } from '../../src/scheduling/job.ts';
import { createJobQueue, type JobQueue, type JobQueueOptions } from '../../src/scheduling/queue.ts';
import { installQueue } from '../../src/scheduling/queue-install.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';

export interface TestQueue extends TestDatabase {
  /** A queue of these jobs that is closed after the test. */
  openQueue(jobs: readonly Job[], options?: Partial<JobQueueOptions>): Promise<JobQueue>;
}

/**
 * A database with the job queue installed. After each test the queues that it opened are closed, and the test fails when a
 * worker of it is left behind: a connection that still takes or renews jobs.
 */
export function useQueue(): TestQueue {
  const database = useDatabase();
  const opened: JobQueue[] = [];

  beforeAll(() => installQueue({ owner: database.owner, serviceRole: { available: true }, log: testLog }));

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
    await expectNoWorkers(database);
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
export async function expectNoWorkers(database: TestDatabase): Promise<void> {
  const open = await eventually(async () => {
    const rows = await database.db.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'muster jobs'`,
    );
    return rows.length === 0;
  }, 5);
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

/** The payload of the tests' jobs. */
export const notePayload = z.strictObject({ note: z.string().max(100) });
