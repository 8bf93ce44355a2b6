import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import { ON_CALL_GAPS_JOB } from './on-call-job-name.ts';
import { tellOnCallGaps } from './on-call-notice.service.ts';

/** What on-call jobs work with. */
interface OnCallWork {
  readonly db: Database;
  /** How many days ahead gaps are told. */
  readonly config: { readonly onCallNoticeDays: number };
}

/** What runs by itself around on-call rotas. */
export function onCallJobs({ db, config }: OnCallWork): Job[] {
  return [
    defineJob({
      name: ON_CALL_GAPS_JOB,
      payload: z.strictObject({}),
      retry: { limit: 3, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 1800,
      run: async ({ signal, log }) => {
        log.info(await tellOnCallGaps(db, config.onCallNoticeDays, signal), 'looked for gaps of on-call rotas');
      },
    }),
  ];
}
