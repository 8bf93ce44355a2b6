import { repeated } from './arguments.ts';
import type { RegisterCommand } from './command.ts';
import type { ExportOptions } from './key-export.ts';

export const registerKey: RegisterCommand = (program, run) => {
  const key = program.command('key').description('the keys that open every secret and prove the audit trail');
  key
    .command('export')
    .description('write a sealed copy of the keys (an age file), to keep elsewhere')
    .requiredOption('--to <file>', 'a file that does not exist yet')
    .option('--recipient <age1...>', 'whose age identity opens it, may be repeated', repeated)
    .option('--passphrase-file <file>', 'a file (mode 0600) with the passphrase that opens it, 12 characters at least')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nA restore on another machine needs it. Exit status: 0 written; 1 failed, or the file exists; 2 wrong usage.\nExample: muster key export --to /media/usb/muster-keys.age --passphrase-file ~/muster-passphrase',
    )
    .action((options: ExportOptions) =>
      run(async (context) => (await import('./key-export.ts')).exportTo(context, options)),
    );
  key
    .command('show')
    .description(
      'fingerprints of the keys, and who can open the copy beside the backups; no secret, no database needed',
    )
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 shown; 1 a key is missing or damaged; 2 wrong usage.\nExample: muster key show',
    )
    .action(() => run(async (context) => (await import('./key-show.ts')).showKeys(context)));
};
