import { databaseNow, listFires, listSchedules } from '../scheduling/schedule.queries.ts';
import { fireView, scheduleView } from '../scheduling/schedule.views.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { minuteOf, SCHEDULES_MAX } from './schedules.ts';
import { withRuntime } from './with-runtime.ts';

/** Lists the schedules with their next slot and what became of the last one. */
export async function listAllSchedules(context: CommandContext): Promise<number> {
  const items = await withRuntime(context, { writes: false }, async ({ db }) => {
    const now = await databaseNow(db);
    const schedules = await listSchedules(db, { limit: SCHEDULES_MAX });
    return Promise.all(
      schedules.map(async (schedule) => {
        const [last] = await listFires(db, schedule.id, { limit: 1 });
        return { ...scheduleView(schedule, now), lastFire: last ? fireView(last) : null };
      }),
    );
  });
  context.output.answer({ items }, (answer) =>
    table(
      ['name', 'cron', 'zone', 'next', 'last'],
      answer.items.map(({ name, cron, zone, pausedAt, surprise, nextSlots, lastFire }) => [
        name,
        cron,
        zone,
        pausedAt !== null ? 'paused' : surprise ? 'by surprise' : minuteOf(nextSlots[0]?.local),
        lastFire === null ? 'never' : `${minuteOf(lastFire.slot)} ${lastFire.outcome ?? lastFire.state}`,
      ]),
      'no schedules: the first start makes them',
    ),
  );
  return EXIT.ok;
}
