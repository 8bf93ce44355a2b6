import { Temporal } from 'temporal-polyfill';
import { type OpenTimes, yearAt } from './business-time.ts';
import type { OpenYear } from './open-year.ts';
import { lastAtMost, numberAt } from './sorted-numbers.ts';

/** A day of a calendar. */
export interface CalendarDay {
  readonly year: OpenYear;
  /** Its index in the year: 0 is the first of January. */
  readonly day: number;
}

/** The day of the calendar's zone in which an instant lies. */
export function dayAt(open: OpenTimes, instantMs: number): CalendarDay {
  const year = yearAt(open, instantMs);
  return { year, day: lastAtMost(year.dayStartsMs, instantMs) };
}

export function nextDay(open: OpenTimes, { year, day }: CalendarDay): CalendarDay {
  return day + 2 < year.dayStartsMs.length ? { year, day: day + 1 } : { year: open.year(year.year + 1), day: 0 };
}

export function dateOfDay({ year, day }: CalendarDay): Temporal.PlainDate {
  return Temporal.PlainDate.from({ year: year.year, month: 1, day: 1 }).add({ days: day });
}

export function startOfDayMs({ year, day }: CalendarDay): number {
  return numberAt(year.dayStartsMs, day);
}

export function endOfDayMs({ year, day }: CalendarDay): number {
  return numberAt(year.dayStartsMs, day + 1);
}

/** True for a day that has open time. */
export function isWorkingDay({ year, day }: CalendarDay): boolean {
  return numberAt(year.firstIntervalOfDay, day) < numberAt(year.firstIntervalOfDay, day + 1);
}

/** The end of the last window of a working day. */
export function closingMs({ year, day }: CalendarDay): number {
  return numberAt(year.intervalEndsMs, numberAt(year.firstIntervalOfDay, day + 1) - 1);
}
