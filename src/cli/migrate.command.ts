import type { RegisterCommand } from './command.ts';

export const registerMigrate: RegisterCommand = (program, run) => {
  program
    .command('migrate')
    .description('bring the database schema up to date and exit; a backup is taken before an existing one is changed')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nnpm start does the same. Exit status: 0 the schema is up to date; 1 failed; 2 wrong configuration.\nExample: DATABASE_URL=postgres://muster@db.example.com/muster muster migrate',
    )
    .action(() => run(async (context) => (await import('./migrate.ts')).migrate(context)));
};
