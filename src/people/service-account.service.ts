import { recordAudit } from '../audit/audit.store.ts';
import { type Origin, originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import { createPrincipal } from '../auth/principal.store.ts';
import type { Tx } from '../database/database.ts';
import { changeIdentity, type IdentityTarget } from './identity.service.ts';
import { serviceAccountById } from './people.queries.ts';
import { insertServiceAccount, updateServiceAccountRow } from './people.store.ts';
import { requireMayGive } from './role-grant.ts';
import type { NewServiceAccount, ServiceAccount, ServiceAccountChange } from './service-account.ts';

/**
 * Adds a service account.
 * @throws AppError `forbidden` `role-beyond-yours`; `conflict` `principal-name-taken`; `unprocessable` `unsuitable-owner`.
 */
export async function createServiceAccount(tx: Tx, caller: Caller, wanted: NewServiceAccount): Promise<ServiceAccount> {
  requireMayGive(caller.principal, wanted.roles);
  return addServiceAccount(tx, originOf(caller), wanted);
}

/**
 * Adds a service account without asking who may do so: for whoever administers the machine itself.
 * @throws AppError as {@link createServiceAccount}, `forbidden` aside.
 */
export async function addServiceAccount(tx: Tx, origin: Origin, wanted: NewServiceAccount): Promise<ServiceAccount> {
  const { name, roles, ownerId, purpose } = wanted;
  const owner = await holdOwner(tx, ownerId, '#/ownerId');
  const { id } = await createPrincipal(tx, { kind: 'service-account', name, roles }, origin);
  await insertServiceAccount(tx, { id, ownerId, ownerKind: owner.kind, purpose });
  await recordAudit(tx, {
    ...origin,
    action: 'service-account.create',
    subjectKind: 'service-account',
    subjectId: id,
    details: wanted,
  });
  return serviceAccountById(tx, id);
}

/**
 * Changes a service account.
 * @throws AppError as `changeIdentity`; `unprocessable` `unsuitable-owner`.
 */
export async function updateServiceAccount(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  change: ServiceAccountChange,
): Promise<ServiceAccount> {
  const { name, roles, ownerId, purpose } = change;
  const { id } = target;
  await changeIdentity(tx, caller, 'service-account', target, { name, roles });
  const owner = ownerId === undefined ? undefined : await holdOwner(tx, ownerId, '#/ownerId');
  await updateServiceAccountRow(tx, id, { purpose, ownerId: owner?.id, ownerKind: owner?.kind });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'service-account.update',
    subjectKind: 'service-account',
    subjectId: id,
    details: change,
  });
  return serviceAccountById(tx, id);
}
