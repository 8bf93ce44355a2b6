import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { hashPassword } from '../../src/auth/password-hash.ts';
import type { Role } from '../../src/auth/permissions.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import type { Principal } from '../../src/auth/principal.ts';
import type { Database } from '../../src/database/database.ts';
import { newSecret } from '../../src/kernel/ids.ts';

/** The password of every person that {@link makePerson} gives one. */
export const PASSWORD = 'drei Wörter zum Merken';
let hashed: Promise<string> | undefined;

/** A person of the register. */
export interface MadePerson {
  readonly principal: Principal;
  readonly name: string;
  readonly email: string;
}

/** Makes a person of some roles, with {@link PASSWORD} unless stated. */
export async function makePerson(
  db: Database,
  { roles = ['viewer'], hasPassword = true }: { readonly roles?: readonly Role[]; readonly hasPassword?: boolean } = {},
): Promise<MadePerson> {
  hashed ??= hashPassword(PASSWORD);
  const hash = await hashed;
  const name = `Person ${newSecret().slice(0, 12)}`;
  const email = `${newSecret().slice(0, 12)}@example.test`;
  return db.transaction(async (tx) => {
    const principal = await createPrincipal(tx, { kind: 'person', name, roles }, { actor: SYSTEM_ACTOR });
    await tx.execute('INSERT INTO person (id, email) VALUES ($1, $2)', [principal.id, email]);
    if (hasPassword) {
      await tx.execute('INSERT INTO account (principal_id, password_hash) VALUES ($1, $2)', [principal.id, hash]);
    }
    return { principal, name, email };
  });
}

/** Sets all waits back, as if so many seconds had gone by. */
export async function letTriesAge(db: Database, seconds: number): Promise<void> {
  await db.execute(
    `UPDATE sign_in_limit SET last_tried_at = last_tried_at - make_interval(secs => $1),
       locked_until = locked_until - make_interval(secs => $1)`,
    [seconds],
  );
}
