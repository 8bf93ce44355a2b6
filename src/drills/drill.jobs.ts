import { z } from 'zod';
import { defineJob, type Job } from '../scheduling/job.ts';
import { openRun } from './drill.service.ts';
import type { RunnerDeps } from './drill-deps.ts';
import { DRILL_JOB } from './drill-schedule.ts';
import { carryOutRun } from './runner.ts';

const payload = z.union([
  z.strictObject({ runId: z.uuid().describe('A run that was requested and waits') }),
  z.strictObject({
    drill: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    trigger: z.enum(['schedule', 'first-start']),
  }),
]);

/** Twelve hours: the longest that one drill may take. */
const EXPIRE_SECONDS = 43_200;

/** Jobs of the drills. A drill is never tried again by the queue: a lost one is interrupted, and says so. */
export function drillJobs(deps: RunnerDeps): Job[] {
  return [
    defineJob({
      name: DRILL_JOB,
      payload,
      retry: { limit: 0, backoffSeconds: 0 },
      heartbeatSeconds: 30,
      expireSeconds: EXPIRE_SECONDS,
      run: async ({ payload: what, signal, log }) => {
        const runId = 'runId' in what ? what.runId : await open(deps, what);
        if (runId === undefined) return log.warn('the drill was skipped: a run of it was still going');
        const carriedOut = await carryOutRun({ ...deps, log }, runId, signal);
        if (!carriedOut) log.info({ runId }, 'the drill run does not wait any more');
      },
    }),
  ];
}

async function open(deps: RunnerDeps, what: { readonly drill: string; readonly trigger: 'schedule' | 'first-start' }) {
  const files = await deps.catalogue.refresh();
  return deps.db.transaction((tx) => openRun(tx, files, what.drill, what.trigger));
}
