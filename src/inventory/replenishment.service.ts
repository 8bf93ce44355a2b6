import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { lockParts } from './movement.store.ts';
import type { MovementBatch } from './movement-act.service.ts';
import { receive } from './movement-receipt.service.ts';
import { partsToReceive } from './movement-receipt.store.ts';
import type { Receipt } from './movement-receipt.ts';
import { replenishmentById, suggestionFor } from './replenishment.queries.ts';
import {
  addReceived,
  insertReplenishment,
  type LockedReplenishment,
  lockReplenishment,
  partOfReplenishment,
  setCancelled,
  setOrdered,
} from './replenishment.store.ts';
import type { NewReplenishment, Order, Replenishment, ReplenishmentOrigin } from './replenishment.ts';

/** Which replenishment is to change, and the version of it that the caller has read. */
export interface ReplenishmentTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** A replenishment that an act raises. */
export interface RaisedReplenishment extends NewReplenishment {
  readonly origin: ReplenishmentOrigin;
}

/**
 * Asks for pieces of a part. A step of a larger act, which has locked the pool of the part and records the audit entry.
 * @returns the replenishment's id.
 * @throws AppError `unprocessable` `unsuitable-part`.
 */
export async function raiseReplenishment(tx: Tx, wanted: RaisedReplenishment): Promise<string> {
  const id = newId();
  await insertReplenishment(tx, { ...wanted, id });
  return id;
}

/**
 * Asks for pieces of a part. Its origin says whether the part had run short.
 * @throws AppError `unprocessable` `unsuitable-part`.
 */
export async function requestReplenishment(tx: Tx, caller: Caller, wanted: NewReplenishment): Promise<Replenishment> {
  await lockParts(tx, [wanted.partId]);
  await requirePartInUse(tx, wanted.partId);
  const origin = (await suggestionFor(tx, wanted.partId)) ? 'reorder-point' : 'manual';
  const id = await raiseReplenishment(tx, { ...wanted, origin });
  await audit(tx, caller, 'replenishment.request', id, { ...wanted, origin });
  return replenishmentById(tx, id);
}

/**
 * States that it is ordered; a later statement replaces the earlier one.
 * @throws AppError `not-found`, `stale`; `conflict` `replenishment-ended`.
 */
export async function orderReplenishment(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ReplenishmentTarget,
  order: Order,
): Promise<Replenishment> {
  requireOpen(await lockReplenishment(tx, id, expectedVersion));
  await setOrdered(tx, id, order);
  await audit(tx, caller, 'replenishment.order', id, order);
  return replenishmentById(tx, id);
}

/**
 * Ends it before everything has come; what has come stays.
 * @throws AppError `not-found`, `stale`; `conflict` `replenishment-ended`.
 */
export async function cancelReplenishment(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ReplenishmentTarget,
  reason: string,
): Promise<Replenishment> {
  requireOpen(await lockReplenishment(tx, id, expectedVersion));
  await setCancelled(tx, id, reason);
  await audit(tx, caller, 'replenishment.cancel', id, { reason });
  return replenishmentById(tx, id);
}

/** What has come against a replenishment, and where it stands now. */
export interface ReplenishmentReceipt {
  readonly replenishment: Replenishment;
  readonly batch: MovementBatch;
}

/**
 * Receives goods against an order, in part or in full; more than was ordered is received too.
 * @throws AppError `not-found`, `stale`; `conflict` `replenishment-ended`, `not-ordered`; `unprocessable` `other-part`;
 *   what {@link receive} throws.
 */
export async function receiveReplenishment(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ReplenishmentTarget,
  receipt: Receipt,
): Promise<ReplenishmentReceipt> {
  const partId = await partOfReplenishment(tx, id);
  if (partId) await lockParts(tx, [partId]);
  const order = await lockReplenishment(tx, id, expectedVersion);
  requireOpen(order);
  if (order.state !== 'ordered') {
    throw new AppError('conflict', 'not-ordered', 'Nothing can come of what is not ordered: state the order first');
  }
  requireItsPart(receipt, order.partId);
  const purpose = { action: 'replenishment.receive', details: { replenishmentId: id } };
  const batch = await receive(tx, caller, receipt, purpose);
  await addReceived(
    tx,
    id,
    receipt.lines.reduce((sum, line) => sum + (line.kind === 'bulk' ? line.quantity : 1), 0),
  );
  return { replenishment: await replenishmentById(tx, id), batch };
}

async function requirePartInUse(tx: Tx, partId: string): Promise<void> {
  const [part] = await partsToReceive(tx, [partId]);
  if (part && !part.retired) return;
  const message = part ? `${part.partNumber} is retired` : `there is no part ${partId}`;
  throw new AppError('unprocessable', 'unsuitable-part', `Only parts in use are replenished: ${message}`, {
    fields: [{ field: '#/partId', message: `must be a part in use: ${message}` }],
  });
}

function requireItsPart({ lines }: Receipt, partId: string): void {
  const index = lines.findIndex((line) => line.partId !== partId);
  if (index < 0) return;
  throw new AppError(
    'unprocessable',
    'other-part',
    'Only the part that was ordered can be received against this order',
    {
      fields: [{ field: `#/lines/${index}/partId`, message: `must be ${partId}` }],
    },
  );
}

function requireOpen({ state, receivedQuantity, quantity }: LockedReplenishment): void {
  if (state === 'requested' || state === 'ordered') return;
  const message = `It is ${state} (${receivedQuantity} of ${quantity} came) and changes no more: ask for a new one`;
  throw new AppError('conflict', 'replenishment-ended', message);
}

async function audit(tx: Tx, caller: Caller, action: string, id: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action,
    subjectKind: 'replenishment',
    subjectId: id,
    details: { ...details },
  });
}
