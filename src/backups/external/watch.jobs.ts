import { z } from 'zod';
import type { Database } from '../../database/database.ts';
import { defineJob, type Job } from '../../scheduling/job.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { WATCH_JOB } from '../backup-job-name.ts';
import { orderDiscoveries } from './discovery-order.ts';
import { tellStaleSets } from './watch.ts';

/** What looks after other tools' backups every few minutes: what is too old is told, and every repository is listed. */
export const watchJobs = (deps: { readonly db: Database; readonly queue: JobQueue }): Job[] => [
  defineJob({
    name: WATCH_JOB,
    payload: z.strictObject({}),
    retry: { limit: 1, backoffSeconds: 60 },
    heartbeatSeconds: 60,
    expireSeconds: 600,
    run: async ({ signal, log }) => {
      const repositories = await orderDiscoveries(deps.db, deps.queue, signal);
      log.info({ notices: await tellStaleSets(deps, signal), repositories }, 'looked after the backup sets');
    },
  }),
];
