import type { SetOption } from './backup-set.ts';
import type { RegisterCommand } from './command.ts';

const WAITING =
  'Without a running service this process does the work itself. Ctrl-C ends the waiting, and the work with it only then.';

export const registerBackup: RegisterCommand = (program, run) => {
  const backup = program.command('backup').description('recovery points: what there is, and what it is worth');
  backup
    .command('list')
    .description('recovery points of a backup set with the verdict of their last check')
    .option('--set <name>', 'the backup set', 'muster-database')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 the set has a sound point that is young enough; 1 it has none, or failed; 2 wrong usage, or no set has that name.\nExample: muster backup list',
    )
    .action((options: SetOption) =>
      run(async (context) => (await import('./backup-list.ts')).listBackups(context, options)),
    );
  backup
    .command('take')
    .description('take a recovery point now, read it back in full, and wait for the verdict')
    .option('--set <name>', 'the backup set', 'muster-database')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\n${WAITING} Exit status: 0 taken and sound; 1 failed, or not sound; 2 wrong usage, or no set has that name.\nExample: muster backup take && systemctl stop muster`,
    )
    .action((options: SetOption) =>
      run(async (context) => (await import('./backup-take.ts')).takeBackupNow(context, options)),
    );
  backup
    .command('check')
    .description('read a recovery point back in full now, and wait for the verdict')
    .argument('[point]', 'its name, as muster backup list shows it; default: the youngest')
    .option('--set <name>', 'the backup set', 'muster-database')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\n${WAITING} Exit status: 0 sound; 1 not sound, or it could not be checked; 2 wrong usage, or nothing has that name.\nExample: muster backup check 20261122T161643Z-62be4f19`,
    )
    .action((point: string | undefined, options: SetOption) =>
      run(async (context) => (await import('./backup-check.ts')).checkBackup(context, point, options)),
    );
};
