import { listTokens, type Token } from '../auth/token.store.ts';
import { type CommandContext, EXIT } from './command.ts';
import { table } from './output.ts';
import { principalNamed } from './principals.ts';
import { withRuntime } from './with-runtime.ts';

const PAGE = 200;

/** Lists the tokens, of everybody or of one; never their secrets. */
export async function listAllTokens(
  context: CommandContext,
  { for: name }: { readonly for?: string },
): Promise<number> {
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
