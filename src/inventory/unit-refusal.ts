import { AppError } from '../kernel/errors.ts';
import type { LockedUnit } from './unit.store.ts';
import type { UnitState } from './unit-state.ts';

/** What a unit of each state is doing, and what would have to be done first. */
const SITUATION: Readonly<Record<UnitState, string>> = {
  in_stock: 'lies in stock',
  quarantined: 'is in quarantine: release it first',
  issued: 'is handed out: return it by its check-out',
  deployed: 'works in a service: take it back by an adjustment, or send it to repair',
  in_repair: 'is in repair: close its repair',
  lost: 'is lost: a count or an adjustment finds it again',
  retired: 'is written off for good',
};

/**
 * Refuses what a unit's state does not allow.
 * @param field where the caller named the unit, for the message: `#/lines/0/unitId`.
 * @throws AppError `conflict` `unit-cannot-go`.
 */
export function requireState(unit: LockedUnit, allowed: readonly UnitState[], verb: string, field: string): void {
  if (allowed.includes(unit.state)) return;
  throw new AppError(
    'conflict',
    'unit-cannot-go',
    `Unit ${unit.serial} cannot be ${verb}: it ${SITUATION[unit.state]}`,
    { fields: [{ field, message: `is ${unit.state}, and must be ${allowed.join(' or ')}` }] },
  );
}
