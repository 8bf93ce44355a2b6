import { type Command, Option } from 'commander';
import { ROLES } from '../auth/permissions.ts';
import { id, repeated, wholeNumber } from './arguments.ts';
import type { RegisterCommand } from './command.ts';
import type { CreateOptions } from './token-create.ts';
import type { LinkOptions } from './token-sign-in-link.ts';

export const registerToken: RegisterCommand = (program, run) => {
  const token = program.command('token').description('API tokens and sign-in links: whoever may run this may do all');
  registerCreate(token, run);
  token
    .command('list')
    .description('tokens with their owners, expiry and last use; never their secrets')
    .option('--for <name>', 'only those of this person, team or service account')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 listed; 1 failed; 2 wrong usage, or nobody has that name.\nExample: muster token list --for administrators',
    )
    .action((options: { for?: string }) =>
      run(async (context) => (await import('./token-list.ts')).listAllTokens(context, options)),
    );
  token
    .command('revoke')
    .description('make a token worthless for good; running services notice within about a second')
    .argument('<id>', 'as muster token list shows it', id)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 it is revoked (also when it was before); 1 failed, or there is no such token; 2 wrong usage.\nExample: muster token revoke 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60',
    )
    .action((tokenId: string) => run(async (context) => (await import('./token-revoke.ts')).revoke(context, tokenId)));
  token
    .command('sign-in-link')
    .description('print a link that signs in once, within 15 minutes')
    .option('--for <name>', 'who is signed in; default: whoever answers for Muster (the administrators)')
    .option('--url <url>', 'where the service is reached; default: as MUSTER_HOST and MUSTER_PORT say')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 printed; 1 failed; 2 wrong usage, or nobody has that name.\nExample: muster token sign-in-link --url https://muster.example.com',
    )
    .action((options: LinkOptions) =>
      run(async (context) => (await import('./token-sign-in-link.ts')).createLink(context, options)),
    );
};

function registerCreate(token: Command, run: Parameters<RegisterCommand>[1]): void {
  token
    .command('create')
    .description('make a token; its secret is printed this once, alone on standard output')
    .requiredOption('--for <name>', 'the person, team or service account that it belongs to')
    .option('--name <text>', 'what the token is for', 'made by muster token create')
    .option('--expires-in-days <days>', 'default: good until it is revoked', wholeNumber(1, 36_500))
    .option('--new-service-account', 'make the service account of that name as well')
    .option('--purpose <text>', 'what the new service account is for')
    .addOption(
      new Option('--role <role>', `a role of the new service account, may be repeated: ${ROLES.join(', ')}`).argParser(
        repeated,
      ),
    )
    .option('--owner <name>', 'who answers for the new service account; default: whoever answers for Muster')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 made; 1 failed; 2 wrong usage, or nobody has that name.\nExample: TOKEN=$(muster token create --for barcode-scanner --new-service-account --purpose "hand scanner in store 2" --role asset-manager)',
    )
    .action((options: CreateOptions) =>
      run(async (context) => (await import('./token-create.ts')).create(context, options)),
    );
}
