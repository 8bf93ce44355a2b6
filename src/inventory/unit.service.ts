import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { lockParts } from './movement.store.ts';
import { unitById } from './unit.queries.ts';
import { lockUnits, partsOfUnits, updateUnitFacts } from './unit.store.ts';
import type { Unit, UnitChange } from './unit.ts';

/** Which unit is to change, and the version of it that the caller has read. */
export interface UnitTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Changes a unit's own facts; its state and place change by movements alone.
 * @throws AppError `not-found` `no-such-unit`; `stale` `stale-unit`; `conflict` `unit-retired`, `asset-tag-taken`,
 *   `damaged-in-stock`.
 */
export async function changeUnit(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: UnitTarget,
  change: UnitChange,
): Promise<Unit> {
  // What can be used of a part changes under the lock of its pool.
  await lockParts(tx, await partsOfUnits(tx, [id]));
  const [unit] = await lockUnits(tx, [id]);
  if (!unit) throw new AppError('not-found', 'no-such-unit', `There is no unit ${id}`);
  if (unit.version !== expectedVersion) {
    const message = `Unit ${unit.serial} is at version ${unit.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-unit', message);
  }
  if (unit.state === 'retired') {
    throw new AppError('conflict', 'unit-retired', `Unit ${unit.serial} is written off and changes no more`);
  }
  await updateUnitFacts(tx, id, change);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'unit.update',
    subjectKind: 'unit',
    subjectId: id,
    details: change,
  });
  return unitById(tx, id);
}
