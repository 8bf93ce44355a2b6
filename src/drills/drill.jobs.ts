import { z } from 'zod';
import type { Logger } from '../kernel/log.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { databaseNow } from '../scheduling/schedule.queries.ts';
import { DRILL_JOB_SECONDS } from './definition-duration.ts';
import { openRun } from './drill.service.ts';
import type { RunnerDeps } from './drill-deps.ts';
import { runById } from './drill-run.queries.ts';
import { lockRun } from './drill-run.store.ts';
import { DRILL_JOB } from './drill-schedule.ts';
import { carryOutRun } from './runner.ts';
import { waitsFor } from './turn.store.ts';

const payload = z.union([
  z.strictObject({ runId: z.uuid().describe('A run that was requested and waits') }),
  z.strictObject({
    drill: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
    trigger: z.enum(['schedule', 'first-start']),
  }),
]);

const ASK_AGAIN_SECONDS = 5;

/** A slot that falls due while every place is taken still gets its row at once: places in which runs only ask for their turn. */
const SPARE_PLACES = 2;

/** Jobs of the drills. A drill is never tried again by the queue: a lost one is interrupted, and says so. */
export function drillJobs(deps: RunnerDeps & { readonly queue: JobQueue }): Job[] {
  return [
    defineJob({
      name: DRILL_JOB,
      payload,
      retry: { limit: 0, backoffSeconds: 0 },
      heartbeatSeconds: 30,
      expireSeconds: DRILL_JOB_SECONDS,
      concurrency: deps.drillsAtOnce + SPARE_PLACES,
      run: async ({ payload: what, signal, log }) => {
        const runId = 'runId' in what ? what.runId : await open(deps, what);
        if (runId === undefined) return log.warn('the drill was skipped: a run of it was still going');
        const carriedOut = await carryOutRun({ ...deps, log }, runId, signal);
        if (!carriedOut) await askAgain(deps, runId, log);
      },
    }),
  ];
}

/** A run whose turn it is not gives its place in this process up, and asks again a little later. */
async function askAgain(deps: Parameters<typeof drillJobs>[0], runId: string, log: Logger): Promise<void> {
  const waits = await deps.db.transaction(async (tx) => {
    await lockRun(tx, runId);
    const run = await runById(tx, runId);
    if (run.status !== 'queued') return null;
    const startAfter = (await databaseNow(tx)).add({ seconds: ASK_AGAIN_SECONDS });
    await deps.queue.enqueue(tx, DRILL_JOB, { runId }, { startAfter });
    return waitsFor(tx, run);
  });
  log.info({ runId }, waits === null ? 'the drill run does not wait any more' : `the drill run waits for ${waits}`);
}

async function open(deps: RunnerDeps, what: { readonly drill: string; readonly trigger: 'schedule' | 'first-start' }) {
  const files = await deps.catalogue.refresh();
  return deps.db.transaction((tx) => openRun(tx, files, what.drill, what.trigger));
}
