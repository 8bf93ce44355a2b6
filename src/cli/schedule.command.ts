import { databaseNow, listFires, listSchedules } from '../scheduling/schedule.queries.ts';
import { pauseSchedule, resumeSchedule } from '../scheduling/schedule.service.ts';
import { fireView, scheduleView } from '../scheduling/schedule.views.ts';
import { type CommandContext, EXIT, type RegisterCommand } from './command.ts';
import { table } from './output.ts';
import { runSchedule } from './schedule-run.ts';
import { SCHEDULES_MAX, scheduleNamed } from './schedules.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

const NAME_HELP = '2 wrong usage, or no schedule has that name';

export const registerSchedule: RegisterCommand = (program, run) => {
  const schedule = program.command('schedule').description('what Muster does by itself, and when');
  schedule
    .command('list')
    .description('schedules with their next slot and what became of the last one')
    .option('--json', 'answer as JSON')
    .addHelpText('after', '\nExit status: 0 listed; 1 failed; 2 wrong usage.\nExample: muster schedule list')
    .action(() => run(list));
  schedule
    .command('run')
    .description('do the work of a schedule now, whatever its timing, and wait for it')
    .argument('<name>', 'as muster schedule list shows it')
    .option('--no-wait', 'only put it into the queue')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nWithout a running service this process does the work itself. Ctrl-C ends the waiting, and the work with it only then. Exit status: 0 carried out (with --no-wait: queued); 1 failed or given up; ${NAME_HELP}.\nExample: muster schedule run muster-database.backup`,
    )
    .action((name: string, { wait }: { wait: boolean }) => run((context) => runSchedule(context, name, wait)));
  for (const [verb, description] of [
    ['pause', 'let no slot fire from now on; each is recorded as skipped'],
    ['resume', 'let slots fire again, from the next one on'],
  ] as const) {
    schedule
      .command(verb)
      .description(description)
      .argument('<name>', 'as muster schedule list shows it')
      .option('--json', 'answer as JSON')
      .addHelpText(
        'after',
        `\nExit status: 0 it is so now (also when it was before); 1 failed; ${NAME_HELP}.\nExample: muster schedule ${verb} muster-database.drill`,
      )
      .action((name: string) => run((context) => change(context, verb, name)));
  }
};

async function list(context: CommandContext): Promise<number> {
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
      answer.items.map(({ name, cron, zone, pausedAt, nextSlots, lastFire }) => [
        name,
        cron,
        zone,
        pausedAt === null ? minuteOf(nextSlots[0]?.local) : 'paused',
        lastFire === null ? 'never' : `${minuteOf(lastFire.slot)} ${lastFire.outcome ?? lastFire.state}`,
      ]),
      'no schedules: the first start makes them',
    ),
  );
  return EXIT.ok;
}

function minuteOf(at: string | undefined): string {
  return at === undefined ? 'never' : at.slice(0, 16).replace('T', ' ');
}

async function change(context: CommandContext, verb: 'pause' | 'resume', name: string): Promise<number> {
  const view = await withRuntime(context, { writes: true }, (runtime) =>
    withJobs(runtime, async ({ dependencies: { queue } }) => {
      const { id } = await scheduleNamed(runtime.db, name);
      const apply = verb === 'pause' ? pauseSchedule : resumeSchedule;
      const changed = await runtime.db.transaction((tx) => apply(tx, queue, { actor: cliActor() }, id));
      return scheduleView(changed, await databaseNow(runtime.db));
    }),
  );
  context.output.answer(view, ({ pausedAt, nextSlots }) => [
    pausedAt === null
      ? `${name} is on; next ${minuteOf(nextSlots[0]?.local)}.`
      : `${name} is paused since ${pausedAt}.`,
  ]);
  return EXIT.ok;
}
