import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Quarantine, Release, Scrap, Transfer } from './movement.ts';
import { carryOut, type MovementBatch } from './movement-act.service.ts';
import type { MovementLine } from './movement-line.ts';
import { lockTargets } from './movement-target.store.ts';
import { ensureStockRows, type LockedStock } from './stock.store.ts';
import type { StockCondition } from './stock.ts';
import { holdLocations } from './stock-place.store.ts';
import { PiecesLeft, requireNotHeld } from './stock-refusal.ts';
import type { LockedUnit } from './unit.store.ts';
import { requireState } from './unit-refusal.ts';

/**
 * Takes things to another location. A unit takes its holds along; held pieces of a bulk part stay where they are held.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`, `unsuitable-location`; `conflict` `unit-cannot-go`,
 *   `not-enough-stock`, `stock-is-held`, `same-place`; each names its line.
 */
export async function transfer(tx: Tx, caller: Caller, { lines, ...words }: Transfer): Promise<MovementBatch> {
  const targets = await lockTargets(tx, lines);
  await holdLocations(
    tx,
    lines.map(({ toLocationId }, index) => ({ locationId: toLocationId, field: `#/lines/${index}/toLocationId` })),
  );
  const left = new PiecesLeft();
  const movements: MovementLine[] = [];
  for (const [index, target] of targets.entries()) {
    const { toLocationId } = target.line;
    const field = `#/lines/${index}/toLocationId`;
    if (target.kind === 'unit') {
      const { unit } = target;
      requireState(unit, ['in_stock', 'quarantined'], 'moved', target.field);
      requireElsewhere(unit.locationId, toLocationId, field);
      movements.push(
        unitLies('transfer', unit, unit.state === 'quarantined' ? 'quarantined' : 'in_stock', toLocationId),
      );
    } else {
      const { stock, line } = target;
      requireElsewhere(stock.locationId, toLocationId, field);
      left.take(stock, line.quantity, `#/lines/${index}/quantity`);
      await requireNotHeld(tx, stock, left.of(stock), `#/lines/${index}/quantity`);
      const [toStockId] = await ensureStockRows(tx, [{ ...placeOf(stock), locationId: toLocationId }]);
      movements.push({
        kind: 'transfer',
        partId: stock.partId,
        quantity: line.quantity,
        fromStockId: stock.id,
        toStockId,
      });
    }
  }
  return carryOut(tx, caller, { action: 'stock.transfer', ...words }, movements);
}

/**
 * Keeps things from being handed out. Holds on them stay, and can no longer be collected.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`; `conflict` `unit-cannot-go`, `not-enough-stock`,
 *   `already-quarantined`; each names its line.
 */
export async function quarantine(tx: Tx, caller: Caller, { lines, ...words }: Quarantine): Promise<MovementBatch> {
  const movements = await between(tx, lines, { kind: 'quarantine', from: 'usable', to: 'quarantined' });
  return carryOut(tx, caller, { action: 'stock.quarantine', ...words }, movements);
}

/**
 * Gives quarantined things back to the stock.
 * @throws AppError as {@link quarantine}; `conflict` `not-quarantined`, `damaged-in-stock`.
 */
export async function release(tx: Tx, caller: Caller, { lines, ...words }: Release): Promise<MovementBatch> {
  const movements = await between(tx, lines, { kind: 'release', from: 'quarantined', to: 'usable' });
  return carryOut(tx, caller, { action: 'stock.release', ...words }, movements);
}

/**
 * Writes things off for good.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`; `conflict` `unit-cannot-go`, `not-enough-stock`; each
 *   names its line.
 */
export async function scrap(tx: Tx, caller: Caller, { lines, ...words }: Scrap): Promise<MovementBatch> {
  const left = new PiecesLeft();
  const movements = (await lockTargets(tx, lines)).map((target, index): MovementLine => {
    if (target.kind === 'unit') {
      const { unit } = target;
      requireState(unit, ['in_stock', 'quarantined', 'lost', 'deployed'], 'written off', target.field);
      return { kind: 'scrap', partId: unit.partId, unitId: unit.id, toState: 'retired' };
    }
    const { stock, line } = target;
    left.take(stock, line.quantity, `#/lines/${index}/quantity`);
    return { kind: 'scrap', partId: stock.partId, quantity: line.quantity, fromStockId: stock.id };
  });
  return carryOut(tx, caller, { action: 'stock.scrap', ...words }, movements);
}

/** A unit comes to lie at a location. */
export function unitLies(
  kind: MovementLine['kind'],
  unit: Pick<LockedUnit, 'id' | 'partId'>,
  toState: 'in_stock' | 'quarantined',
  toLocationId: string,
): MovementLine {
  return { kind, partId: unit.partId, unitId: unit.id, toState, toLocationId };
}

interface Crossing {
  readonly kind: 'quarantine' | 'release';
  readonly from: StockCondition;
  readonly to: StockCondition;
}

/** The movements between the usable and the quarantined things of one place. */
async function between(tx: Tx, lines: Quarantine['lines'], { kind, from, to }: Crossing): Promise<MovementLine[]> {
  const left = new PiecesLeft();
  const movements: MovementLine[] = [];
  const [before, after] =
    kind === 'quarantine' ? (['in_stock', 'quarantined'] as const) : (['quarantined', 'in_stock'] as const);
  for (const [index, target] of (await lockTargets(tx, lines)).entries()) {
    if (target.kind === 'unit') {
      const { unit } = target;
      requireState(unit, [before], kind === 'quarantine' ? 'quarantined' : 'released', target.field);
      movements.push(unitLies(kind, unit, after, unit.locationId ?? ''));
    } else {
      const { stock, line } = target;
      if (stock.condition !== from) throw wrongCondition(stock, target.field);
      left.take(stock, line.quantity, `#/lines/${index}/quantity`);
      const [toStockId] = await ensureStockRows(tx, [{ ...placeOf(stock), condition: to }]);
      movements.push({ kind, partId: stock.partId, quantity: line.quantity, fromStockId: stock.id, toStockId });
    }
  }
  return movements;
}

function placeOf({ partId, locationId, lot, expiresOn, condition }: LockedStock) {
  return { partId, locationId, lot, expiresOn, condition };
}

function requireElsewhere(from: string | null, to: string, field: string): void {
  if (from !== to) return;
  throw new AppError('conflict', 'same-place', 'It lies there already: a transfer goes to another location', {
    fields: [{ field, message: 'is where it lies already' }],
  });
}

function wrongCondition(stock: LockedStock, field: string): AppError {
  const quarantined = stock.condition === 'quarantined';
  return new AppError(
    'conflict',
    quarantined ? 'already-quarantined' : 'not-quarantined',
    quarantined
      ? 'These pieces are in quarantine already'
      : 'These pieces are not in quarantine: there is nothing to release',
    { fields: [{ field, message: `is ${stock.condition}` }] },
  );
}
