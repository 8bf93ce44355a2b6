import type { JobQueue } from '../scheduling/queue.ts';
import type { ConclusionDeps } from './drill-deps.ts';
import { lockRun } from './drill-run.store.ts';
import { DRILL_JOB } from './drill-schedule.ts';
import { runsWithoutJob } from './lost-job.queries.ts';

export type LostJobDeps = Pick<ConclusionDeps, 'db' | 'log'> & { readonly queue: Pick<JobQueue, 'enqueue'> };

/**
 * Gives a new job to each run that waits and has none: whoever took it died before the run was its own, or the job was deleted.
 * Without one it would wait until its time to begin is over. However many look at once, each run gets one.
 * @returns the runs that got one.
 */
export async function replaceLostJobs({ db, log, queue }: LostJobDeps): Promise<string[]> {
  const replaced: string[] = [];
  for (const runId of await runsWithoutJob(db)) {
    const isReplaced = await db.transaction(async (tx) => {
      await lockRun(tx, runId);
      if ((await runsWithoutJob(tx, runId)).length === 0) return false;
      await queue.enqueue(tx, DRILL_JOB, { runId });
      return true;
    });
    if (!isReplaced) continue;
    log.warn({ runId }, 'a drill run waited without a job, and has a new one');
    replaced.push(runId);
  }
  return replaced;
}
