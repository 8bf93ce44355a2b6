import type { Temporal } from 'temporal-polyfill';
import { CHINESE_NOTICE_DAYS, CHINESE_NOTICES } from './chinese-holidays.ts';
import type { DayWindow } from './day-window.ts';
import type { DatedDay, PublishedHolidays, WorkingCalendar } from './working-calendar.ts';

/**
 * Where a calendar's holidays come from. `none`: it has none but those that are listed, and waits for no notice. `listed`: they
 * are listed, and complete for the years that it names. `chinese`: as published in China, besides those that are listed.
 */
export const HOLIDAY_SOURCES = ['none', 'listed', 'chinese'] as const;

type HolidaySource = (typeof HOLIDAY_SOURCES)[number];

/** The rules of a calendar, without the dated days that are listed for it. */
export interface CalendarRules {
  readonly zone: string;
  /** Monday first. */
  readonly weekly: readonly (readonly DayWindow[])[];
  readonly holidays: HolidaySource;
  /** 1 for Monday to 7 for Sunday: a make-up working day of the published holidays has the windows of this weekday. */
  readonly makeUpWeekday: number;
  /** Years whose holidays are all listed, besides those that are published. */
  readonly completeYears: readonly number[];
}

/** A calendar as it is kept. */
export interface Calendar extends CalendarRules {
  readonly id: string;
  readonly name: string;
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  /** Counted up by every change, of a listed day too. */
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** A listed day with its date. */
export interface ListedDay extends DatedDay {
  readonly date: string;
}

/** Brings rules, published holidays and listed days together. What is listed goes before what is published. */
export function workingCalendarOf(rules: CalendarRules, listed: Iterable<ListedDay>): WorkingCalendar {
  const { zone, weekly, holidays } = rules;
  const dates = new Map<string, DatedDay>();
  if (holidays === 'chinese') {
    const worked = weekly[rules.makeUpWeekday - 1] ?? [];
    for (const { date, isWorked, name } of CHINESE_NOTICE_DAYS)
      dates.set(date, { windows: isWorked ? worked : [], name });
  }
  for (const { date, windows, name } of listed) dates.set(date, { windows, name });
  return { zone, weekly, dates, published: publishedOf(rules) };
}

function publishedOf({ holidays, completeYears }: CalendarRules): PublishedHolidays | null {
  if (holidays === 'none') return null;
  if (holidays === 'listed') return { years: new Set(completeYears), leadDays: 0 };
  return { years: new Set([...CHINESE_NOTICES.years, ...completeYears]), leadDays: CHINESE_NOTICES.leadDays };
}
