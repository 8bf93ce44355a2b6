import { z } from 'zod';
import type { Database } from '../../database/database.ts';
import { defineJob, type Job } from '../../scheduling/job.ts';
import { LADDER_JOB } from './ladder-job-name.ts';
import { tellDueRungs } from './ladder-pass.service.ts';

/** What runs by itself around the ladders of alerts. */
export function ladderJobs({ db }: { readonly db: Database }): Job[] {
  return [
    defineJob({
      name: LADDER_JOB,
      payload: z.strictObject({}),
      retry: { limit: 1, backoffSeconds: 10 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ signal, log }) => {
        log.info(await tellDueRungs(db, signal), 'told the rungs of alerts that were due');
      },
    }),
  ];
}
