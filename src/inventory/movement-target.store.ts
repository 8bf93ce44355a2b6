import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { lockParts } from './movement.store.ts';
import { type LockedStock, lockStock, partsOfStock } from './stock.store.ts';
import { type LockedUnit, lockUnits, partsOfUnits } from './unit.store.ts';

/** A line of a request that moves a unit, or pieces of a stock row. */
export type TargetLine =
  | { readonly kind: 'unit'; readonly unitId: string }
  | { readonly kind: 'stock'; readonly stockId: string };

/** What a line moves, as it is now, and where the request named it. */
export type Target<Line extends TargetLine> =
  | {
      readonly kind: 'unit';
      readonly line: Extract<Line, { kind: 'unit' }>;
      readonly unit: LockedUnit;
      readonly field: string;
    }
  | {
      readonly kind: 'stock';
      readonly line: Extract<Line, { kind: 'stock' }>;
      readonly stock: LockedStock;
      readonly field: string;
    };

/**
 * Locks the pools of everything that the lines move, then the units and stock rows themselves, and answers each line
 * with what it moves, in order.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`, naming the line.
 */
export async function lockTargets<Line extends TargetLine>(tx: Tx, lines: readonly Line[]): Promise<Target<Line>[]> {
  const unitIds = lines.flatMap((line) => (line.kind === 'unit' ? [line.unitId] : []));
  const stockIds = lines.flatMap((line) => (line.kind === 'stock' ? [line.stockId] : []));
  await lockParts(tx, [...(await partsOfUnits(tx, unitIds)), ...(await partsOfStock(tx, stockIds))]);
  const units = new Map((await lockUnits(tx, unitIds)).map((unit) => [unit.id, unit]));
  const stock = new Map((await lockStock(tx, stockIds)).map((row) => [row.id, row]));
  return lines.map((line, index) => targetOf(line, index, units, stock));
}

function targetOf<Line extends TargetLine>(
  line: Line,
  index: number,
  units: ReadonlyMap<string, LockedUnit>,
  stock: ReadonlyMap<string, LockedStock>,
): Target<Line> {
  if (line.kind === 'unit') {
    const field = `#/lines/${index}/unitId`;
    const unit = units.get(line.unitId);
    if (!unit) throw missing('no-such-unit', `There is no unit ${line.unitId}`, field);
    return { kind: 'unit', line: line as Extract<Line, { kind: 'unit' }>, unit, field };
  }
  const field = `#/lines/${index}/stockId`;
  const row = stock.get(line.stockId);
  if (!row) throw missing('no-such-stock', `There is no stock ${line.stockId}`, field);
  return { kind: 'stock', line: line as Extract<Line, { kind: 'stock' }>, stock: row, field };
}

function missing(code: string, message: string, field: string): AppError {
  return new AppError('unprocessable', code, message, { fields: [{ field, message: 'names nothing that is there' }] });
}
