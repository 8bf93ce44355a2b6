import { Temporal } from 'temporal-polyfill';

/** A part of every day, in local times: `22:00` to `06:00` spans midnight. */
export interface DailyWindow {
  readonly from: string;
  readonly until: string;
}

/** Whether a daily window is open, and when that changes. */
export type WindowState =
  | { readonly isOpen: true; readonly closesAt: Temporal.Instant | undefined }
  | { readonly isOpen: false; readonly opensAt: Temporal.Instant };

/**
 * The state of a daily window at an instant. Without a window it is always open. A time that a change of the clocks skips is
 * moved behind the gap, one that comes twice is the first; a window that lies in the gap as a whole falls out that day.
 */
export function windowAt(window: DailyWindow | undefined, zone: string, now: Temporal.Instant): WindowState {
  if (window === undefined) return { isOpen: true, closesAt: undefined };
  const today = now.toZonedDateTimeISO(zone).toPlainDate();
  // A window that spans midnight began yesterday; one that falls out today opens tomorrow, or the day after.
  for (let day = -1; day <= 3; day += 1) {
    const { from, until } = spanOn(today.add({ days: day }), window, zone);
    if (Temporal.Instant.compare(until, now) <= 0 || Temporal.Instant.compare(from, until) >= 0) continue;
    if (Temporal.Instant.compare(from, now) <= 0) return { isOpen: true, closesAt: until };
    return { isOpen: false, opensAt: from };
  }
  throw new RangeError(`The window ${window.from} to ${window.until} does not open in ${zone}`);
}

function spanOn(date: Temporal.PlainDate, { from, until }: DailyWindow, zone: string) {
  const at = (day: Temporal.PlainDate, time: string) =>
    day.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).toInstant();
  return { from: at(date, from), until: at(until <= from ? date.add({ days: 1 }) : date, until) };
}

const DAY_SECONDS = 86_400;

/** How long a daily window is open on a day without a change of the clocks. */
export function windowSeconds(window: DailyWindow | undefined): number {
  if (window === undefined) return DAY_SECONDS;
  const seconds = secondOfDay(window.until) - secondOfDay(window.from);
  return seconds > 0 ? seconds : seconds + DAY_SECONDS;
}

/** Whether two daily windows are open at the same time on some part of a day; without a window one always is. */
export function windowsOverlap(
  one: { readonly window: DailyWindow | undefined; readonly zone: string },
  other: { readonly window: DailyWindow | undefined; readonly zone: string },
): boolean {
  // In different zones the distance of the windows changes with the seasons.
  if (one.window === undefined || other.window === undefined || one.zone !== other.zone) return true;
  return begins(one.window, other.window) || begins(other.window, one.window);
}

/** Whether the second window begins while the first is open. */
function begins(open: DailyWindow, beginning: DailyWindow): boolean {
  const after = (secondOfDay(beginning.from) - secondOfDay(open.from) + DAY_SECONDS) % DAY_SECONDS;
  return after < windowSeconds(open);
}

function secondOfDay(time: string): number {
  const { hour, minute } = Temporal.PlainTime.from(time);
  return hour * 3600 + minute * 60;
}
