import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { type LineProblem, linesInvalid } from '../kernel/csv.ts';
import { AppError } from '../kernel/errors.ts';
import { countDays, daysOn } from './calendar.queries.ts';
import { type CalendarTarget, lockCalendar, putDays, removeDays, updateCalendarRow } from './calendar.store.ts';
import type { ListedDay } from './calendar.ts';
import { recordCalendarAct } from './calendar-audit.ts';
import { readListedDays } from './listed-day-csv.ts';

/**
 * Lists a day, in the place of what was listed for its date.
 * @throws AppError `not-found`, `stale`; `conflict` `calendar-retired`; `unprocessable` `too-many-calendar-days`.
 */
export async function putListedDay(tx: Tx, caller: Caller, target: CalendarTarget, day: ListedDay): Promise<void> {
  await lockCalendar(tx, target);
  const [before = null] = await daysOn(tx, target.id, [day.date]);
  await updateCalendarRow(tx, target.id);
  await listDays(tx, target.id, [day]);
  await recordCalendarAct(tx, caller, 'put-day', target.id, { before, after: day });
}

/**
 * Takes a day off the list: it is one like its weekday again, or as published.
 * @throws AppError `not-found` also `no-such-calendar-day`; `stale`; `conflict` `calendar-retired`.
 */
export async function removeListedDay(tx: Tx, caller: Caller, target: CalendarTarget, date: string): Promise<void> {
  const { name } = await lockCalendar(tx, target);
  const [before] = await daysOn(tx, target.id, [date]);
  if (!before) throw new AppError('not-found', 'no-such-calendar-day', `${name} lists no day ${date}`);
  await updateCalendarRow(tx, target.id);
  await removeDays(tx, target.id, [date]);
  await recordCalendarAct(tx, caller, 'remove-day', target.id, { before });
}

/** What an import does, or would do. */
export interface ImportedDays {
  readonly isApplied: boolean;
  /** Dates that were not listed before. */
  readonly added: readonly string[];
  /** Dates that were listed with another name or other windows. */
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly problems: readonly LineProblem[];
  /** The calendar's version afterwards. */
  readonly version: number;
}

/**
 * Imports days from CSV: each takes the place of what was listed for its date, other dates stay as they are. Nothing changes
 * unless `apply` is set, and with a problem in any line nothing is applied.
 * @throws AppError `not-found`, `stale`; `conflict` `calendar-retired`; `unprocessable` `calendar-lines-invalid`, which names
 *   the lines, when such a file is to be applied, or `too-many-calendar-days`.
 */
export async function importListedDays(
  tx: Tx,
  caller: Caller,
  target: CalendarTarget,
  wanted: { readonly csv: string; readonly apply: boolean },
): Promise<ImportedDays> {
  await lockCalendar(tx, target);
  const { days, problems } = readListedDays(wanted.csv);
  if (wanted.apply && problems.length > 0) throw linesInvalid('calendar-lines-invalid', problems);
  const { added, changed, unchanged } = await comparedToListed(tx, target.id, days);
  const isApplied = wanted.apply && added.length + changed.length > 0;
  if (isApplied) {
    await updateCalendarRow(tx, target.id);
    await listDays(tx, target.id, [...added, ...changed]);
    const details = { added: datesOf(added), changed: datesOf(changed) };
    await recordCalendarAct(tx, caller, 'import-days', target.id, details);
  }
  return {
    isApplied,
    added: datesOf(added),
    changed: datesOf(changed),
    unchanged: datesOf(unchanged),
    problems,
    version: target.expectedVersion + (isApplied ? 1 : 0),
  };
}

/** All of them are read whenever something is computed: decades of holidays fit in. */
const DAYS_MAX = 5000;

async function listDays(tx: Tx, calendarId: string, days: readonly ListedDay[]): Promise<void> {
  await putDays(tx, calendarId, days);
  if ((await countDays(tx, calendarId)) <= DAYS_MAX) return;
  throw new AppError(
    'unprocessable',
    'too-many-calendar-days',
    `A calendar lists at most ${DAYS_MAX} days: take old ones off, or use another calendar`,
  );
}

async function comparedToListed(tx: Tx, calendarId: string, days: readonly ListedDay[]) {
  const listed = new Map((await daysOn(tx, calendarId, datesOf(days))).map((day) => [day.date, day]));
  const isSame = (day: ListedDay) => isDeepStrictEqual(listed.get(day.date), day);
  return {
    added: days.filter(({ date }) => !listed.has(date)),
    changed: days.filter((day) => listed.has(day.date) && !isSame(day)),
    unchanged: days.filter(isSame),
  };
}

const datesOf = (days: readonly ListedDay[]) => days.map(({ date }) => date);
