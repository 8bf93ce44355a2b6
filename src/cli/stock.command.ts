import type { RegisterCommand } from './command.ts';

export const registerStock: RegisterCommand = (program, run) => {
  const stock = program.command('stock').description('units and stock: does the ledger sum to what is there?');
  stock
    .command('verify')
    .description('recompute every unit and stock row from the ledger of movements; say each difference')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nIt only reads, beside a running service or without one. Exit status: 0 rows were checked and there is no difference; 1 there are differences, or nothing could be checked; 2 wrong usage.\nExample: muster stock verify --json | jq .findings',
    )
    .action(() => run(async (context) => (await import('./stock-verify.ts')).verifyStockLedger(context)));
};
