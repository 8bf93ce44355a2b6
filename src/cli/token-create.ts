import type { z } from 'zod';
import { createToken } from '../auth/token.store.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { lineText } from '../kernel/text.ts';
import { addServiceAccount } from '../people/service-account.service.ts';
import { newServiceAccountSchema } from '../people/service-account.ts';
import { type CommandContext, EXIT } from './command.ts';
import { answersForMuster, principalNamed } from './principals.ts';
import { cliActor } from './sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface CreateOptions {
  readonly for: string;
  readonly name: string;
  readonly expiresInDays?: number;
  readonly newServiceAccount?: boolean;
  readonly purpose?: string;
  readonly role?: readonly string[];
  readonly owner?: string;
}

/** Makes a token, and its service account where that was asked for: both or neither. */
export async function create(context: CommandContext, options: CreateOptions): Promise<number> {
  requireFitting(options);
  const name = checked('--name', lineText(200), options.name);
  const made = await withRuntime(context, { writes: true }, async ({ db, clock }) => {
    const expiresAt = expiryOf(clock.now().epochMilliseconds, options.expiresInDays);
    const ownerId = options.newServiceAccount ? await ownerOf(db, options.owner) : undefined;
    return db.transaction(async (tx) => {
      const principal = ownerId ? await makeAccount(tx, options, ownerId) : await principalNamed(tx, options.for);
      const wanted = { principalId: principal.id, name, expiresAt };
      const { id, secret } = await createToken(tx, wanted, { actor: cliActor() });
      return { id, name, for: { id: principal.id, name: principal.name }, expiresAt, secret };
    });
  });
  context.output.answer(made, ({ secret }) => [secret]);
  const until = made.expiresAt ? `until ${made.expiresAt.toISOString()}` : 'until it is revoked';
  context.output.note(`Token ${made.id} of ${made.for.name}, good ${until}. Its secret is shown this once.`);
  return EXIT.ok;
}

/** What belongs to a new account means nothing without one. */
function requireFitting({ newServiceAccount, purpose, role, owner }: CreateOptions): void {
  if (newServiceAccount && (purpose === undefined || role === undefined)) {
    throw wrong('A new service account needs --purpose and at least one --role');
  }
  if (!newServiceAccount && (purpose ?? role ?? owner) !== undefined) {
    throw wrong('--purpose, --role and --owner belong to --new-service-account');
  }
}

async function ownerOf(db: Parameters<typeof principalNamed>[0], owner: string | undefined): Promise<string> {
  return (owner === undefined ? await answersForMuster(db) : await principalNamed(db, owner)).id;
}

function makeAccount(tx: Tx, options: CreateOptions, ownerId: string) {
  const wanted = checked('--for, --purpose or --role', newServiceAccountSchema, {
    name: options.for,
    purpose: options.purpose,
    roles: options.role,
    ownerId,
  });
  return addServiceAccount(tx, { actor: cliActor() }, wanted);
}

function checked<T>(option: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `${issue.path.join('.')} ` : '';
  throw wrong(`${option}: ${where}${issue?.message ?? 'is wrong'}`);
}

function expiryOf(nowMs: number, days: number | undefined): Date | null {
  return days === undefined ? null : new Date(nowMs + days * 86_400_000);
}

function wrong(message: string): AppError {
  return new AppError('usage', 'bad-options', message);
}
