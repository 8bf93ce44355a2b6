import { type Command, Option } from 'commander';
import { ROLES } from '../auth/permissions.ts';
import { listTokens, revokeToken, type Token } from '../auth/token.store.ts';
import { id, repeated, wholeNumber } from './arguments.ts';
import { type CommandContext, EXIT, type RegisterCommand } from './command.ts';
import { table } from './output.ts';
import { principalNamed } from './principals.ts';
import { cliActor } from './sign-in-link.ts';
import { type CreateOptions, create } from './token-create.ts';
import { createLink, type LinkOptions } from './token-sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

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
    .action((options: { for?: string }) => run((context) => list(context, options)));
  token
    .command('revoke')
    .description('make a token worthless for good; running services notice within about a second')
    .argument('<id>', 'as muster token list shows it', id)
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      '\nExit status: 0 it is revoked (also when it was before); 1 failed, or there is no such token; 2 wrong usage.\nExample: muster token revoke 01a2040b-b46e-71c8-ab73-e1ff8a5a2e60',
    )
    .action((tokenId: string) => run((context) => revoke(context, tokenId)));
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
    .action((options: LinkOptions) => run((context) => createLink(context, options)));
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
    .action((options: CreateOptions) => run((context) => create(context, options)));
}

const PAGE = 200;

async function list(context: CommandContext, { for: name }: { readonly for?: string }): Promise<number> {
  const { tokens, now } = await withRuntime(context, { writes: false }, async ({ db, clock }) => {
    const principalId = name === undefined ? undefined : (await principalNamed(db, name)).id;
    const found: Token[] = [];
    for (;;) {
      const page = await listTokens(db, { principalId, after: found.at(-1)?.id, limit: PAGE });
      found.push(...page);
      if (page.length < PAGE) return { tokens: found, now: clock.now().epochMilliseconds };
    }
  });
  context.output.answer({ items: tokens.map((token) => ({ ...token, state: stateOf(token, now) })) }, ({ items }) =>
    table(
      ['id', 'for', 'name', 'state', 'expires', 'last used'],
      items.map((token) => [
        token.id,
        token.principalName,
        token.name,
        token.state,
        dayOf(token.expiresAt) ?? 'never',
        dayOf(token.lastUsedAt) ?? 'never',
      ]),
      'no tokens',
    ),
  );
  return EXIT.ok;
}

function stateOf(token: Token, nowMs: number): 'good' | 'expired' | 'revoked' {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && token.expiresAt.getTime() <= nowMs ? 'expired' : 'good';
}

function dayOf(at: Date | null): string | undefined {
  return at?.toISOString().slice(0, 10);
}

async function revoke(context: CommandContext, tokenId: string): Promise<number> {
  await withRuntime(context, { writes: true }, ({ db }) =>
    db.transaction((tx) => revokeToken(tx, tokenId, { actor: cliActor() })),
  );
  context.output.answer({ id: tokenId, state: 'revoked' }, () => [`Token ${tokenId} is revoked.`]);
  return EXIT.ok;
}
