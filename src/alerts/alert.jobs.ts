import { z } from 'zod';
import { defineJob, type Job } from '../scheduling/job.ts';
import { JUDGE_SIGNALS_JOB } from './alert-job-name.ts';
import { type AlertPassDeps, judgeSignals } from './alert-pass.service.ts';

/** What runs by itself around alerts. */
export function alertJobs(deps: Omit<AlertPassDeps, 'log'>): Job[] {
  return [
    defineJob({
      name: JUDGE_SIGNALS_JOB,
      payload: z.strictObject({}),
      // The next minute judges again, by newer readings.
      retry: { limit: 0, backoffSeconds: 1 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ signal, log }) => {
        const pass = await judgeSignals({ ...deps, log }, signal);
        const level = pass.failed + pass.deferred > 0 ? 'warn' : 'info';
        log[level](pass, 'judged signals by their rules');
      },
    }),
  ];
}
