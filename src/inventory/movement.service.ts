import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Quarantine, Release, Scrap, Transfer } from './movement.ts';
import { carryOut, type MovementBatch } from './movement-act.service.ts';
import type { MovementLine } from './movement-line.ts';
import { lockTargets, type Target, type TargetLine } from './movement-target.store.ts';
import { ensureStockRows, type LockedStock, type StockPlace } from './stock.store.ts';
import type { StockCondition } from './stock.ts';
import { holdLocations } from './stock-place.store.ts';
import { PiecesLeft } from './stock-refusal.ts';
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
  const rows = await rowsFor(tx, targets, ({ stock, line }) => ({ ...placeOf(stock), locationId: line.toLocationId }));
  const left = new PiecesLeft();
  const movements = targets.map((target, index): MovementLine => {
    const { toLocationId } = target.line;
    const field = `#/lines/${index}/toLocationId`;
    if (target.kind === 'unit') {
      const { unit } = target;
      requireState(unit, ['in_stock', 'quarantined'], 'moved', target.field);
      requireElsewhere(unit.locationId, toLocationId, field);
      return unitLies('transfer', unit, unit.state === 'quarantined' ? 'quarantined' : 'in_stock', toLocationId);
    }
    const { stock, line } = target;
    requireElsewhere(stock.locationId, toLocationId, field);
    left.take(stock, line.quantity, `#/lines/${index}/quantity`);
    return between('transfer', stock, line.quantity, rows.get(target));
  });
  await left.requireHeldStay(tx);
  return carryOut(tx, caller, { action: 'stock.transfer', ...words }, movements);
}

/**
 * Keeps things from being handed out. Holds on them stay, and can no longer be collected.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`; `conflict` `unit-cannot-go`, `not-enough-stock`,
 *   `already-quarantined`; each names its line.
 */
export async function quarantine(tx: Tx, caller: Caller, { lines, ...words }: Quarantine): Promise<MovementBatch> {
  const movements = await crossings(tx, lines, { kind: 'quarantine', from: 'usable', to: 'quarantined' });
  return carryOut(tx, caller, { action: 'stock.quarantine', ...words }, movements);
}

/**
 * Gives quarantined things back to the stock.
 * @throws AppError as {@link quarantine}; `conflict` `not-quarantined`, `damaged-in-stock`.
 */
export async function release(tx: Tx, caller: Caller, { lines, ...words }: Release): Promise<MovementBatch> {
  const movements = await crossings(tx, lines, { kind: 'release', from: 'quarantined', to: 'usable' });
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
async function crossings(tx: Tx, lines: Quarantine['lines'], { kind, from, to }: Crossing): Promise<MovementLine[]> {
  const targets = await lockTargets(tx, lines);
  const rows = await rowsFor(tx, targets, ({ stock }) => ({ ...placeOf(stock), condition: to }));
  const left = new PiecesLeft();
  const [before, after] =
    kind === 'quarantine' ? (['in_stock', 'quarantined'] as const) : (['quarantined', 'in_stock'] as const);
  return targets.map((target, index) => {
    if (target.kind === 'unit') {
      const { unit } = target;
      requireState(unit, [before], kind === 'quarantine' ? 'quarantined' : 'released', target.field);
      return unitLies(kind, unit, after, unit.locationId ?? '');
    }
    const { stock, line } = target;
    if (stock.condition !== from) throw wrongCondition(stock, target.field);
    left.take(stock, line.quantity, `#/lines/${index}/quantity`);
    return between(kind, stock, line.quantity, rows.get(target));
  });
}

/** The row to which the pieces of each target go, made where there is none. */
async function rowsFor<Line extends TargetLine>(
  tx: Tx,
  targets: readonly Target<Line>[],
  placeFor: (target: StockTarget<Line>) => StockPlace,
): Promise<ReadonlyMap<Target<Line>, string>> {
  const ofStock = targets.filter((target): target is StockTarget<Line> => target.kind === 'stock');
  const ids = await ensureStockRows(tx, ofStock.map(placeFor));
  return new Map(ofStock.map((target, index): [Target<Line>, string] => [target, ids[index] ?? '']));
}

type StockTarget<Line extends TargetLine> = Extract<Target<Line>, { kind: 'stock' }>;

/** Pieces go from their row to another one. */
function between(
  kind: 'transfer' | 'quarantine' | 'release',
  stock: LockedStock,
  quantity: number,
  toStockId: string | undefined,
): MovementLine {
  return { kind, partId: stock.partId, quantity, fromStockId: stock.id, toStockId };
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
