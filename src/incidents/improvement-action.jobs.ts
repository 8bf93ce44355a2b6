import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import { tellOverdueActions } from './improvement-action.service.ts';
import { OVERDUE_ACTIONS_JOB } from './improvement-action-job-name.ts';

/** What runs by itself around actions. */
export function improvementActionJobs({ db }: { readonly db: Database }): Job[] {
  return [
    defineJob({
      name: OVERDUE_ACTIONS_JOB,
      payload: z.strictObject({}),
      retry: { limit: 3, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ log }) => {
        log.info({ notices: await tellOverdueActions(db) }, 'looked for overdue actions');
      },
    }),
  ];
}
