import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { unitLies } from './movement.service.ts';
import type { Adjustment } from './movement.ts';
import { carryOut, type MovementBatch } from './movement-act.service.ts';
import type { MovementLine } from './movement-line.ts';
import { lockTargets, type Target } from './movement-target.store.ts';
import { holdLocations } from './stock-place.store.ts';
import { PiecesLeft } from './stock-refusal.ts';
import { noteSeen } from './unit.store.ts';
import { requireState } from './unit-refusal.ts';

/**
 * Puts the register right: pieces more or fewer, units lost or found. A damaged unit is found into quarantine. It tells
 * the truth also about pieces that are held.
 * @throws AppError `unprocessable` `no-such-unit`, `no-such-stock`, `unsuitable-location`; `conflict` `unit-cannot-go`,
 *   `not-enough-stock`; each names its line.
 */
export async function adjust(tx: Tx, caller: Caller, { lines, ...words }: Adjustment): Promise<MovementBatch> {
  const targets = await lockTargets(tx, lines);
  await holdLocations(
    tx,
    lines.flatMap((line, index) =>
      line.kind === 'unit' && line.locationId !== undefined
        ? [{ locationId: line.locationId, field: `#/lines/${index}/locationId` }]
        : [],
    ),
  );
  const left = new PiecesLeft();
  const movements = targets.map((target, index) => adjustmentOf(target, index, left));
  const batch = await carryOut(tx, caller, { action: 'stock.adjust', ...words }, movements);
  const found = targets.flatMap((target) =>
    target.kind === 'unit' && target.line.outcome === 'found' ? [target.unit.id] : [],
  );
  await noteSeen(tx, found);
  return batch;
}

function adjustmentOf(target: Target<Adjustment['lines'][number]>, index: number, left: PiecesLeft): MovementLine {
  if (target.kind === 'unit') {
    const { unit, line, field } = target;
    if (line.outcome === 'lost') {
      requireState(unit, ['in_stock', 'quarantined', 'deployed'], 'marked as lost', field);
      return { kind: 'adjust', partId: unit.partId, unitId: unit.id, toState: 'lost' };
    }
    requireState(unit, ['lost', 'deployed'], 'found', field);
    return unitLies('adjust', unit, unit.condition === 'damaged' ? 'quarantined' : 'in_stock', line.locationId ?? '');
  }
  const { stock, line } = target;
  const common = { kind: 'adjust', partId: stock.partId, quantity: Math.abs(line.change) } as const;
  if (line.change > 0) return { ...common, toStockId: stock.id };
  left.take(stock, -line.change, `#/lines/${index}/change`);
  return { ...common, fromStockId: stock.id };
}
