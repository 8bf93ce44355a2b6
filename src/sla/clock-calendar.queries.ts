import type { Queryable } from '../database/database.ts';
import { type OpenTimes, openTimesOf } from './business-time.ts';
import { openTimesById } from './calendar.queries.ts';
import { MINUTES_OF_DAY } from './day-window.ts';

const ALL_DAY = [{ fromMinute: 0, untilMinute: MINUTES_OF_DAY }];

/** For clocks around the clock, which ask no calendar. */
const NEVER_CLOSED = openTimesOf({ zone: 'UTC', weekly: Array(7).fill(ALL_DAY), dates: new Map(), published: null });

/** Calendars of clocks, each read once. */
export type ClockCalendars = (calendarId: string | null) => Promise<OpenTimes>;

/** Reads the calendars of clocks as they are now; keep it no longer than one answer or one pass takes. */
export function clockCalendars(db: Queryable): ClockCalendars {
  const known = new Map<string, OpenTimes>();
  return async (calendarId) => {
    if (calendarId === null) return NEVER_CLOSED;
    const found = known.get(calendarId) ?? (await openTimesById(db, calendarId));
    known.set(calendarId, found);
    return found;
  };
}
