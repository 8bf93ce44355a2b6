import { z } from 'zod';
import { instantMsOfWall, wallMsAt } from './wall-time.ts';

const MINUTE_MS = 60_000;
const MINUTES_OF_DAY = 1440;
const MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY;
const WEEK_MS = MINUTES_OF_WEEK * MINUTE_MS;
/** 1970-01-05, a Monday, as the wall clock shows it. */
const FIRST_MONDAY_MS = 4 * MINUTES_OF_DAY * MINUTE_MS;

const WEEKDAY_NAMES = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** A window that comes back every week, in minutes since Monday 00:00 by the wall clock. An end before the beginning lies in the next week. */
export interface WeeklyWindow {
  /** 0 to 10079. */
  readonly fromMinute: number;
  /** Not included; 0 to 10079. */
  readonly untilMinute: number;
}

export const timeSchema = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 09:00')
  .describe('By the wall clock of the zone, such as 09:00');

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** The bounds of a window as the API takes them. */
export const windowFields = {
  fromWeekday: z.enum(WEEKDAY_NAMES),
  from: timeSchema,
  untilWeekday: z.enum(WEEKDAY_NAMES),
  until: timeSchema,
};

/** The window of {@link windowFields}. */
export function weeklyWindowOf(fields: WindowView): WeeklyWindow {
  const at = (day: (typeof WEEKDAY_NAMES)[number], time: string) =>
    WEEKDAY_NAMES.indexOf(day) * MINUTES_OF_DAY + minutesOf(time);
  return {
    fromMinute: at(fields.fromWeekday, fields.from),
    untilMinute: at(fields.untilWeekday, fields.until),
  };
}

/** The bounds of a window as the API shows them. */
export const windowView = {
  fromWeekday: z.enum(WEEKDAY_NAMES),
  from: z.string(),
  untilWeekday: z.enum(WEEKDAY_NAMES),
  until: z.string(),
};

interface WindowView {
  readonly fromWeekday: (typeof WEEKDAY_NAMES)[number];
  readonly from: string;
  readonly untilWeekday: (typeof WEEKDAY_NAMES)[number];
  readonly until: string;
}

/** A window as {@link windowView} says. */
export function viewOfWeeklyWindow({ fromMinute, untilMinute }: WeeklyWindow): WindowView {
  const [fromWeekday, from] = wordsOf(fromMinute);
  const [untilWeekday, until] = wordsOf(untilMinute);
  return { fromWeekday, from, untilWeekday, until };
}

function wordsOf(minuteOfWeek: number): [(typeof WEEKDAY_NAMES)[number], string] {
  const minute = minuteOfWeek % MINUTES_OF_WEEK;
  return [WEEKDAY_NAMES[Math.floor(minute / MINUTES_OF_DAY)] ?? 'monday', timeOfDay(minute % MINUTES_OF_DAY)];
}

/** Minutes of a day as a time: `09:00`. */
export function timeOfDay(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** The week of an instant by the wall clock of a zone, counted from the first Monday of 1970. */
export function weekAt(atMs: number, zone: string): number {
  return Math.floor((wallMsAt(atMs, zone) - FIRST_MONDAY_MS) / WEEK_MS);
}

/** The instants, in milliseconds since 1970, between which a window is open that begins in a week. */
export function spanOfWindow({ fromMinute, untilMinute }: WeeklyWindow, week: number, zone: string) {
  const endWeek = untilMinute > fromMinute ? week : week + 1;
  const at = (weeks: number, minute: number) =>
    instantMsOfWall(FIRST_MONDAY_MS + weeks * WEEK_MS + minute * MINUTE_MS, zone);
  return { fromMs: at(week, fromMinute), untilMs: at(endWeek, untilMinute) };
}

/** When a window that is open at an instant closes, in milliseconds since 1970; undefined when it is not open. */
export function openUntilMs(window: WeeklyWindow, zone: string, atMs: number): number | undefined {
  const week = weekAt(atMs, zone);
  for (const one of [week - 1, week, week + 1]) {
    const { fromMs, untilMs } = spanOfWindow(window, one, zone);
    if (fromMs <= atMs && atMs < untilMs) return untilMs;
  }
  return undefined;
}
