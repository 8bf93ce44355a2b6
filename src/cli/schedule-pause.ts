import { databaseNow } from '../scheduling/schedule.queries.ts';
import { pauseSchedule, resumeSchedule } from '../scheduling/schedule.service.ts';
import { scheduleView } from '../scheduling/schedule.views.ts';
import { type CommandContext, EXIT } from './command.ts';
import { minuteOf, scheduleNamed } from './schedules.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Pauses a schedule, or lets it go on. */
export async function changeSchedule(context: CommandContext, verb: 'pause' | 'resume', name: string): Promise<number> {
  const view = await withRuntime(context, { writes: true }, (runtime) =>
    withJobs(runtime, async ({ dependencies: { queue } }) => {
      const { id } = await scheduleNamed(runtime.db, name);
      const apply = verb === 'pause' ? pauseSchedule : resumeSchedule;
      const changed = await runtime.db.transaction((tx) => apply(tx, queue, { actor: cliActor() }, id));
      return scheduleView(changed, await databaseNow(runtime.db));
    }),
  );
  context.output.answer(view, ({ pausedAt, surprise, nextSlots }) => [
    pausedAt === null
      ? `${name} is on; next ${surprise ? 'by surprise' : minuteOf(nextSlots[0]?.local)}.`
      : `${name} is paused since ${pausedAt}.`,
  ]);
  return EXIT.ok;
}
