import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { insertMovements } from '../inventory/movement.store.ts';
import type { MovementLine } from '../inventory/movement-line.ts';
import { holdLocations } from '../inventory/stock-place.store.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation, LineState } from './allocation.ts';
import { endLine, lockAllocation, settle, touchAllocation } from './lifecycle.store.ts';
import { type AllocationTarget, type LockedAllocation, type LockedLine, stateInWords } from './lifecycle.ts';
import { originOfIssue, seeUnit, stockRowBeside } from './return.store.ts';
import type { ReturnCondition, ReturnEntry, ReturnRequest } from './return.ts';

const END_OF: Readonly<Record<ReturnCondition, LineState & ('returned' | 'damaged' | 'lost' | 'consumed')>> = {
  good: 'returned',
  damaged: 'damaged',
  lost: 'lost',
  consumed: 'consumed',
};

/**
 * Takes back what a check-out handed out, line by line and in part, or notes that it does not come back. All entries are
 * recorded or none.
 * @throws AppError `not-found`; `conflict` `line-not-out`, `more-than-is-out`, which says how many are out;
 *   `unprocessable` `seats-come-back`, `unsuitable-location`, `no-such-unit-out`.
 */
export async function takeBack(
  tx: Tx,
  caller: Caller,
  target: AllocationTarget,
  { lines: entries }: ReturnRequest,
): Promise<Allocation> {
  const allocation = await lockAllocation(tx, target);
  const out = new Map(allocation.lines.map((line) => [line.id, line]));
  const movements: MovementLine[] = [];
  const recorded: object[] = [];
  const units: { readonly unitId: string; readonly isDamaged: boolean; readonly isHere: boolean }[] = [];
  for (const [index, entry] of entries.entries()) {
    const line = lineOut({ ...allocation, lines: [...out.values()] }, entry, `#/lines/${index}`);
    const quantity = quantityBack(allocation, line, entry, index);
    if (line.kind !== 'seat')
      movements.push(...(await movementsBack(tx, allocation, { line, entry, quantity, index })));
    await endLine(tx, line, { state: END_OF[entry.condition], quantity, note: entry.note ?? null });
    out.set(line.id, after(line, quantity, END_OF[entry.condition]));
    if (line.unitId !== null)
      units.push({ unitId: line.unitId, isDamaged: entry.condition === 'damaged', isHere: entry.condition !== 'lost' });
    recorded.push({ lineId: line.id, quantity, condition: entry.condition });
  }
  await insertMovements(tx, movements, { actorId: caller.principal.id, batchId: newId() });
  for (const unit of units) if (unit.isHere) await seeUnit(tx, unit.unitId, unit.isDamaged);
  await touchAllocation(tx, allocation.id);
  await settle(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'allocation.return',
    subjectKind: 'allocation',
    subjectId: allocation.id,
    details: { lines: recorded },
  });
  return allocationById(tx, allocation.id);
}

/**
 * The issued line that is named by its id, or by the asset tag or serial of its unit.
 * @throws AppError `not-found` `no-such-line`; `conflict` `line-not-out`.
 */
function lineOut(
  allocation: LockedAllocation,
  named: { readonly lineId?: string | undefined; readonly unit?: string | undefined },
  field: string,
): LockedLine {
  const line = lineNamed(allocation, named, field);
  if (line.state === 'issued') return line;
  const advice = line.state === 'held' ? ': collect it first' : ': none of it is out';
  throw new AppError(
    'conflict',
    'line-not-out',
    `${line.label} in ${allocation.code} is ${stateInWords(line)}${advice}`,
    {
      fields: [{ field, message: `is ${line.state}` }],
    },
  );
}

/** The line that is named; of several lines of one unit the one that lives. @throws AppError `not-found` `no-such-line`. */
export function lineNamed(
  allocation: LockedAllocation,
  named: { readonly lineId?: string | undefined; readonly unit?: string | undefined },
  field: string,
): LockedLine {
  const scanned = named.unit?.toLowerCase();
  const found = allocation.lines.filter((line) =>
    scanned === undefined
      ? line.id === named.lineId
      : line.assetTag?.toLowerCase() === scanned || line.serial?.toLowerCase() === scanned,
  );
  const live = found.filter(({ state }) => state === 'issued' || state === 'held');
  if (live.length > 1) {
    throw new AppError(
      'conflict',
      'several-units',
      `${named.unit} names several units in ${allocation.code}: ${live.map(({ label }) => label).join(', ')}. Name the line`,
      { fields: [{ field, message: 'names several units' }] },
    );
  }
  const line = live[0] ?? found[0];
  if (line) return line;
  throw new AppError(
    'not-found',
    'no-such-line',
    `${allocation.code} has no line ${named.lineId ?? `with the unit ${named.unit}`}`,
    {
      fields: [{ field, message: 'is not in it' }],
    },
  );
}

function quantityBack(allocation: LockedAllocation, line: LockedLine, entry: ReturnEntry, index: number): number {
  const quantity = entry.quantity ?? line.quantity;
  if (line.kind === 'seat' && entry.condition !== 'good') {
    throw new AppError(
      'unprocessable',
      'seats-come-back',
      `${line.label} in ${allocation.code}: seats only come back, they are not ${entry.condition}`,
      {
        fields: [{ field: `#/lines/${index}/condition`, message: 'must be good: seats only come back' }],
      },
    );
  }
  if (quantity <= line.quantity) return quantity;
  throw new AppError(
    'conflict',
    'more-than-is-out',
    `${quantity} of ${line.label} cannot come back to ${allocation.code}: ${line.quantity} ${line.quantity === 1 ? 'is' : 'are'} out`,
    { fields: [{ field: `#/lines/${index}/quantity`, message: `must be at most ${line.quantity}` }] },
  );
}

function after(line: LockedLine, quantity: number, ended: LineState): LockedLine {
  if (quantity < line.quantity) return { ...line, quantity: line.quantity - quantity };
  return { ...line, state: ended };
}

interface ComingBack {
  readonly line: LockedLine;
  readonly entry: ReturnEntry;
  readonly quantity: number;
  readonly index: number;
}

/** Pieces that are lost or used up left with their issue: there is nothing to move. A unit is written off. */
async function movementsBack(
  tx: Tx,
  allocation: LockedAllocation,
  { line, entry, quantity, index }: ComingBack,
): Promise<MovementLine[]> {
  const { condition } = entry;
  const common = { partId: line.partId ?? '', lineId: line.rootLineId, reference: allocation.code };
  if (condition === 'lost' || condition === 'consumed') {
    if (line.unitId === null) return [];
    const reason = entry.note ?? `${condition} while it was out by ${allocation.code}`;
    return condition === 'lost'
      ? [{ ...common, kind: 'adjust', unitId: line.unitId, toState: 'lost', reason }]
      : [{ ...common, kind: 'scrap', unitId: line.unitId, toState: 'retired', reason }];
  }
  const origin = await originOfIssue(tx, line);
  const toLocationId = entry.locationId ?? origin.locationId;
  await holdLocations(tx, [{ locationId: toLocationId, field: `#/lines/${index}/locationId` }]);
  const reason = entry.note;
  if (line.unitId !== null) {
    const toState = condition === 'good' ? 'in_stock' : 'quarantined';
    return [{ ...common, kind: 'return', unitId: line.unitId, toState, toLocationId, reason }];
  }
  const toStockId = await stockRowBeside(tx, line.stockId ?? '', {
    locationId: toLocationId,
    condition: condition === 'good' ? 'usable' : 'quarantined',
  });
  return [{ ...common, kind: 'return', toStockId, quantity, reason }];
}
