import { z } from 'zod';
import type { Database } from '../../database/database.ts';
import { defineJob, type Job } from '../../scheduling/job.ts';
import { WATCH_JOB } from '../backup-job-name.ts';
import { tellStaleSets } from './watch.ts';

/** What looks after sets between the runs of their checks. To be run every few minutes. */
export const watchJobs = (deps: { readonly db: Database }): Job[] => [
  defineJob({
    name: WATCH_JOB,
    payload: z.strictObject({}),
    retry: { limit: 1, backoffSeconds: 60 },
    heartbeatSeconds: 60,
    expireSeconds: 600,
    run: async ({ signal, log }) => {
      log.info({ notices: await tellStaleSets(deps, signal) }, 'looked for backup sets that are too old');
    },
  }),
];
