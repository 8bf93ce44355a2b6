import { type Command, Option } from 'commander';
import { RETURN_CONDITIONS } from '../allocations/return.ts';
import { wholeNumber } from './arguments.ts';
import { withCheckoutOptions } from './checkout-options.ts';
import { wantedReaders } from './checkout-wanted.ts';
import type { RegisterCommand } from './command.ts';
import type { SpareCheckoutOptions } from './spare-checkout.ts';
import type { DeployOptions } from './spare-deploy.ts';
import type { SpareListOptions } from './spare-list.ts';
import type { ReturnOptions } from './spare-return.ts';

type Run = Parameters<RegisterCommand>[1];

const NAMES = '2 wrong usage, or a name means nothing or several things';

export const registerSpare: RegisterCommand = (program, run) => {
  const spare = program.command('spare').description('spare parts: what there is, handing out, taking back, swapping');
  registerList(spare, run);
  registerCheckout(spare, run);
  registerReturn(spare, run);
  registerDeploy(spare, run);
  spare
    .command('scan')
    .description('what a code stands for (asset tag, serial, location, check-out), and what can be done next')
    .argument('<code>', 'what the scanner read, whatever the case')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 told; 1 failed, or nothing has that code; 2 wrong usage.\nExample: muster spare scan A-0042',
    )
    .action((code: string) => run(async (context) => (await import('./spare-scan.ts')).scanCode(context, code)));
};

function registerList(spare: Command, run: Run): void {
  spare
    .command('list')
    .description('parts with how many pieces are free, usable, held and out; with --part the pieces of one')
    .option('--part <name>', 'the units or stock rows of this part: number, or "manufacturer number"')
    .option('--search <text>', 'only parts with this text in number, manufacturer or name')
    .option('--limit <rows>', 'at most so many rows', wholeNumber(1, 200), 100)
    .option('--json', 'answer as JSON')
    .addHelpText('after', `\nExit status: 0 listed; 1 failed; ${NAMES}.\nExample: muster spare list --part PSU-750W`)
    .action((options: SpareListOptions) =>
      run(async (context) => (await import('./spare-list.ts')).listSpares(context, options)),
    );
}

function registerCheckout(spare: Command, run: Run): void {
  const { wanted, unit, part, device, quantity } = wantedReaders();
  const command = spare
    .command('checkout')
    .description('hand out pieces of parts, units, or what serves in place of failed devices: all of it or nothing')
    .addOption(new Option('--part <name>', 'a part: number, or "manufacturer number"; may be repeated').argParser(part))
    .addOption(new Option('--unit <code>', 'a unit: asset tag or serial; may be repeated').argParser(unit))
    .addOption(
      new Option(
        '--device <model>',
        'what serves in place of a failed device of this model; may be repeated',
      ).argParser(device),
    )
    .addOption(
      new Option('--quantity <n>', 'how many of the --part or --device before it; default: 1').argParser(quantity),
    )
    .option('--accept-conditions', 'with --device: also what fits under a condition only')
    .option('--location <code>', 'take from there, and from below it, first');
  withCheckoutOptions(command)
    .addHelpText(
      'after',
      `\nExit status: 0 handed out; 1 failed, or something is short: then nothing was taken, and it says what; ${NAMES}.\nExample: muster spare checkout --part PSU-750W --quantity 2 --holder "Night shift" --purpose loan --due 2026-12-01`,
    )
    .action((options: SpareCheckoutOptions) =>
      run(async (context) => (await import('./spare-checkout.ts')).checkOutSpares(context, wanted, options)),
    );
}

function registerReturn(spare: Command, run: Run): void {
  spare
    .command('return')
    .description('take back a unit, some pieces of a check-out, or all of it that is out')
    .argument('<code>', 'a check-out (CO-000042), or the asset tag or serial of a unit')
    .option('--part <name>', 'only what is out of this part')
    .option('--quantity <n>', 'how many; default: all that are out', wholeNumber(1, 1_000_000))
    .addOption(
      new Option('--condition <condition>', 'damaged is quarantined; lost and consumed do not come back')
        .choices(RETURN_CONDITIONS)
        .default('good'),
    )
    .option('--location <code>', 'where it is put; default: where it came from')
    .option('--note <text>', 'what was found')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nExit status: 0 recorded; 1 failed, or it is not out; ${NAMES}.\nExample: muster spare return CO-000042 --part CABLE-2M --quantity 3 --condition consumed`,
    )
    .action((code: string, options: ReturnOptions) =>
      run(async (context) => (await import('./spare-return.ts')).returnSpares(context, code, options)),
    );
}

function registerDeploy(spare: Command, run: Run): void {
  spare
    .command('deploy')
    .description('put what was handed out into service, and send what it replaces to repair, in one act')
    .argument('<code>', 'the asset tag or serial of the unit, or a check-out (CO-000042) with one line out')
    .option('--part <name>', 'of a check-out: what is out of this part')
    .option('--quantity <n>', 'pieces of bulk; default: all that are out', wholeNumber(1, 1_000_000))
    .option('--service <name>', 'where it works from now on; default: the service of the check-out')
    .option(
      '--failed <code>',
      'what it replaces: serial or asset tag; one that is not known yet comes into the register',
    )
    .option('--failed-part <name>', 'the part of what failed; default: the part of what replaces it')
    .option('--vendor <name>', 'who repairs what failed')
    .option('--vendor-case <text>', 'the number of the case (RMA)')
    .option('--fault <text>', 'what is wrong with it')
    .option('--no-replenish', 'ask for no new ones')
    .option('--note <text>', 'what was done')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nExit status: 0 done; 1 failed, or it is not out; ${NAMES}.\nExample: muster spare deploy A-0042 --service "Order database" --failed SN-0007 --vendor-case RMA-118`,
    )
    .action((code: string, options: DeployOptions) =>
      run(async (context) => (await import('./spare-deploy.ts')).deploySpare(context, code, options)),
    );
}
