import { recordAudits } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { insertMovements, lockParts, settleMovements } from './movement.store.ts';
import type { MovementLine } from './movement-line.ts';
import { holdLocations } from './stock-place.store.ts';
import { type LockedUnit, lockUnits, partsOfUnits, setConditions } from './unit.store.ts';
import type { UnitBulk, UnitBulkItem, UnitBulkOutcome, UnitBulkProblem } from './unit-bulk.ts';
import { unitMovement } from './unit-bulk-judge.ts';

/** What was done with many units. */
export interface UnitBulkResult {
  /** The movements and audit entries of the request share it. */
  readonly batchId: string;
  readonly outcomes: readonly UnitBulkOutcome[];
}

/**
 * Does something with many units, each judged by itself: moves them, sets their condition, quarantines, releases or writes
 * them off. One batch of movements; one audit entry for each unit.
 * @throws AppError `conflict` `bulk-refused`, naming every item that cannot be done, when all of it or nothing is wanted.
 */
export async function changeUnits(tx: Tx, caller: Caller, { isAtomic, items }: UnitBulk): Promise<UnitBulkResult> {
  const ids = items.map(({ unitId }) => unitId);
  await lockParts(tx, await partsOfUnits(tx, ids));
  const units = new Map((await lockUnits(tx, ids)).map((unit) => [unit.id, unit]));
  const places = await unsuitablePlaces(tx, items);
  const judged = items.map((item, index) => judge(item, units.get(item.unitId), places, index));
  const refused = judged.flatMap(({ problem }) => problem ?? []);
  if (isAtomic && refused.length > 0) throw allRefused(refused, items.length);
  const batchId = newId();
  await carryOut(
    tx,
    caller,
    batchId,
    judged.filter(({ problem }) => problem === null),
  );
  return { batchId, outcomes: judged.map(({ item: { unitId, action }, problem }) => ({ unitId, action, problem })) };
}

interface Judged {
  readonly item: UnitBulkItem;
  /** Null for an item that moves nothing. */
  readonly movement: MovementLine | null;
  readonly problem: UnitBulkProblem | null;
}

/** The places where nothing can be put, each with what is wrong. The others are held. In the order of their ids. */
async function unsuitablePlaces(tx: Tx, items: readonly UnitBulkItem[]): Promise<ReadonlyMap<string, AppError>> {
  const named = items.flatMap((item) => (item.action === 'move' ? [item.toLocationId] : []));
  const unsuitable = new Map<string, AppError>();
  for (const locationId of [...new Set(named)].toSorted()) {
    try {
      await holdLocations(tx, [{ locationId, field: 'toLocationId' }]);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      unsuitable.set(locationId, thrown);
    }
  }
  return unsuitable;
}

function judge(
  item: UnitBulkItem,
  unit: LockedUnit | undefined,
  places: ReadonlyMap<string, AppError>,
  index: number,
): Judged {
  try {
    const place = item.action === 'move' ? places.get(item.toLocationId) : undefined;
    if (place) throw place;
    return { item, movement: unitMovement(item, unit), problem: null };
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const { code, message, fields } = thrown;
    const field = `#/items/${index}/${fields[0]?.field ?? 'unitId'}`;
    return { item, movement: null, problem: { code, message, field } };
  }
}

function allRefused(problems: readonly UnitBulkProblem[], items: number): AppError {
  const message = `Nothing was done: ${problems.length} of ${items} items cannot be done`;
  return new AppError('conflict', 'bulk-refused', message, {
    fields: problems.map(({ field, code, message: why }) => ({ field, message: `${code}: ${why}` })),
  });
}

async function carryOut(tx: Tx, caller: Caller, batchId: string, judged: readonly Judged[]): Promise<void> {
  await setConditions(
    tx,
    judged.flatMap(({ item }) =>
      item.action === 'set-condition' ? [{ id: item.unitId, condition: item.condition }] : [],
    ),
  );
  const movements = judged.flatMap(({ movement }) => movement ?? []);
  await insertMovements(tx, movements, { actorId: caller.principal.id, batchId });
  if (movements.length > 0) await settleMovements(tx);
  await recordAudits(
    tx,
    judged.map(({ item: { unitId, action, version: _, ...details } }) => ({
      ...originOf(caller),
      action: AUDITED[action],
      subjectKind: 'unit',
      subjectId: unitId,
      details: { ...details, batchId },
    })),
  );
}

/** As the acts alone are called. */
const AUDITED: Readonly<Record<UnitBulkItem['action'], string>> = {
  move: 'stock.transfer',
  quarantine: 'stock.quarantine',
  release: 'stock.release',
  retire: 'stock.scrap',
  'set-condition': 'unit.update',
};
