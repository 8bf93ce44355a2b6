import { CHINESE_NOTICE_DAYS, CHINESE_NOTICES } from './chinese-holidays.ts';
import type { DayWindow } from './day-window.ts';
import type { DatedDay, PublishedHolidays, WorkingCalendar } from './working-calendar.ts';

/**
 * Where a calendar's holidays come from. `none`: it has none but those that are listed, and waits for no notice. `listed`: they
 * are listed, and complete for the years that it names. `chinese`: as published in China, besides those that are listed.
 */
type HolidaySource = 'none' | 'listed' | 'chinese';

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

/** Brings rules, published holidays and listed days together. What is listed goes before what is published. */
export function workingCalendarOf(
  rules: CalendarRules,
  listed: Iterable<readonly [string, DatedDay]>,
): WorkingCalendar {
  const { zone, weekly, holidays } = rules;
  const dates = new Map<string, DatedDay>();
  if (holidays === 'chinese') {
    const worked = weekly[rules.makeUpWeekday - 1] ?? [];
    for (const { date, isWorked, name } of CHINESE_NOTICE_DAYS)
      dates.set(date, { windows: isWorked ? worked : [], name });
  }
  for (const [date, day] of listed) dates.set(date, day);
  return { zone, weekly, dates, published: publishedOf(rules) };
}

function publishedOf({ holidays, completeYears }: CalendarRules): PublishedHolidays | null {
  if (holidays === 'none') return null;
  if (holidays === 'listed') return { years: new Set(completeYears), leadDays: 0 };
  return { years: new Set([...CHINESE_NOTICES.years, ...completeYears]), leadDays: CHINESE_NOTICES.leadDays };
}
