import type { RegisterCommand } from './command.ts';

const NAME_HELP = '2 wrong usage, or no schedule has that name';

export const registerSchedule: RegisterCommand = (program, run) => {
  const schedule = program.command('schedule').description('what Muster does by itself, and when');
  schedule
    .command('list')
    .description('schedules with their next slot and what became of the last one')
    .option('--json', 'answer as JSON')
    .addHelpText('after', '\nExit status: 0 listed; 1 failed; 2 wrong usage.\nExample: muster schedule list')
    .action(() => run(async (context) => (await import('./schedule-list.ts')).listAllSchedules(context)));
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
    .action((name: string, { wait }: { wait: boolean }) =>
      run(async (context) => (await import('./schedule-run.ts')).runSchedule(context, name, wait)),
    );
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
      .action((name: string) =>
        run(async (context) => (await import('./schedule-pause.ts')).changeSchedule(context, verb, name)),
      );
  }
};
