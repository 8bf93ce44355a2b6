import { Temporal } from 'temporal-polyfill';
import { instantMsOfWall } from '../kernel/wall-time.ts';
import { type DayWindow, MINUTES_OF_DAY } from './day-window.ts';
import { numberAt } from './sorted-numbers.ts';
import { type WorkingCalendar, windowsOn } from './working-calendar.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * The open time of one calendar year in a zone, as sums that are searched instead of days that are walked through. Instants
 * are milliseconds since 1970, as everywhere in the arithmetic of business time.
 */
export interface OpenYear {
  readonly year: number;
  readonly startMs: number;
  /** The start of the next year. */
  readonly endMs: number;
  /** The first instant of each day by its index, and the end of the last one. */
  readonly dayStartsMs: Float64Array;
  /** Intervals in the order of time; they do not overlap, and none is empty. */
  readonly intervalStartsMs: Float64Array;
  readonly intervalEndsMs: Float64Array;
  /** Open time of the year before each interval, and of the whole year at the end. */
  readonly openBeforeMs: Float64Array;
  /** The first interval of each day, and the number of all of them at the end. */
  readonly firstIntervalOfDay: Int32Array;
  /** The indices of the days that have open time. */
  readonly workingDays: Int32Array;
}

/**
 * Reads a year of a calendar. Where the clocks change, a time of a window that there is not counts as one hour later and a
 * time that there is twice as its first pass (what Temporal calls `compatible`). A window that this turns around is dropped;
 * one that it pushes into the next begins where the one before ends.
 */
export function openYearOf(calendar: WorkingCalendar, year: number): OpenYear {
  const first = Temporal.PlainDate.from({ year, month: 1, day: 1 });
  const dayStartsMs = dayStartsOf(first, calendar.zone);
  const dayCount = dayStartsMs.length - 1;
  const firstIntervalOfDay = new Int32Array(dayCount + 1);
  const intervals: Interval[] = [];
  const workingDays: number[] = [];
  for (let day = 0; day < dayCount; day += 1) {
    const span = { startMs: numberAt(dayStartsMs, day), endMs: numberAt(dayStartsMs, day + 1) };
    const date = new Date(utcMidnightMs(year, day)).toISOString().slice(0, 10);
    const windows = windowsOn(calendar, date, ((first.dayOfWeek - 1 + day) % 7) + 1);
    const open = intervalsOf(windows, date, calendar.zone, span);
    if (open.length > 0) workingDays.push(day);
    intervals.push(...open);
    firstIntervalOfDay[day + 1] = intervals.length;
  }
  return {
    year,
    startMs: numberAt(dayStartsMs, 0),
    endMs: numberAt(dayStartsMs, dayCount),
    dayStartsMs,
    firstIntervalOfDay,
    workingDays: Int32Array.from(workingDays),
    ...summed(intervals),
  };
}

/** Between two changes of the clocks midnights are 24 hours apart, so only the days of a change ask for theirs. */
function dayStartsOf(first: Temporal.PlainDate, zone: string): Float64Array {
  const dayStartsMs = new Float64Array(first.daysInYear + 1);
  let known = first.toZonedDateTime(zone);
  let changeMs = nextChangeMs(known);
  for (let day = 0; day < dayStartsMs.length; day += 1) {
    // The first day that is asked for may begin at a change, later than its midnight would have been.
    const midnightMs = Math.max(
      known.epochMilliseconds,
      utcMidnightMs(first.year, day) - known.offsetNanoseconds / 1e6,
    );
    if (midnightMs < changeMs) {
      dayStartsMs[day] = midnightMs;
      continue;
    }
    known = first.add({ days: day }).toZonedDateTime(zone);
    changeMs = nextChangeMs(known);
    dayStartsMs[day] = known.epochMilliseconds;
  }
  return dayStartsMs;
}

function nextChangeMs(known: Temporal.ZonedDateTime): number {
  return known.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
}

function utcMidnightMs(year: number, day: number): number {
  return Date.UTC(year, 0, 1 + day);
}

interface Interval {
  readonly startMs: number;
  readonly endMs: number;
}

/** Of a day without a change of clocks it is plain arithmetic; only the others ask the time zone database. */
function intervalsOf(windows: readonly DayWindow[], date: string, zone: string, day: Interval): Interval[] {
  const isPlain = day.endMs - day.startMs === DAY_MS;
  const instantMs = (minute: number) => {
    if (isPlain) return day.startMs + minute * MINUTE_MS;
    return minute === MINUTES_OF_DAY ? day.endMs : instantMsOfWall(Date.parse(date) + minute * MINUTE_MS, zone);
  };
  const intervals: Interval[] = [];
  let freeFromMs = day.startMs;
  for (const window of windows) {
    const startMs = Math.max(freeFromMs, instantMs(window.fromMinute));
    const endMs = Math.min(day.endMs, instantMs(window.untilMinute));
    if (endMs <= startMs) continue;
    intervals.push({ startMs, endMs });
    freeFromMs = endMs;
  }
  return intervals;
}

function summed(intervals: readonly Interval[]) {
  const openBeforeMs = new Float64Array(intervals.length + 1);
  intervals.forEach(({ startMs, endMs }, index) => {
    openBeforeMs[index + 1] = (openBeforeMs[index] ?? 0) + endMs - startMs;
  });
  return {
    intervalStartsMs: Float64Array.from(intervals, ({ startMs }) => startMs),
    intervalEndsMs: Float64Array.from(intervals, ({ endMs }) => endMs),
    openBeforeMs,
  };
}
