import { AppError } from '../kernel/errors.ts';
import { type OpenYear, openYearOf } from './open-year.ts';
import { lastAtMost, lastBelow, numberAt } from './sorted-numbers.ts';
import type { WorkingCalendar } from './working-calendar.ts';

/** A calendar made ready for arithmetic: each year is read once, when it is first needed. */
export interface OpenTimes {
  readonly calendar: WorkingCalendar;
  /** @throws AppError `unprocessable` `beyond-calendar` for a year that no calendar is read for. */
  year(year: number): OpenYear;
}

/** Years that are read: the time zone database says nothing certain of others, and a target that goes there is a slip. */
const YEARS = { first: 1970, last: 2200 } as const;

/** Years that a sum may pass through before it is given up: a calendar can be open for a minute a week. */
export const YEARS_PASSED_MAX = 20;

export function openTimesOf(calendar: WorkingCalendar): OpenTimes {
  const years = new Map<number, OpenYear>();
  return {
    calendar,
    year(wanted) {
      let year = years.get(wanted);
      if (year === undefined) {
        if (wanted < YEARS.first || wanted > YEARS.last) {
          throw beyondCalendar(`the year ${wanted} is outside ${YEARS.first} to ${YEARS.last}`);
        }
        year = openYearOf(calendar, wanted);
        years.set(wanted, year);
      }
      return year;
    },
  };
}

/**
 * The instant at which `amountMs` of open time have passed since `fromMs`: the end of a window rather than the beginning of
 * the next. For 0 it is the first open instant from there on.
 * @throws AppError `unprocessable` `beyond-calendar` when the calendar is not open for that long within twenty years.
 */
export function addOpenTime(open: OpenTimes, fromMs: number, amountMs: number): number {
  let year = yearAt(open, fromMs);
  let soughtMs = openSinceNewYearMs(year, fromMs) + amountMs;
  for (let passed = 0; passed <= YEARS_PASSED_MAX; passed += 1) {
    const wholeMs = openOfYearMs(year);
    if (amountMs > 0 && soughtMs <= wholeMs) return instantIn(year, lastBelow(year.openBeforeMs, soughtMs), soughtMs);
    if (soughtMs < wholeMs) return instantIn(year, lastAtMost(year.openBeforeMs, soughtMs), soughtMs);
    soughtMs -= wholeMs;
    year = open.year(year.year + 1);
  }
  throw neverThatLong();
}

/**
 * The last instant from which `amountMs` (above 0) of open time pass until `untilMs`.
 * @throws AppError `unprocessable` `beyond-calendar` when the calendar was not open for that long in the twenty years before.
 */
export function subtractOpenTime(open: OpenTimes, untilMs: number, amountMs: number): number {
  let year = yearAt(open, untilMs);
  let soughtMs = openSinceNewYearMs(year, untilMs) - amountMs;
  for (let passed = 0; passed <= YEARS_PASSED_MAX; passed += 1) {
    if (soughtMs >= 0) return instantIn(year, lastAtMost(year.openBeforeMs, soughtMs), soughtMs);
    year = open.year(year.year - 1);
    soughtMs += openOfYearMs(year);
  }
  throw neverThatLong();
}

/** Open time from one instant until another, in milliseconds; 0 when the second is not later. */
export function openTimeBetween(open: OpenTimes, fromMs: number, untilMs: number): number {
  if (untilMs <= fromMs) return 0;
  const last = yearAt(open, untilMs);
  let year = yearAt(open, fromMs);
  let sumMs = openSinceNewYearMs(last, untilMs) - openSinceNewYearMs(year, fromMs);
  for (; year.year < last.year; year = open.year(year.year + 1)) sumMs += openOfYearMs(year);
  return sumMs;
}

/** The year of the calendar's zone in which an instant lies. */
export function yearAt(open: OpenTimes, instantMs: number): OpenYear {
  const guess = open.year(new Date(instantMs).getUTCFullYear());
  if (instantMs < guess.startMs) return open.year(guess.year - 1);
  return instantMs >= guess.endMs ? open.year(guess.year + 1) : guess;
}

/**
 * Whether the holidays of the days from one instant until another are not all published, so that what was computed over them
 * must be computed again.
 */
export function isProvisional(open: OpenTimes, fromMs: number, untilMs: number): boolean {
  const { published } = open.calendar;
  if (!published) return false;
  const last = yearAt(open, untilMs + published.leadDays * 86_400_000).year;
  for (let { year } = yearAt(open, fromMs); year <= last; year += 1) if (!published.years.has(year)) return true;
  return false;
}

function instantIn(year: OpenYear, interval: number, soughtMs: number): number {
  return numberAt(year.intervalStartsMs, interval) + soughtMs - numberAt(year.openBeforeMs, interval);
}

function openOfYearMs(year: OpenYear): number {
  return numberAt(year.openBeforeMs, year.openBeforeMs.length - 1);
}

function openSinceNewYearMs(year: OpenYear, instantMs: number): number {
  const index = lastAtMost(year.intervalStartsMs, instantMs);
  if (index < 0) return 0;
  const startMs = numberAt(year.intervalStartsMs, index);
  return numberAt(year.openBeforeMs, index) + Math.min(instantMs, numberAt(year.intervalEndsMs, index)) - startMs;
}

/** The error for a sum that finds no end. */
export const neverThatLong = () => beyondCalendar('it is not open for that long within twenty years');

function beyondCalendar(reason: string): AppError {
  return new AppError('unprocessable', 'beyond-calendar', `The calendar does not reach that far: ${reason}`);
}
