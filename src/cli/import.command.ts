import { Option } from 'commander';
import { KIND_NAMES } from '../imports/kinds/kinds.ts';
import type { RegisterCommand } from './command.ts';
import type { ImportOptions } from './import-file.ts';

export const registerImport: RegisterCommand = (program, run) => {
  program
    .command('import')
    .description('bring in rows from a CSV file: first what each line would do, then all of it or nothing')
    .argument('<kind>', `what the lines are of: ${KIND_NAMES.join(', ')}`)
    .argument('<file>', 'the CSV file; - reads standard input')
    .option('--dry-run', 'say what each line would do; change nothing')
    .option('--apply', 'do it, when nothing is wrong with any line')
    .option('--mapping <name>', 'a kept mapping of headers, such as snipe-it-assets')
    .option('--map <field=header...>', 'which header is which field, for this file')
    .addOption(new Option('--encoding <name>', 'recognised, unless stated').choices(['utf-8', 'gb18030']))
    .addOption(new Option('--delimiter <name>', 'recognised, unless stated').choices(['comma', 'semicolon', 'tab']))
    .addOption(new Option('--decimal-mark <name>', 'recognised, unless stated').choices(['point', 'comma']))
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nWhat is wrong is one line each on standard error: FILE:LINE:COLUMN reason. Exit status: 0 nothing is wrong (with --apply: it was done); 1 a line is wrong, and nothing was changed; 2 wrong usage.\nExample: muster import units units.csv --dry-run && muster import units units.csv --apply',
    )
    .action((kind: string, file: string, options: ImportOptions) =>
      run(async (context) => (await import('./import-file.ts')).importFile(context, kind, file, options)),
    );
};
