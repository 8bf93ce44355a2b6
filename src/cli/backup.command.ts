import type { CheckOptions } from './backup-check.ts';
import type { SetOption } from './backup-set.ts';
import type { RegisterCommand } from './command.ts';

const WAITING =
  'Without a running service this process does the work itself. Ctrl-C ends the waiting, and the work with it only then.';

export const registerBackup: RegisterCommand = (program, run) => {
  const backup = program.command('backup').description('recovery points: what there is, and what it is worth');
  backup
    .command('sets')
    .description('what is backed up, by Muster and by other tools, and whether it is fresh and sound')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 every set is fresh and no recovery point was found wanting; 1 otherwise; 2 wrong usage.\nExample: muster backup sets --json',
    )
    .action(() => run(async (context) => (await import('./backup-set-list.ts')).listSets(context)));
  backup
    .command('points')
    .alias('list')
    .description('recovery points of a backup set with the verdict of their last check')
    .option('--set <name>', 'the backup set', 'muster-database')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 the set has a sound point that is young enough; 1 it has none, or failed; 2 wrong usage, or no set has that name.\nExample: muster backup points --set app-nightly',
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
    .argument('[point]', 'its name, as muster backup points shows it; default: the youngest')
    .option('--set <name>', 'the backup set', 'muster-database')
    .option('--every', 'all points of the set that should be there')
    .option('--junit <file>', 'write the outcome for a build server, as JUnit XML')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\n${WAITING} Exit status: 0 all sound; 1 one is not, or could not be checked; 2 wrong usage, or nothing has that name.\nExample: muster backup check 20261122T161643Z-62be4f19\nExample: muster backup check --set app-nightly --every --junit checks.xml`,
    )
    .action((point: string | undefined, options: CheckOptions) =>
      run(async (context) => (await import('./backup-check.ts')).checkBackup(context, point, options)),
    );
  backup
    .command('retention')
    .description('what is kept of a backup set, what goes, and why, for every recovery point; nothing is removed')
    .argument('[set]', 'the backup set', 'muster-database')
    .option('--apply', 'remove now what goes; without it that waits for the next backup of the set that is sound')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nOf what another tool makes Muster removes nothing. ${WAITING} Exit status: 0 shown, or removed; 1 failed, or not everything was removed; 2 wrong usage, or no set has that name.\nExample: muster backup retention app-nightly`,
    )
    .action((set: string, { apply }: { apply?: boolean }) =>
      run(async (context) =>
        apply === true
          ? (await import('./backup-retain.ts')).applyRetentionNow(context, set)
          : (await import('./backup-retention.ts')).showRetention(context, set),
      ),
    );
  backup
    .command('ping-url')
    .description('make an address to which the scripts that make backups report; it is shown this one time')
    .requiredOption('--set <name>', 'the backup set, of backups that another tool makes')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 made; 1 failed, or Muster takes the set itself; 2 wrong usage, or no set has that name.\nExample: muster backup ping-url --set app-nightly',
    )
    .action((options: SetOption) =>
      run(async (context) => (await import('./backup-ping-url.ts')).createPingUrl(context, options)),
    );
};
