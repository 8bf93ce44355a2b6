import type { DayWindow } from './day-window.ts';

/** A day whose windows are not those of its weekday: a holiday (no windows), or a make-up working day. */
export interface DatedDay {
  readonly windows: readonly DayWindow[];
  /** Why, for whoever reads how a due time came about. */
  readonly name: string;
}

/** How far the holidays of a calendar are known. */
export interface PublishedHolidays {
  readonly years: ReadonlySet<number>;
  /** Days before a year that its notice may still change: a holiday of January can make a Saturday of December a working day. */
  readonly leadDays: number;
}

/** When people work, in one zone. Everything that is measured in business time is measured by one of these. */
export interface WorkingCalendar {
  /** A name of the time zone database. */
  readonly zone: string;
  /** The windows of Monday first, of Sunday last, each in the order of the day. */
  readonly weekly: readonly (readonly DayWindow[])[];
  /** By date (`2026-10-01`): these replace the windows of the weekday as a whole. */
  readonly dates: ReadonlyMap<string, DatedDay>;
  /** Null when the calendar waits for nobody's notice: then no due time is provisional. */
  readonly published: PublishedHolidays | null;
}

/** The windows of a date. @param weekday 1 for Monday to 7 for Sunday, of that date. */
export function windowsOn(calendar: WorkingCalendar, date: string, weekday: number): readonly DayWindow[] {
  return calendar.dates.get(date)?.windows ?? calendar.weekly[weekday - 1] ?? [];
}
