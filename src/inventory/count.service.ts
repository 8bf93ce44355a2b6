import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { unitLies } from './movement.service.ts';
import type { Count } from './movement.ts';
import { carryOut, type MovementBatch } from './movement-act.service.ts';
import type { MovementLine } from './movement-line.ts';
import { lockTargets, type Target } from './movement-target.store.ts';
import { noteRowsSeen } from './stock.store.ts';
import { holdLocations } from './stock-place.store.ts';
import { noteSeen } from './unit.store.ts';
import { requireState } from './unit-refusal.ts';

type CountTarget = Target<Count['lines'][number]>;

/**
 * Takes down what was seen on a round: each unit is where it was seen (a lost one is found), each stock row holds what
 * was counted. Pieces as expected leave no movement.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`, `unsuitable-location`, `place-needed`; `conflict`
 *   `unit-cannot-go`, `stock-moved`; each names its line.
 */
export async function count(tx: Tx, caller: Caller, { lines, ...words }: Count): Promise<MovementBatch> {
  const targets = await lockTargets(tx, lines);
  await holdLocations(
    tx,
    lines.flatMap((line, index) =>
      line.kind === 'unit' && line.locationId !== undefined
        ? [{ locationId: line.locationId, field: `#/lines/${index}/locationId` }]
        : [],
    ),
  );
  requireEachRowOnce(targets);
  const movements = targets.flatMap((target, index) => countOf(target, index));
  const seen = targets.flatMap((target) => (target.kind === 'unit' ? [target.unit.id] : []));
  const details = { units: seen.length, stockRows: targets.length - seen.length };
  const batch = await carryOut(tx, caller, { action: 'stock.count', ...words, details }, movements);
  await noteSeen(tx, seen);
  await noteRowsSeen(
    tx,
    targets.flatMap((target) => (target.kind === 'stock' ? [target.stock.id] : [])),
  );
  return batch;
}

function countOf(target: CountTarget, index: number): MovementLine[] {
  if (target.kind === 'unit') {
    const { unit, line, field } = target;
    requireState(unit, ['in_stock', 'quarantined', 'lost'], 'counted', field);
    const place = line.locationId ?? unit.locationId;
    if (place === null) throw placeNeeded(unit.serial, `#/lines/${index}/locationId`);
    // A count finds into the stock, where no damaged unit may lie.
    if (unit.state === 'lost' && unit.condition === 'damaged') {
      return [{ ...unitLies('adjust', unit, 'quarantined', place), reason: 'Seen again on a count, damaged' }];
    }
    return [unitLies('count', unit, unit.state === 'quarantined' ? 'quarantined' : 'in_stock', place)];
  }
  const { stock, line } = target;
  if (line.expected !== undefined && line.expected !== stock.quantity)
    throw moved(stock.quantity, line.expected, index);
  const difference = line.counted - stock.quantity;
  if (difference === 0) return [];
  const common = { kind: 'count', partId: stock.partId, quantity: Math.abs(difference) } as const;
  return [difference > 0 ? { ...common, toStockId: stock.id } : { ...common, fromStockId: stock.id }];
}

/** Two counts of one row would each be held against what lay there before. */
function requireEachRowOnce(targets: readonly CountTarget[]): void {
  const seen = new Set<string>();
  for (const target of targets) {
    if (target.kind !== 'stock') continue;
    if (seen.has(target.stock.id)) {
      throw new AppError('unprocessable', 'counted-twice', 'A stock row is counted once in a round', {
        fields: [{ field: target.field, message: 'is counted by an earlier line' }],
      });
    }
    seen.add(target.stock.id);
  }
}

function placeNeeded(serial: string, field: string): AppError {
  return new AppError('unprocessable', 'place-needed', `Unit ${serial} was lost: say where it was seen`, {
    fields: [{ field, message: 'is needed for a unit that was lost' }],
  });
}

function moved(quantity: number, expected: number, index: number): AppError {
  const message = `The register had ${expected} pieces while they were counted, and has ${quantity} now: count again`;
  return new AppError('conflict', 'stock-moved', message, {
    fields: [{ field: `#/lines/${index}/expected`, message: `is ${quantity} now` }],
  });
}
