import { type Command, Option } from 'commander';
import { STOCKTAKE_STATES } from '../inventory/stocktake/stocktake.ts';
import { id, wholeNumber } from './arguments.ts';
import type { RegisterCommand } from './command.ts';
import type { CloseOptions, CountOptions, OpenOptions } from './stocktake-change.ts';
import type { StocktakeListOptions } from './stocktake-list.ts';

type Run = Parameters<RegisterCommand>[1];

const STATUS = '2 wrong usage, or a name means nothing';

export const registerStocktake: RegisterCommand = (program, run) => {
  const stocktake = program.command('stocktake').description('stocktakes: open, count from a file, close, differences');
  registerReads(stocktake, run);
  registerOpen(stocktake, run);
  registerCount(stocktake, run);
};

function registerReads(stocktake: Command, run: Run): void {
  stocktake
    .command('list')
    .description('stocktakes, newest first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STOCKTAKE_STATES))
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 200), 50)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 listed; 1 failed; 2 wrong usage.\nExample: muster stocktake list --state review',
    )
    .action((options: StocktakeListOptions) =>
      run(async (context) => (await import('./stocktake-list.ts')).listStocktakesHere(context, options)),
    );
  stocktake
    .command('show')
    .description('one stocktake and its differences; of a blind one that is being counted only what to count again')
    .argument('<id>', 'its id', id)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 shown; 1 failed, or there is none; 2 wrong usage.\nExample: muster stocktake show ID',
    )
    .action((stocktakeId: string) =>
      run(async (context) => (await import('./stocktake-list.ts')).showStocktake(context, stocktakeId)),
    );
}

function registerOpen(stocktake: Command, run: Run): void {
  stocktake
    .command('open')
    .description('keep what is expected in a location and everything in it, and begin to count; nothing is blocked')
    .argument('<location>', 'its code')
    .requiredOption('--name <text>', 'what people call it')
    .option('--not-blind', 'show what is expected while it is counted')
    .option('--tolerance-pieces <n>', 'differences above it are counted again', wholeNumber(0, 1_000_000_000))
    .option('--tolerance-percent <n>', 'the same, of what was expected', wholeNumber(0, 100))
    .option('--by <name>', 'who opens it')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nWithout a tolerance every difference is counted again. Exit status: 0 open; 1 failed, or a part of it is being counted already; ${STATUS}.\nExample: muster stocktake open ROOM-2 --name "Autumn 2026"`,
    )
    .action((location: string, options: OpenOptions) =>
      run(async (context) => (await import('./stocktake-change.ts')).openHere(context, location, options)),
    );
}

function registerCount(stocktake: Command, run: Run): void {
  stocktake
    .command('count')
    .description('take down what one person counted: all lines of a CSV file or none')
    .argument('<id>', 'the stocktake', id)
    .argument(
      '<file>',
      'columns scan; and quantity, location, lot, condition, absent (yes), counted_at; - reads standard input',
    )
    .requiredOption('--by <name>', 'the person who counted')
    .option('--location <code>', 'where the lines lie that state no location')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nExit status: 0 taken down; 1 failed, or a line is wrong; ${STATUS}.\nExample: muster stocktake count ID shelf.csv --by "Li Wei"`,
    )
    .action((stocktakeId: string, file: string, options: CountOptions) =>
      run(async (context) => (await import('./stocktake-change.ts')).countHere(context, stocktakeId, file, options)),
    );
  stocktake
    .command('close')
    .description('end the count of this round: what was expected and not counted is absent')
    .argument('<id>', 'the stocktake', id)
    .requiredOption('--by <name>', 'the person who says that everything was counted')
    .option('--leave-unconfirmed', 'end a second count that is not complete: what it lacks stays as it is')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nIts differences are decided and posted over the API. Exit status: 0 closed; 1 failed, or a second count is missing; ${STATUS}.\nExample: muster stocktake close ID --by "Li Wei"`,
    )
    .action((stocktakeId: string, options: CloseOptions) =>
      run(async (context) => (await import('./stocktake-change.ts')).closeHere(context, stocktakeId, options)),
    );
}
