import type { Role } from '../auth/permissions.ts';
import { principalNameTaken } from '../auth/principal.store.ts';
import type { PrincipalKind } from '../auth/principal.ts';
import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';

/** The part of a principal that its own row holds, as it is before a change. */
export interface IdentityState {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly disabled: boolean;
  readonly version: number;
}

/** What becomes of it: all three are written. */
export interface IdentityUpdate {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly disabled: boolean;
}

/** The words for a kind, in messages. */
const KIND_WORDS: Readonly<Record<PrincipalKind, string>> = {
  person: 'person',
  team: 'team',
  'service-account': 'service account',
};

/** The error for an id that is no such thing. */
export function noSuchIdentity(kind: PrincipalKind, id: string): AppError {
  return new AppError('not-found', `no-such-${kind}`, `There is no ${KIND_WORDS[kind]} ${id}`);
}

/**
 * Reads a principal and keeps everybody else from changing it until the transaction ends.
 * @throws AppError `not-found`; `stale` when its version is not the expected one.
 */
export async function lockIdentity(
  tx: Tx,
  kind: PrincipalKind,
  id: string,
  expectedVersion: number,
): Promise<IdentityState> {
  const [found] = await tx.rows<IdentityState>(
    `SELECT name, roles, disabled_at IS NOT NULL AS disabled, version
     FROM principal WHERE id = $1 AND kind = $2 FOR NO KEY UPDATE`,
    [id, kind],
  );
  if (!found) throw noSuchIdentity(kind, id);
  if (found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      `stale-${kind}`,
      `${found.name} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  return found;
}

/**
 * Writes the principal's row and counts its version up. The caller holds it by {@link lockIdentity}.
 * @throws AppError `conflict` `principal-name-taken`.
 */
export async function updateIdentity(tx: Tx, id: string, update: IdentityUpdate): Promise<void> {
  await mapConstraints({ principal_name_unique: () => principalNameTaken(update.name) }, () =>
    tx.execute(
      `UPDATE principal SET name = $2, roles = $3, version = version + 1,
         disabled_at = CASE WHEN $4 THEN coalesce(disabled_at, now()) END
       WHERE id = $1`,
      [id, update.name, update.roles, update.disabled],
    ),
  );
}

/** Makes all who decide about who administers Muster take turns until the transaction ends. */
export async function lockAdministrators(tx: Tx): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.administrators]);
}

/** True when somebody else may administer Muster. Takes turns with everybody who asks. */
export async function hasOtherAdministrator(tx: Tx, id: string): Promise<boolean> {
  await lockAdministrators(tx);
  const others = await tx.rows(
    `SELECT FROM principal WHERE 'admin' = ANY (roles) AND disabled_at IS NULL AND id <> $1 LIMIT 1`,
    [id],
  );
  return others.length > 0;
}
