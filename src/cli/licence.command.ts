import type { Command } from 'commander';
import { utcInstant, wholeNumber } from './arguments.ts';
import { withCheckoutOptions } from './checkout-options.ts';
import type { RegisterCommand } from './command.ts';
import type { LicenceCheckoutOptions } from './licence-checkout.ts';
import type { LicenceListOptions } from './licence-list.ts';
import type { LicencePositionOptions } from './licence-position.ts';

type Run = Parameters<RegisterCommand>[1];

const NAMES = '2 wrong usage, or a name means nothing or several things';

export const registerLicence: RegisterCommand = (program, run) => {
  const licence = program.command('licence').description('licensed products: seats, who takes them, what ends');
  licence
    .command('list')
    .description('entitlements in use with how their seats stand, or what ends soon')
    .option('--product <name>', 'only those to this product: name, or "vendor name version"')
    .option('--search <text>', 'only those with this text in name or contract')
    .option(
      '--ending-in-days <days>',
      'instead: terms and support that end within so many days',
      wholeNumber(0, 36_500),
    )
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 200), 100)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nLicence keys are never listed. Exit status: 0 listed; 1 failed; ${NAMES}.\nExample: muster licence list --ending-in-days 90`,
    )
    .action((options: LicenceListOptions) =>
      run(async (context) => (await import('./licence-list.ts')).listLicences(context, options)),
    );
  registerPosition(licence, run);
  registerCheckout(licence, run);
};

function registerPosition(licence: Command, run: Run): void {
  licence
    .command('position')
    .description('what is owned, in use, installed, reserved, over and under, product by product')
    .option('--product <name>', 'only this product: name, or "vendor name version"')
    .option('--at <instant>', 'as it was then, as far as the data goes: 2026-06-30T00:00:00Z', utcInstant)
    .option('--over', 'only products of which more is in use than owned')
    .option('--limit <rows>', 'at most so many products', wholeNumber(1, 10_000), 1000)
    .option('--json', 'answer as JSON')
    .addHelpText('after', `\nExit status: 0 shown; 1 failed; ${NAMES}.\nExample: muster licence position --over`)
    .action((options: LicencePositionOptions) =>
      run(async (context) => (await import('./licence-position.ts')).showLicencePositions(context, options)),
    );
}

function registerCheckout(licence: Command, run: Run): void {
  const command = licence
    .command('checkout')
    .description('hand out seats of a product (of the entitlement that ends first), or of one entitlement')
    .option('--product <name>', 'a product: name, or "vendor name version"')
    .option('--entitlement <name>', 'an entitlement: name or id')
    .option('--seats <n>', 'how many', wholeNumber(1, 1_000_000), 1)
    .option('--assignee <text>', 'who or what sits on them: a user, a device');
  withCheckoutOptions(command)
    .addHelpText(
      'after',
      `\nSeats come back with muster spare return CO-000042. Exit status: 0 handed out; 1 failed, or there are not as many seats: then none was taken; ${NAMES}.\nExample: muster licence checkout --product "Database Standard" --seats 2 --holder "Night shift" --due 2026-12-01`,
    )
    .action((options: LicenceCheckoutOptions) =>
      run(async (context) => (await import('./licence-checkout.ts')).checkOutSeats(context, options)),
    );
}
