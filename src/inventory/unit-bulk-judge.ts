import { AppError } from '../kernel/errors.ts';
import { unitLies } from './movement.service.ts';
import type { MovementLine } from './movement-line.ts';
import type { LockedUnit } from './unit.store.ts';
import type { UnitBulkItem } from './unit-bulk.ts';
import { requireState } from './unit-refusal.ts';

/**
 * The movement that carries an item out; null for one that moves nothing.
 * @throws AppError as the act alone would, whose first field is one of the item: `unitId`.
 */
export function unitMovement(item: UnitBulkItem, unit: LockedUnit | undefined): MovementLine | null {
  if (!unit) throw refused('no-such-unit', 'There is no such unit', 'unitId');
  if (item.version !== undefined && item.version !== unit.version) {
    const message = `Unit ${unit.serial} is at version ${unit.version}, not ${item.version}: read it and decide again`;
    throw refused('stale-unit', message, 'version');
  }
  switch (item.action) {
    case 'move':
      return moved(item, unit);
    case 'quarantine':
      requireState(unit, ['in_stock'], 'quarantined', 'unitId');
      return { ...unitLies('quarantine', unit, 'quarantined', unit.locationId ?? ''), reason: item.reason };
    case 'release':
      requireState(unit, ['quarantined'], 'released', 'unitId');
      requireSound(unit, unit.condition, 'unitId');
      return { ...unitLies('release', unit, 'in_stock', unit.locationId ?? ''), reason: item.reason };
    case 'retire':
      requireState(unit, ['in_stock', 'quarantined', 'lost', 'deployed'], 'written off', 'unitId');
      return { kind: 'scrap', partId: unit.partId, unitId: unit.id, toState: 'retired', reason: item.reason };
    case 'set-condition':
      if (unit.state === 'retired') {
        throw refused('unit-retired', `Unit ${unit.serial} is written off and changes no more`, 'unitId');
      }
      if (unit.state === 'in_stock') requireSound(unit, item.condition, 'condition');
      return null;
  }
}

function moved(item: Extract<UnitBulkItem, { action: 'move' }>, unit: LockedUnit): MovementLine {
  requireState(unit, ['in_stock', 'quarantined'], 'moved', 'unitId');
  if (unit.locationId === item.toLocationId) {
    throw refused('same-place', `Unit ${unit.serial} lies there already`, 'toLocationId');
  }
  const state = unit.state === 'quarantined' ? 'quarantined' : 'in_stock';
  return { ...unitLies('transfer', unit, state, item.toLocationId), reason: item.reason };
}

function requireSound({ serial }: LockedUnit, condition: LockedUnit['condition'], field: string): void {
  if (condition !== 'damaged') return;
  throw refused('damaged-in-stock', `Unit ${serial} is damaged: it cannot lie in stock`, field);
}

const refused = (code: string, message: string, field: string) =>
  new AppError('conflict', code, message, { fields: [{ field, message }] });
