import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { type OpenTimes, openTimesOf } from './business-time.ts';
import { noSuchCalendar } from './calendar.store.ts';
import { type Calendar, type CalendarRules, type ListedDay, workingCalendarOf } from './calendar.ts';
import type { DayWindow } from './day-window.ts';

/**
 * One calendar, retired ones included.
 * @throws AppError `not-found` `no-such-calendar`.
 */
export async function calendarById(db: Queryable, id: string): Promise<Calendar> {
  const [row] = await db.rows<CalendarRow>(`${SELECT_CALENDAR} WHERE c.id = $1`, [id]);
  if (!row) throw noSuchCalendar(id);
  return calendarOf(row);
}

/** A calendar with the key that the list is ordered by. */
interface ListedCalendar {
  readonly calendar: Calendar;
  readonly nameKey: string;
}

/** Calendars in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listCalendars(
  db: Queryable,
  state: 'active' | 'retired' | 'all',
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedCalendar[]> {
  const rows = await db.rows<CalendarRow>(
    `${SELECT_CALENDAR}
     WHERE ($1 = 'all' OR (c.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::text IS NULL OR lower(c.name) > $2)
     ORDER BY lower(c.name) LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ calendar: calendarOf(row), nameKey: row.nameKey }));
}

/** Listed days of a calendar in the order of their dates; `after` continues behind a date. */
export function listDays(
  db: Queryable,
  calendarId: string,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedDay[]> {
  return db.rows<ListedDay>(
    `${SELECT_DAY} WHERE d.calendar_id = $1 AND ($2::date IS NULL OR d.day > $2) ORDER BY d.day LIMIT $3`,
    [calendarId, page.after ?? null, page.limit],
  );
}

/** The listed days among some dates. */
export function daysOn(db: Queryable, calendarId: string, dates: readonly string[]): Promise<ListedDay[]> {
  return db.rows<ListedDay>(`${SELECT_DAY} WHERE d.calendar_id = $1 AND d.day = ANY ($2::date[])`, [calendarId, dates]);
}

export async function countDays(db: Queryable, calendarId: string): Promise<number> {
  const [counted] = await db.rows<{ readonly count: number }>(
    'SELECT count(*)::integer AS count FROM sla_calendar_day WHERE calendar_id = $1',
    [calendarId],
  );
  return counted?.count ?? 0;
}

/**
 * A calendar made ready for arithmetic, with all its listed days.
 * @throws AppError `not-found` `no-such-calendar`.
 */
export async function openTimesById(db: Queryable, id: string): Promise<OpenTimes> {
  const rules: CalendarRules = await calendarById(db, id);
  const listed = await db.rows<ListedDay>(`${SELECT_DAY} WHERE d.calendar_id = $1`, [id]);
  return openTimesOf(workingCalendarOf(rules, listed));
}

interface CalendarRow extends Omit<Calendar, 'weekly' | 'retired' | 'createdAt' | 'updatedAt'> {
  readonly nameKey: string;
  readonly windows: readonly (DayWindow & { readonly weekday: number })[];
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const windowsJson = (alias: string, more = '') => `
  coalesce((SELECT jsonb_agg(jsonb_build_object(${more}'fromMinute', ${alias}.from_minute, 'untilMinute', ${alias}.until_minute)
    ORDER BY ${alias}.from_minute)`;

const SELECT_CALENDAR = `
  SELECT c.id, c.name, lower(c.name) AS "nameKey", c.zone, c.holidays, c.make_up_weekday AS "makeUpWeekday",
    c.complete_years AS "completeYears", ${windowsJson('w', "'weekday', w.weekday, ")}
      FROM sla_calendar_window w WHERE w.calendar_id = c.id), '[]') AS windows,
    c.retired_at AS "retiredAt", c.retired_reason AS "retiredReason", c.version,
    c.created_at AS "createdAt", c.updated_at AS "updatedAt"
  FROM sla_calendar c`;

const SELECT_DAY = `
  SELECT d.day::text AS date, d.name, ${windowsJson('w')}
      FROM sla_calendar_day_window w WHERE (w.calendar_id, w.day) = (d.calendar_id, d.day)), '[]') AS windows
  FROM sla_calendar_day d`;

function calendarOf({
  nameKey: _,
  windows,
  retiredAt,
  retiredReason,
  createdAt,
  updatedAt,
  ...row
}: CalendarRow): Calendar {
  return {
    ...row,
    weekly: [1, 2, 3, 4, 5, 6, 7].map((weekday) =>
      windows
        .filter((window) => window.weekday === weekday)
        .map(({ fromMinute, untilMinute }) => ({ fromMinute, untilMinute })),
    ),
    retired: retiredAt && { at: instantOf(retiredAt), reason: retiredReason ?? '' },
    createdAt: instantOf(createdAt),
    updatedAt: instantOf(updatedAt),
  };
}
