import type { RegisterCommand } from './command.ts';
import type { RestoreOptions } from './restore.ts';

export const registerRestore: RegisterCommand = (program, run) => {
  program
    .command('restore')
    .description("bring Muster's own database and keys back into an empty data directory (MUSTER_DATA)")
    .requiredOption(
      '--from <dir>',
      'a recovery point, or a backup set or repository, whose youngest sound point is taken',
    )
    .option(
      '--to <time>',
      'recover with the archived log beyond the backup: to this moment (2026-11-29T14:05:00Z), or latest',
    )
    .option('--identity <file>', 'the age identity that opens the key export (recovery-identity.txt)')
    .option('--passphrase-file <file>', 'or a file (mode 0600) with the passphrase that opens it')
    .option('--key-export <file>', 'default: the one beside the backups (keys/muster-keys.age in the repository)')
    .option('--json', 'answer as JSON')
    .addHelpText('after', HELP)
    .action((options: RestoreOptions) =>
      run(async (context) => (await import('./restore.ts')).restore(context, options)),
    );
};

const HELP = `
The point is read in full first, and what came back is compared with its record, table by table; nothing else counts as
restored. With --to the youngest sound point before that moment is taken, and the archived log beside it is replayed up to the
moment, or as far as it goes (latest); what the tables held then is on no record, so they are not compared. Backups and audit anchors may lie in the data directory already; anything else in it is refused. When it fails,
or at Ctrl-C, the data directory is left as empty as it was. Afterwards npm start goes on from there.

Exit status: 0 restored, and every table is equal, or the moment of --to is reached; 1 failed, nothing was left; 2 wrong usage.
Example: mv data data.broken && muster restore --from data.broken/backups --identity data.broken/keys/recovery-identity.txt`;
