import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { insertMovements, lockParts, settleMovements } from './movement.store.ts';
import type { MovementAct } from './movement-line.ts';
import { repairById } from './repair.queries.ts';
import { insertRepair, lockRepair, unitOfRepair, updateRepair } from './repair.store.ts';
import type { NewRepair, Repair, RepairChange, RepairDetails } from './repair.ts';
import { insertUnits, type LockedUnit, lockUnits, partsOfUnits } from './unit.store.ts';
import { requireState } from './unit-refusal.ts';
import type { UnitState } from './unit-state.ts';

const CAN_GO_TO_REPAIR: readonly UnitState[] = ['in_stock', 'quarantined', 'deployed'];

/** Which repair is to change, and the version of it that the caller has read. */
export interface RepairTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Sends a unit to repair and opens the case.
 * @throws AppError `unprocessable` `no-such-unit`; `conflict` `unit-cannot-go`, `repair-open`.
 */
export async function openRepair(tx: Tx, caller: Caller, { unitId, ...details }: NewRepair): Promise<Repair> {
  const parts = await partsOfUnits(tx, [unitId]);
  if (parts.length === 0) throw noSuchUnit(unitId);
  await lockParts(tx, parts);
  const act = { actorId: caller.principal.id, batchId: newId() };
  const { repairId } = await sendToRepair(tx, { unitId, field: '#/unitId', details }, act);
  await settleMovements(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'repair.open',
    subjectKind: 'repair',
    subjectId: repairId,
    details: { unitId, ...details },
  });
  return repairById(tx, repairId);
}

/**
 * Sends a unit that the register knows to repair: `in_stock`, `quarantined` or `deployed` to `in_repair`, with an open
 * repair. A step of a larger act, which has locked the pool of the unit's part and records the audit entry.
 * @throws AppError `unprocessable` `no-such-unit`; `conflict` `unit-cannot-go`, `repair-open`.
 */
export async function sendToRepair(
  tx: Tx,
  { unitId, field, details }: { readonly unitId: string; readonly field: string; readonly details: RepairDetails },
  act: MovementAct,
): Promise<{ readonly repairId: string; readonly unit: LockedUnit }> {
  const [unit] = await lockUnits(tx, [unitId]);
  if (!unit) throw noSuchUnit(unitId, field);
  requireState(unit, CAN_GO_TO_REPAIR, 'sent to repair', field);
  const repairId = await insertRepair(tx, unitId, details);
  await insertMovements(
    tx,
    [
      {
        kind: 'repair_out',
        partId: unit.partId,
        unitId,
        toState: 'in_repair',
        reason: details.fault?.slice(0, REASON_LENGTH_MAX),
        reference: details.vendorCase,
      },
    ],
    act,
  );
  return { repairId, unit };
}

/**
 * Takes a failed device that the register does not know into it, as a unit directly in repair, with an open repair. A
 * step of a larger act, which has locked the pool of the part and records the audit entry.
 * @throws AppError `conflict` `serial-taken` when the register knows it after all.
 */
export async function receiveIntoRepair(
  tx: Tx,
  { partId, serial, details }: { readonly partId: string; readonly serial: string; readonly details: RepairDetails },
  act: MovementAct,
): Promise<{ readonly repairId: string; readonly unitId: string }> {
  const unitId = newId();
  await insertUnits(tx, [{ id: unitId, partId, serial, state: 'in_repair', condition: 'damaged' }], act.occurredAt);
  await insertMovements(
    tx,
    [
      {
        kind: 'receive',
        partId,
        unitId,
        toState: 'in_repair',
        reason: details.fault?.slice(0, REASON_LENGTH_MAX),
        reference: details.vendorCase,
      },
    ],
    act,
  );
  return { repairId: await insertRepair(tx, unitId, details), unitId };
}

/**
 * Changes what is known of an open repair.
 * @throws AppError `not-found`, `stale`; `conflict` `repair-closed`.
 */
export async function changeRepair(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: RepairTarget,
  change: RepairChange,
): Promise<Repair> {
  await lockRepair(tx, id, expectedVersion);
  await updateRepair(tx, id, change);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'repair.update',
    subjectKind: 'repair',
    subjectId: id,
    details: change,
  });
  return repairById(tx, id);
}

/** The unit of a repair, held together with the pool of its part. @throws AppError as {@link lockRepair}. */
export async function holdUnitInRepair(tx: Tx, { id, expectedVersion }: RepairTarget): Promise<LockedUnit> {
  const found = await unitOfRepair(tx, id);
  if (found) await lockParts(tx, [found.partId]);
  await lockRepair(tx, id, expectedVersion);
  const [unit] = found ? await lockUnits(tx, [found.unitId]) : [];
  if (!unit) throw new AppError('not-found', 'no-such-repair', `There is no repair ${id}`);
  return unit;
}

/** As long as the reason of a movement can be. */
const REASON_LENGTH_MAX = 500;

function noSuchUnit(unitId: string, field = '#/unitId'): AppError {
  return new AppError('unprocessable', 'no-such-unit', `There is no unit ${unitId}`, {
    fields: [{ field, message: 'must be the id of a unit' }],
  });
}
