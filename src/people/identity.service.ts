import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Role } from '../auth/permissions.ts';
import type { PrincipalKind } from '../auth/principal.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { hasOtherAdministrator, type IdentityState, lockIdentity, updateIdentity } from './identity.store.ts';
import { requireMayChange, requireMayGive } from './role-grant.ts';

/** Which one is to change, and the version of it that the caller has read. */
export interface IdentityTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** What may change about the principal; what is left out stays. */
export interface IdentityChange {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
}

/**
 * Changes the principal behind a person, team or service account and counts its version up, also when only the parts
 * change that other tables hold. Nothing is recorded here: the caller knows the whole change.
 * @throws AppError `not-found`, `stale`, `forbidden` (`role-beyond-yours`, `principal-beyond-you`), `conflict`
 *   (`principal-name-taken`, `last-administrator`).
 */
export async function changeIdentity(
  tx: Tx,
  caller: Caller,
  kind: PrincipalKind,
  { id, expectedVersion }: IdentityTarget,
  change: IdentityChange,
): Promise<IdentityState> {
  const before = await lockIdentity(tx, kind, id, expectedVersion);
  requireMayChange(caller.principal, before);
  const after = { name: change.name ?? before.name, roles: change.roles ?? before.roles, disabled: before.disabled };
  requireMayGive(caller.principal, after.roles);
  await requireAdministratorLeft(tx, id, before, after);
  await updateIdentity(tx, id, after);
  return before;
}

/**
 * Takes away, or gives back, everything that a person, team or service account may do. Its tokens and sessions stop
 * working within about a second.
 * @throws AppError as {@link changeIdentity}; `conflict` when it is in that state already.
 */
export async function setDisabled(
  tx: Tx,
  caller: Caller,
  kind: PrincipalKind,
  { id, expectedVersion }: IdentityTarget,
  disabled: boolean,
): Promise<void> {
  const before = await lockIdentity(tx, kind, id, expectedVersion);
  requireMayChange(caller.principal, before);
  if (before.disabled === disabled) {
    const state = disabled ? 'disabled' : 'active';
    throw new AppError('conflict', `already-${state}`, `${before.name} is ${state} already`);
  }
  const after = { name: before.name, roles: before.roles, disabled };
  await requireAdministratorLeft(tx, id, before, after);
  await updateIdentity(tx, id, after);
  await recordAudit(tx, {
    ...originOf(caller),
    action: `${kind}.${disabled ? 'disable' : 'enable'}`,
    subjectKind: kind,
    subjectId: id,
    details: { name: before.name },
  });
}

type Standing = Pick<IdentityState, 'roles' | 'disabled'>;

/** Whoever takes the last administrator away locks everybody out, themselves included. */
async function requireAdministratorLeft(tx: Tx, id: string, before: Standing, after: Standing): Promise<void> {
  const administers = ({ roles, disabled }: Standing) => roles.includes('admin') && !disabled;
  if (!administers(before) || administers(after) || (await hasOtherAdministrator(tx, id))) return;
  throw new AppError(
    'conflict',
    'last-administrator',
    'This is the last active administrator: give somebody else the role admin first',
  );
}
