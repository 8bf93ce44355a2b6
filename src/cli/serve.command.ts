import type { RegisterCommand } from './command.ts';

export const registerServe: RegisterCommand = (program, run) => {
  program
    .command('serve')
    .description('run the service: API, schedules and jobs (what npm start does)')
    .addHelpText(
      'after',
      '\nRuns until SIGINT or SIGTERM, then drains and stops everything. Exit status: 0 stopped as asked; 1 could not start or lost its database; 2 wrong configuration.\nExample: MUSTER_DATA=/srv/muster MUSTER_BACKUP_DIR=/mnt/backups/muster muster serve',
    )
    .action(() => run(async (context) => (await import('./serve.ts')).serve(context)));
};
