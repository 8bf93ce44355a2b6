import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { unitLies } from './movement.service.ts';
import { insertMovements } from './movement.store.ts';
import type { MovementLine } from './movement-line.ts';
import { repairById } from './repair.queries.ts';
import { holdUnitInRepair, type RepairTarget } from './repair.service.ts';
import { closeRepairRow } from './repair.store.ts';
import type { Repair, RepairEnd } from './repair.ts';
import { holdLocations } from './stock-place.store.ts';
import { insertUnits, type LockedUnit, updateUnitFacts } from './unit.store.ts';

/**
 * Closes a repair: the unit comes back, another one comes in its place (and the failed one is written off), it cannot be
 * repaired (written off), or the vendor has lost it.
 * @throws AppError `not-found`, `stale`; `conflict` `repair-closed`, `serial-taken`; `unprocessable` `unsuitable-location`.
 */
export async function closeRepair(tx: Tx, caller: Caller, target: RepairTarget, end: RepairEnd): Promise<Repair> {
  const unit = await holdUnitInRepair(tx, target);
  if ('locationId' in end) await holdLocations(tx, [{ locationId: end.locationId, field: '#/locationId' }]);
  const lines = await endOf(tx, unit, end);
  await insertMovements(
    tx,
    lines.map((line) => ({ ...line, reason: end.note ?? WORDS[end.outcome] })),
    { actorId: caller.principal.id, batchId: newId() },
  );
  await closeRepairRow(tx, target.id, end.outcome);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'repair.close',
    subjectKind: 'repair',
    subjectId: target.id,
    details: { unitId: unit.id, ...end },
  });
  return repairById(tx, target.id);
}

/** What a movement says when nobody says more. */
const WORDS: Readonly<Record<RepairEnd['outcome'], string>> = {
  repaired: 'Repaired',
  replaced: 'Replaced by the vendor',
  'no-fault-found': 'No fault found',
  'not-repairable': 'Not repairable',
  lost: 'Lost by the vendor',
};

async function endOf(tx: Tx, unit: LockedUnit, end: RepairEnd): Promise<MovementLine[]> {
  if (end.outcome === 'not-repairable') return [gone('scrap', unit, 'retired')];
  if (end.outcome === 'lost') return [gone('adjust', unit, 'lost')];
  const state = end.isQuarantined ? 'quarantined' : 'in_stock';
  if (end.outcome === 'replaced') {
    const { partId } = unit;
    const { replacementSerial: serial, locationId } = end;
    const replacement = { id: newId(), partId, serial, state, locationId } as const;
    await insertUnits(tx, [replacement]);
    return [gone('scrap', unit, 'retired'), unitLies('receive', replacement, state, end.locationId)];
  }
  // Before it lies in stock again: a damaged unit cannot.
  const condition = end.outcome === 'repaired' ? end.condition : 'good';
  await updateUnitFacts(tx, unit.id, { condition });
  return [unitLies('repair_in', unit, state, end.locationId)];
}

function gone(kind: 'scrap' | 'adjust', unit: LockedUnit, toState: 'retired' | 'lost'): MovementLine {
  return { kind, partId: unit.partId, unitId: unit.id, toState };
}
