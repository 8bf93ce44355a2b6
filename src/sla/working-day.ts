import { instantMsOfWall, wallMsAt } from '../kernel/wall-time.ts';
import { addOpenTime, neverThatLong, type OpenTimes, YEARS_PASSED_MAX } from './business-time.ts';
import {
  type CalendarDay,
  closingMs,
  dateOfDay,
  dayAt,
  endOfDayMs,
  isWorkingDay,
  startOfDayMs,
} from './calendar-day.ts';
import { lastAtMost, numberAt } from './sorted-numbers.ts';

const DAY_MS = 86_400_000;

/** When on the last of the working days something is due. */
export type DueOnDay = 'same-time' | 'end-of-day';

/**
 * The instant that lies a number of working days behind another: days that have open time are counted, and the day of the
 * start is not. A start on a closed day counts as one at the first opening after it.
 * `end-of-day` is the end of the last window. `same-time` is the same time by the wall clock, or the next opening when it is
 * closed then.
 * @param days at least 1.
 * @throws AppError `unprocessable` `beyond-calendar` when there are not that many within twenty years.
 */
export function addWorkingDays(open: OpenTimes, startMs: number, days: number, due: DueOnDay): number {
  const begunMs = isWorkingDay(dayAt(open, startMs)) ? startMs : addOpenTime(open, startMs, 0);
  const begin = dayAt(open, begunMs);
  const target = workingDayBehind(open, begin, days);
  if (due === 'end-of-day') return closingMs(target);
  return addOpenTime(open, sameTimeOn(target, open.calendar.zone, begunMs, begin), 0);
}

function workingDayBehind(open: OpenTimes, { year: first, day }: CalendarDay, days: number): CalendarDay {
  let year = first;
  let index = lastAtMost(year.workingDays, day) + days;
  for (let passed = 0; index >= year.workingDays.length; passed += 1) {
    if (passed === YEARS_PASSED_MAX) throw neverThatLong();
    index -= year.workingDays.length;
    year = open.year(year.year + 1);
  }
  return { year, day: numberAt(year.workingDays, index) };
}

/** Of days without a change of clocks the wall clock shows what has passed; only the others ask the time zone database. */
function sameTimeOn(target: CalendarDay, zone: string, instantMs: number, day: CalendarDay): number {
  if (isPlain(day) && isPlain(target)) return instantMs - startOfDayMs(day) + startOfDayMs(target);
  const wallMs = wallMsAt(instantMs, zone);
  const timeMs = wallMs - Math.floor(wallMs / DAY_MS) * DAY_MS;
  return instantMsOfWall(Date.parse(dateOfDay(target).toString()) + timeMs, zone);
}

function isPlain(day: CalendarDay): boolean {
  return endOfDayMs(day) - startOfDayMs(day) === DAY_MS;
}
