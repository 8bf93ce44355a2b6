import { z } from 'zod';
import { defineJob, type Job } from '../scheduling/job.ts';
import { DRILL_WATCH_JOB } from './drill-schedule.ts';
import { tellOverdueDrills } from './watch.service.ts';

/** What looks after the drills that did not run. */
export const drillWatchJobs = (deps: Parameters<typeof tellOverdueDrills>[0]): Job[] => [
  defineJob({
    name: DRILL_WATCH_JOB,
    payload: z.strictObject({}),
    retry: { limit: 1, backoffSeconds: 60 },
    heartbeatSeconds: 60,
    expireSeconds: 600,
    run: async ({ signal, log }) => {
      log.info({ notices: await tellOverdueDrills(deps, signal) }, 'looked after the drills');
    },
  }),
];
