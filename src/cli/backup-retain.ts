import { RETAIN_JOB } from '../backups/backup-job-name.ts';
import { pointsByName } from '../backups/catalogue.queries.ts';
import { REPOSITORY_UNAVAILABLE } from '../backups/repository.identity.ts';
import { orderRetention } from '../backups/set-order.ts';
import { jobStatusView } from '../scheduling/schedule.views.ts';
import { awaitWork } from './await-work.ts';
import { planOf } from './backup-retention.ts';
import { setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Removes what the plan of a set drops now, and waits until it is gone. */
export async function applyRetentionNow(context: CommandContext, name: string): Promise<number> {
  return withRuntime(context, { writes: true }, (runtime, signal) =>
    withJobs(runtime, async (access) => {
      const { db } = runtime;
      const { queue } = access.dependencies;
      const set = await setNamed(db, name);
      const wanted = (await planOf(db, set)).filter(({ action }) => action === 'drop' || action === 'deleting');
      const { jobId: id, tag } = await db.transaction((tx) => orderRetention(tx, queue, { actor: cliActor() }, set));
      // Whoever removes by hand sees to the disk first.
      const job = { id, name: RETAIN_JOB, tag, hopeless: [REPOSITORY_UNAVAILABLE] };
      const status = await awaitWork(context, runtime, access, job, signal);
      const names = wanted.map(({ point }) => point.name);
      const after = await pointsByName(db, set.id, names);
      const removed = names.filter((point) => after.some((now) => now.name === point && now.state === 'deleted'));
      const remaining = names.filter((point) => !removed.includes(point));
      context.output.answer({ job: jobStatusView(status), removed, remaining }, () => [
        ...removed.map((point) => `${point} was removed`),
        ...remaining.map((point) => `${point} is still there`),
        ...(names.length === 0 ? [`${set.name} has nothing that goes`] : []),
        ...(status.failure ? [`The removal failed: ${status.failure.message}`] : []),
      ]);
      return status.state === 'completed' && remaining.length === 0 ? EXIT.ok : EXIT.failed;
    }),
  );
}
