import { backupSetByName } from '../backups/backup-set.queries.ts';
import { ensureMusterSet, MUSTER_SET } from '../backups/muster-set.ts';
import { repositoryById } from '../backups/repository.queries.ts';
import { type Dependencies, dependenciesOf } from '../composition/dependencies.ts';
import { openDrills } from '../composition/drill-definitions.ts';
import type { Runtime } from '../composition/runtime.ts';
import { reapInterrupted } from '../drills/reaper.ts';
import { jobs } from '../jobs.ts';
import { someoneWorks } from '../scheduling/live-workers.queries.ts';
import { createJobQueue, type JobQueue } from '../scheduling/queue.ts';

/** Jobs can be ordered, and are carried out. */
export interface JobAccess {
  readonly dependencies: Dependencies;
  /**
   * Has jobs of this name (and worker tag) carried out: by the processes that work them anyway, or, where there is none,
   * here until the access ends.
   * @returns where.
   */
  haveWorked(jobName: string, tag: string): Promise<'elsewhere' | 'here'>;
}

/** A job that is under way here when the access ends gets this long to end. */
const DRAIN_SECONDS = 20;

/** Opens the job queue for one command. */
export async function withJobs<T>(runtime: Runtime, work: (access: JobAccess) => Promise<T>): Promise<T> {
  const { serviceAccess: service, log } = runtime;
  const opened: JobQueue[] = [];
  const openQueue = async (jobsOf: () => ReturnType<typeof jobs>) => {
    const queue = await createJobQueue({ service, jobs: jobsOf, log, drainSeconds: DRAIN_SECONDS });
    opened.push(queue);
    return queue;
  };
  try {
    const catalogue = await openDrills();
    const queue = await openQueue(() => jobs(dependencies));
    const dependencies = dependenciesOf(runtime, queue, catalogue);
    return await work({
      dependencies,
      async haveWorked(jobName, tag) {
        if (await someoneWorks(runtime.db)) return 'elsewhere';
        // What a killed process left would keep its drill from running again.
        await reapInterrupted(dependencies.runner);
        await moveRepository(runtime);
        // This kind of job alone: a command that takes a backup must not begin the drill of last night.
        const worker = await openQueue(() => jobs(dependencies).filter(({ name }) => name === jobName));
        await worker.startWorkers({ tags: [tag], signal: new AbortController().signal });
        return 'here';
      },
    });
  } finally {
    for (const queue of opened.toReversed()) await queue.close();
  }
}

/**
 * Backups go where the configuration says, as after a start: a restored copy must not write into the repository of its
 * original. One that is known to lie there already is not marked anew: without its mark, its disk is not mounted.
 */
async function moveRepository({ db, directories }: Runtime): Promise<void> {
  const set = await backupSetByName(db, MUSTER_SET);
  const repository = set && (await repositoryById(db, set.repositoryId));
  if (repository?.root !== directories.backups) await ensureMusterSet(db, { root: directories.backups });
}
