import { createPingToken } from '../backups/external/ping-token.store.ts';
import { requireExternal } from '../backups/external/set.store.ts';
import { serviceUrl } from '../composition/service-url.ts';
import type { SetOption } from './backup-set.ts';
import { setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import { cliActor } from './sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

/** Makes a ping address for the scripts that make the backups of a set, and shows it this one time. */
export async function createPingUrl(context: CommandContext, { set: name }: SetOption): Promise<number> {
  const { host, port } = context.config;
  const answer = await withRuntime(context, { writes: true }, async ({ db }) => {
    const set = requireExternal(await setNamed(db, name));
    const { token, secret } = await db.transaction((tx) => createPingToken(tx, set.id, { actor: cliActor() }));
    return { set: set.name, token, url: `${serviceUrl(host, port)}/ping/${secret}` };
  });
  context.output.answer(answer, ({ url }) => [
    url,
    '',
    'It is shown this one time. In the script that makes the backup:',
    `  curl -fsS ${url}/start`,
    `  curl -fsS "${url}/success?name=PATH&size=BYTES&sha256=HEX"   # what is known of it; the name as in the repository`,
    `  curl -fsS --data-binary @LOG ${url}/fail`,
  ]);
  return EXIT.ok;
}
