import { revokeToken } from '../auth/token.store.ts';
import { type CommandContext, EXIT } from './command.ts';
import { cliActor } from './sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

/** Makes a token worthless for good. */
export async function revoke(context: CommandContext, tokenId: string): Promise<number> {
  await withRuntime(context, { writes: true }, ({ db }) =>
    db.transaction((tx) => revokeToken(tx, tokenId, { actor: cliActor() })),
  );
  context.output.answer({ id: tokenId, state: 'revoked' }, () => [`Token ${tokenId} is revoked.`]);
  return EXIT.ok;
}
