import { Option } from 'commander';
import { EXPIRING_KINDS } from '../readiness/expiring.queries.ts';
import { wholeNumber } from './arguments.ts';
import type { RegisterCommand } from './command.ts';
import type { ExpiringOptions } from './expiring.ts';

export const registerExpiring: RegisterCommand = (program, run) => {
  program
    .command('expiring')
    .description('what ends soon, or is over: entitlements, support, warranties, shelf lives, tests of units')
    .option('--within-days <n>', 'so many days from today', wholeNumber(0, 36_500), 90)
    .addOption(new Option('--what <kind>', 'only what ends in this way').choices(EXPIRING_KINDS))
    .option('--part <name>', 'only units and stock of this part')
    .option('--product <name>', 'only entitlements to this product')
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 10_000), 200)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 listed; 1 failed; 2 wrong usage, or a name means nothing.\nExample: muster expiring --within-days 30 --what test',
    )
    .action((options: ExpiringOptions) =>
      run(async (context) => (await import('./expiring.ts')).listExpiring(context, options)),
    );
};
