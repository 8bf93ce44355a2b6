import { repeated } from './arguments.ts';
import type { RegisterCommand } from './command.ts';

export const registerWorker: RegisterCommand = (program, run) => {
  program
    .command('worker')
    .description('only work jobs of some tags: several machines share one PostgreSQL, or a process joins npm start')
    .requiredOption(
      '--tag <tag>',
      'work jobs of this tag, may be repeated; "default" is what npm start works',
      repeated,
    )
    .option('--json', 'problems as JSON; there is no answer')
    .addHelpText(
      'after',
      '\nRuns until SIGINT or SIGTERM, then gives running jobs 20 s to end. Exit status: 0 stopped as asked; 1 could not start or lost its database; 2 wrong usage.\nExample: DATABASE_URL=postgres://muster@db.example.com/muster muster worker --tag vault-1',
    )
    .action((options: { tag: readonly string[] }) =>
      run(async (context) => (await import('./worker.ts')).work(context, options.tag)),
    );
};
