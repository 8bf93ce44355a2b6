import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { type ColumnChanges, statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';
import type { CalendarRules, ListedDay } from './calendar.ts';
import type { DayWindow } from './day-window.ts';

/** Which calendar is to change, and the version of it that the caller has read. */
export interface CalendarTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

export function noSuchCalendar(id: string): AppError {
  return new AppError('not-found', 'no-such-calendar', `There is no working calendar ${id}`);
}

/** What of a calendar may change. */
type CalendarColumns = CalendarRules & { readonly name: string };

/**
 * Locks a calendar in use, which nobody else can change until the transaction ends.
 * @returns what a change may have to fit.
 * @throws AppError `not-found`; `stale` when its version is not the expected one; `conflict` `calendar-retired`.
 */
export async function lockCalendar(
  tx: Tx,
  { id, expectedVersion }: CalendarTarget,
): Promise<Pick<CalendarColumns, 'name' | 'holidays' | 'completeYears'>> {
  const [found] = await tx.rows<CalendarColumns & { readonly version: number; readonly retired: boolean }>(
    `SELECT name, holidays, complete_years AS "completeYears", version, retired_at IS NOT NULL AS retired
     FROM sla_calendar WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchCalendar(id);
  if (found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-calendar',
      `${found.name} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (found.retired) throw new AppError('conflict', 'calendar-retired', `${found.name} is retired and changes no more`);
  return found;
}

/** @throws AppError `conflict` `calendar-name-taken`. */
export async function insertCalendar(tx: Tx, id: string, calendar: CalendarColumns): Promise<void> {
  const { name, zone, holidays, makeUpWeekday, completeYears } = calendar;
  await mapConstraints(nameTaken(name), () =>
    tx.execute(
      `INSERT INTO sla_calendar (id, name, zone, holidays, make_up_weekday, complete_years)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, name, zone, holidays, makeUpWeekday, completeYears],
    ),
  );
  await insertWeek(tx, id, calendar.weekly);
}

/**
 * Sets what a change states and counts the version up, also without columns. The caller holds it by {@link lockCalendar}.
 * @throws AppError `conflict` `calendar-name-taken`.
 */
export async function updateCalendarRow(
  tx: Tx,
  id: string,
  change: ColumnChanges<CalendarColumns> = {},
): Promise<void> {
  const { weekly, makeUpWeekday, completeYears, ...same } = change;
  const columns = statedColumns({ ...same, make_up_weekday: makeUpWeekday, complete_years: completeYears });
  const stated = Object.entries(columns ?? {});
  const assignments = stated.map(([column], index) => `${column} = $${index + 2}, `).join('');
  await mapConstraints(nameTaken(change.name ?? ''), () =>
    tx.execute(`UPDATE sla_calendar SET ${assignments}version = version + 1, updated_at = now() WHERE id = $1`, [
      id,
      ...stated.map(([, value]) => value),
    ]),
  );
  if (weekly === undefined) return;
  await tx.execute('DELETE FROM sla_calendar_window WHERE calendar_id = $1', [id]);
  await insertWeek(tx, id, weekly);
}

/** Marks a calendar as retired for good. The caller holds it by {@link lockCalendar}. */
export async function retireCalendarRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE sla_calendar SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now()
     WHERE id = $1`,
    [id, reason],
  );
}

/** Lists days, each in the place of what was listed for its date. The caller counts the version up. */
export async function putDays(tx: Tx, calendarId: string, days: readonly ListedDay[]): Promise<void> {
  await removeDays(
    tx,
    calendarId,
    days.map(({ date }) => date),
  );
  await tx.execute(
    'INSERT INTO sla_calendar_day (calendar_id, day, name) SELECT $1, * FROM unnest($2::date[], $3::text[])',
    [calendarId, days.map(({ date }) => date), days.map(({ name }) => name)],
  );
  const windows = days.flatMap((day) => day.windows.map((window) => ({ ...window, date: day.date })));
  await tx.execute(
    `INSERT INTO sla_calendar_day_window (calendar_id, day, from_minute, until_minute)
     SELECT $1, * FROM unnest($2::date[], $3::integer[], $4::integer[])`,
    [calendarId, windows.map(({ date }) => date), ...minutesOf(windows)],
  );
}

/** Takes dates off the list. The caller counts the version up. */
export async function removeDays(tx: Tx, calendarId: string, dates: readonly string[]): Promise<void> {
  await tx.execute('DELETE FROM sla_calendar_day WHERE calendar_id = $1 AND day = ANY ($2::date[])', [
    calendarId,
    dates,
  ]);
}

async function insertWeek(tx: Tx, calendarId: string, weekly: CalendarRules['weekly']): Promise<void> {
  const windows = weekly.flatMap((day, index) => day.map((window) => ({ ...window, weekday: index + 1 })));
  await tx.execute(
    `INSERT INTO sla_calendar_window (calendar_id, weekday, from_minute, until_minute)
     SELECT $1, * FROM unnest($2::integer[], $3::integer[], $4::integer[])`,
    [calendarId, windows.map(({ weekday }) => weekday), ...minutesOf(windows)],
  );
}

const minutesOf = (windows: readonly DayWindow[]) => [
  windows.map(({ fromMinute }) => fromMinute),
  windows.map(({ untilMinute }) => untilMinute),
];

const nameTaken = (name: string) => ({
  sla_calendar_name_unique: () =>
    new AppError('conflict', 'calendar-name-taken', `A calendar named ${name} exists already, perhaps retired`, {
      fields: [{ field: '#/name', message: 'is taken' }],
    }),
});
