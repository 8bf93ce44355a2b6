import { SIGN_IN_LINK_SECONDS } from '../auth/session.store.ts';
import { serviceUrl } from '../composition/service-url.ts';
import { AppError } from '../kernel/errors.ts';
import { type CommandContext, EXIT } from './command.ts';
import { answersForMuster, principalNamed } from './principals.ts';
import { signInLink } from './sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface LinkOptions {
  readonly for?: string;
  readonly url?: string;
}

/** Prints a link that signs somebody in once. */
export async function createLink(context: CommandContext, options: LinkOptions): Promise<number> {
  const url = urlOf(context, options.url);
  const made = await withRuntime(context, { writes: true }, async ({ db }) => {
    const who = options.for === undefined ? await answersForMuster(db) : await principalNamed(db, options.for);
    const link = await signInLink(db, url, who.id);
    return { url: link, for: { id: who.id, name: who.name }, expiresInSeconds: SIGN_IN_LINK_SECONDS };
  });
  context.output.answer(made, (link) => [link.url]);
  context.output.note(`Signs in as ${made.for.name}, once, within ${SIGN_IN_LINK_SECONDS / 60} minutes.`);
  return EXIT.ok;
}

function urlOf({ config }: CommandContext, given: string | undefined): string {
  if (given !== undefined) {
    const url = URL.parse(given);
    if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href.replace(/\/$/, '');
    throw new AppError('usage', 'bad-url', `--url ${given} is no http or https address`);
  }
  if (config.port !== 0) return serviceUrl(config.host, config.port);
  throw new AppError(
    'usage',
    'no-url',
    'MUSTER_PORT is 0, so the port is not known: say with --url where the service is',
  );
}
