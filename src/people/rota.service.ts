import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { IdentityTarget } from './identity.service.ts';
import { ROTA_TABLE } from './retirable-table.ts';
import { overrideById, rotaById } from './rota.queries.ts';
import { cancelOverrideRow, insertOverride, insertRota, updateRotaRow } from './rota.store.ts';
import type { NewOverride, NewRota, Rota, RotaChange, RotaOverride } from './rota.ts';

/**
 * Adds a rota.
 * @throws AppError `conflict` `on-call-rota-name-taken`; `unprocessable` `unsuitable-owner`, `unsuitable-rota`.
 */
export async function createRota(tx: Tx, caller: Caller, wanted: NewRota): Promise<Rota> {
  const id = newId();
  const owner = await holdOwner(tx, wanted.ownerId, '#/ownerId');
  await insertRota(tx, id, { ...wanted, owner });
  await recordRotaAct(tx, caller, 'create', id, wanted);
  return rotaById(tx, id);
}

/**
 * Changes a rota: what the change names replaces what was there, the layers as a whole.
 * @throws AppError `not-found`, `stale`; `conflict` `on-call-rota-retired`; as {@link createRota}.
 */
export async function updateRota(tx: Tx, caller: Caller, target: IdentityTarget, change: RotaChange): Promise<Rota> {
  await lockRetirable(tx, ROTA_TABLE, target);
  const { ownerId, ...columns } = change;
  const owner = ownerId === undefined ? undefined : await holdOwner(tx, ownerId, '#/ownerId');
  await updateRotaRow(tx, target.id, { ...columns, owner });
  await recordRotaAct(tx, caller, 'update', target.id, change);
  return rotaById(tx, target.id);
}

/** Takes a rota out of use for good. @throws AppError `not-found`, `stale`; `conflict` `on-call-rota-retired`. */
export async function retireRota(tx: Tx, caller: Caller, target: IdentityTarget, reason: string): Promise<Rota> {
  const name = await lockRetirable(tx, ROTA_TABLE, target);
  await retireRow(tx, ROTA_TABLE, target.id, reason);
  await recordRotaAct(tx, caller, 'retire', target.id, { name, reason });
  return rotaById(tx, target.id);
}

/**
 * Enters an override, which wins over those that were entered before.
 * @throws AppError `not-found`, `stale`; `conflict` `on-call-rota-retired`; `unprocessable` `unsuitable-rota`.
 */
export async function addOverride(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  wanted: NewOverride,
): Promise<RotaOverride> {
  const id = newId();
  await lockRetirable(tx, ROTA_TABLE, target);
  await updateRotaRow(tx, target.id);
  await insertOverride(tx, id, target.id, wanted);
  const details = { ...wanted, id, from: wanted.from.toString(), until: wanted.until.toString() };
  await recordRotaAct(tx, caller, 'override', target.id, details);
  return overrideById(tx, target.id, id);
}

/**
 * Cancels an override: the rota is as if it had not been entered.
 * @throws AppError `not-found`, also `no-such-on-call-override`; `stale`; `conflict` `on-call-rota-retired`,
 *   `on-call-override-cancelled`.
 */
export async function cancelOverride(
  tx: Tx,
  caller: Caller,
  target: IdentityTarget,
  overrideId: string,
): Promise<RotaOverride> {
  await lockRetirable(tx, ROTA_TABLE, target);
  await overrideById(tx, target.id, overrideId);
  if (!(await cancelOverrideRow(tx, overrideId))) {
    throw new AppError('conflict', 'on-call-override-cancelled', `Override ${overrideId} was cancelled before`);
  }
  await updateRotaRow(tx, target.id);
  await recordRotaAct(tx, caller, 'cancel-override', target.id, { id: overrideId });
  return overrideById(tx, target.id, overrideId);
}

async function recordRotaAct(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `on-call-rota.${act}`,
    subjectKind: 'on-call-rota',
    subjectId,
    details: { ...details },
  });
}
