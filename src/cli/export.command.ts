import { KIND_NAMES } from '../imports/kinds/kinds.ts';
import type { RegisterCommand } from './command.ts';

export const registerExport: RegisterCommand = (program, run) => {
  program
    .command('export')
    .description('give out everything of a kind as CSV, which an import takes back')
    .argument('<kind>', `what to give out: ${KIND_NAMES.join(', ')}`)
    .option('--out <file>', 'write it there, in place of standard output; the file must not be there yet')
    .addHelpText(
      'after',
      '\nKeys and other secrets are never in it. Exit status: 0 written; 1 failed; 2 wrong usage.\nExample: muster export units --out units.csv',
    )
    .action((kind: string, { out }: { out?: string }) =>
      run(async (context) => (await import('./export-file.ts')).exportFile(context, kind, out)),
    );
};
