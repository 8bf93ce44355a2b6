import { formatSeconds } from '../kernel/units.ts';
import type { JobStatus } from '../scheduling/job-status.queries.ts';
import { runScheduleNow } from '../scheduling/schedule.service.ts';
import { jobStatusView } from '../scheduling/schedule.views.ts';
import { awaitWork, runSeconds } from './await-work.ts';
import { type CommandContext, EXIT } from './command.ts';
import { scheduleNamed } from './schedules.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Does a schedule's work now; waits for it unless told not to. */
export async function runSchedule(context: CommandContext, name: string, wait: boolean): Promise<number> {
  const { output } = context;
  return withRuntime(context, { writes: true }, (runtime, signal) =>
    withJobs(runtime, async (access) => {
      const { db } = runtime;
      const { queue } = access.dependencies;
      const { id, job, workerTag } = await scheduleNamed(db, name);
      const { jobId } = await db.transaction((tx) => runScheduleNow(tx, queue, { actor: cliActor() }, id));
      if (!wait) {
        output.answer({ schedule: name, jobId }, () => [`${name} is in the queue as job ${jobId}.`]);
        return EXIT.ok;
      }
      const ordered = { id: jobId, name: job, tag: workerTag };
      const status = await awaitWork(context, runtime, access, ordered, signal);
      output.answer({ schedule: name, ...jobStatusView(status) }, () => [outcomeOf(name, status)]);
      return status.state === 'completed' ? EXIT.ok : EXIT.failed;
    }),
  );
}

function outcomeOf(name: string, status: JobStatus): string {
  const seconds = runSeconds(status);
  const took = seconds === null ? '' : ` after ${formatSeconds(seconds)}`;
  if (status.state === 'completed') return `${name}: carried out${took} (job ${status.id})`;
  if (status.failure) return `${name}: ${status.state}${took}: ${status.failure.message} (job ${status.id})`;
  return `${name}: ${status.state} (job ${status.id})`;
}
