import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import { CLOCK_MARKS_JOB } from './clock-job-name.ts';
import { recordReachedMarks } from './clock-marks.service.ts';

/** What runs by itself around SLA clocks. */
export function clockJobs({ db }: { readonly db: Database }): Job[] {
  return [
    defineJob({
      name: CLOCK_MARKS_JOB,
      payload: z.strictObject({}),
      retry: { limit: 1, backoffSeconds: 10 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ signal, log }) => {
        log.info(await recordReachedMarks(db, signal), 'recorded the marks of SLA clocks');
      },
    }),
  ];
}
