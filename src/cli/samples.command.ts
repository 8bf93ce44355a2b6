import type { RegisterCommand } from './command.ts';

export const registerSamples: RegisterCommand = (program, run) => {
  const samples = program.command('samples').description('the sample data that the shipped drills work on');
  samples
    .command('remove')
    .description('take the sample data away for good: services, backups, spare and seats')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nThey do not come back. Reports and evidence of drills stay, and so do the definitions in drills/. To have none made in a new\ninstallation, set MUSTER_SAMPLES=off. Exit status: 0 taken away, or there were none; 1 something of them is in use; 2 wrong usage.\nExample: muster samples remove',
    )
    .action(() => run(async (context) => (await import('./samples-remove.ts')).takeSamplesAway(context)));
};
