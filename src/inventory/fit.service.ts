import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { DEVICE_MODEL_TABLE, PART_TABLE } from './catalogue-row.store.ts';
import { deleteFit, fitCount, insertFit, lockFit, updateFit } from './fit.store.ts';
import { FITS_OF_ONE_MAX, type Fit, type FitChange, type NewFit } from './fit.ts';
import { type FitKey, fitById } from './fit-edge.queries.ts';

/**
 * Says that a part serves in place of a failed device, or of another part.
 * @throws AppError `not-found`; `conflict` `part-retired`, `fit-exists`, `too-many-fits`; `unprocessable` `unsuitable-fit`
 *   when what it would serve for is not there, retired, or the part itself.
 */
export async function addFit(tx: Tx, caller: Caller, partId: string, wanted: NewFit): Promise<Fit> {
  if (wanted.replacedPartId === partId) throw unsuitableFit('replacedPartId', 'a part does not stand in for itself');
  await lockEnds(tx, partId, wanted);
  const count = await fitCount(tx, wanted);
  if (count >= FITS_OF_ONE_MAX) {
    throw new AppError('conflict', 'too-many-fits', `${count} parts serve for it already: remove the worst ones first`);
  }
  const fitId = newId();
  await mapConstraints(EXISTS, () => insertFit(tx, { partId, fitId }, wanted));
  await record(tx, caller, 'part.add-fit', partId, { fitId, ...wanted });
  return fitById(tx, { partId, fitId });
}

/** Which fit is to change, and the version of it that the caller has read. */
export interface FitTarget extends FitKey {
  readonly expectedVersion: number;
}

/** Changes how well a part serves. @throws AppError `not-found` `no-such-fit`; `stale`. */
export async function changeFit(tx: Tx, caller: Caller, target: FitTarget, change: FitChange): Promise<Fit> {
  const before = await lockFit(tx, target);
  await updateFit(tx, target.fitId, {
    rank: change.rank ?? before.rank,
    quantity: change.quantity ?? before.quantity,
    conditions: change.conditions === undefined ? before.conditions : change.conditions,
  });
  await record(tx, caller, 'part.change-fit', target.partId, { fitId: target.fitId, ...change });
  return fitById(tx, target);
}

/** Says that a part does not serve any more. The audit trail keeps the edge. @throws AppError `not-found` `no-such-fit`; `stale`. */
export async function removeFit(tx: Tx, caller: Caller, target: FitTarget): Promise<void> {
  const before = await lockFit(tx, target);
  await deleteFit(tx, target.fitId);
  await record(tx, caller, 'part.remove-fit', target.partId, { fitId: target.fitId, ...before });
}

/** Holds both ends of an edge: the parts, in the order in which everybody locks them, then the device model. */
async function lockEnds(tx: Tx, partId: string, { deviceModelId, replacedPartId }: NewFit): Promise<void> {
  const parts = replacedPartId === undefined ? [partId] : [partId, replacedPartId].toSorted();
  for (const id of parts) {
    if (id === partId) await lockRetirable(tx, PART_TABLE, { id });
    else await suitable('replacedPartId', () => lockRetirable(tx, PART_TABLE, { id }));
  }
  if (deviceModelId !== undefined) {
    await suitable('deviceModelId', () => lockRetirable(tx, DEVICE_MODEL_TABLE, { id: deviceModelId }));
  }
}

/** The caller named it in the body: that it is not there, or retired, is a mistake in a field. */
async function suitable(field: 'deviceModelId' | 'replacedPartId', lock: () => Promise<unknown>): Promise<void> {
  try {
    await lock();
  } catch (thrown) {
    if (!(thrown instanceof AppError) || !['not-found', 'conflict'].includes(thrown.kind)) throw thrown;
    throw unsuitableFit(field, thrown.message);
  }
}

function unsuitableFit(field: 'deviceModelId' | 'replacedPartId', reason: string): AppError {
  return new AppError('unprocessable', 'unsuitable-fit', `The part cannot serve for it: ${reason}`, {
    fields: [{ field: `#/${field}`, message: `must be the id of another one in use: ${reason}` }],
  });
}

const fitExists = () =>
  new AppError('conflict', 'fit-exists', 'It is said already that this part serves for it: change that fit instead');

const EXISTS = { part_fit_model_unique: fitExists, part_fit_part_unique: fitExists };

async function record(tx: Tx, caller: Caller, action: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, { ...originOf(caller), action, subjectKind: 'part', subjectId, details: { ...details } });
}
