import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { calendarById } from './calendar.queries.ts';
import {
  type CalendarTarget,
  insertCalendar,
  lockCalendar,
  retireCalendarRow,
  updateCalendarRow,
} from './calendar.store.ts';
import type { Calendar } from './calendar.ts';
import { recordCalendarAct } from './calendar-audit.ts';
import type { CalendarChange, NewCalendar } from './calendar-request.ts';

/** Adds a working calendar. @throws AppError `conflict` `calendar-name-taken`. */
export async function createCalendar(tx: Tx, caller: Caller, wanted: NewCalendar): Promise<Calendar> {
  const id = newId();
  await insertCalendar(tx, id, wanted);
  await recordCalendarAct(tx, caller, 'create', id, wanted);
  return calendarById(tx, id);
}

/**
 * Changes a calendar: what the change names replaces what was there, the week as a whole.
 * @throws AppError `not-found`, `stale`; `conflict` `calendar-retired`, `calendar-name-taken`; `unprocessable`
 *   `contradictory-calendar` when years would be declared complete that the calendar does not wait for.
 */
export async function updateCalendar(
  tx: Tx,
  caller: Caller,
  target: CalendarTarget,
  change: CalendarChange,
): Promise<Calendar> {
  const before = await lockCalendar(tx, target);
  const completeYears = change.completeYears ?? before.completeYears;
  if ((change.holidays ?? before.holidays) === 'none' && completeYears.length > 0) {
    throw contradictory(before.name, completeYears);
  }
  await updateCalendarRow(tx, target.id, change);
  await recordCalendarAct(tx, caller, 'update', target.id, change);
  return calendarById(tx, target.id);
}

/**
 * Takes a calendar out of use for good. It stays readable, because what was measured by it names it.
 * @throws AppError `not-found`, `stale`; `conflict` `calendar-retired`.
 */
export async function retireCalendar(
  tx: Tx,
  caller: Caller,
  target: CalendarTarget,
  reason: string,
): Promise<Calendar> {
  const { name } = await lockCalendar(tx, target);
  await retireCalendarRow(tx, target.id, reason);
  await recordCalendarAct(tx, caller, 'retire', target.id, { name, reason });
  return calendarById(tx, target.id);
}

function contradictory(name: string, years: readonly number[]): AppError {
  return new AppError(
    'unprocessable',
    'contradictory-calendar',
    `${name} would have no holidays to wait for, but declares ${years.join(', ')} complete: empty completeYears, too`,
    { fields: [{ field: '#/completeYears', message: 'must be empty for a calendar with holidays none' }] },
  );
}
