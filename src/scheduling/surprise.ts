import { createHmac } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';

export const SURPRISE_PERIODS = ['week', 'month', 'quarter'] as const;
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Once in each period, at a minute inside a window of the day that nobody is told beforehand. */
export interface Surprise {
  readonly every: (typeof SURPRISE_PERIODS)[number];
  /** `HH:MM`, in the schedule's zone. */
  readonly from: string;
  /** `HH:MM`, not before `from`; `24:00` is the end of the day. The window ends before it. */
  readonly until: string;
  readonly days: readonly (typeof WEEKDAYS)[number][];
}

/** What draws the slots of one schedule. */
export interface SurpriseSource {
  readonly surprise: Surprise;
  /** 32 random bytes that never leave the database: whoever has them knows every slot. */
  readonly key: Uint8Array;
  readonly zone: string;
}

/** Periods that are looked at for one slot; every period has one, unless its days or its window fall out of it. */
const PERIODS_MAX = 60;

/** The first slots after an instant, in order. */
export function surprisesAfter(source: SurpriseSource, after: Temporal.Instant, count: number): Temporal.Instant[] {
  return surprises(source, after, count, 1, (slot) => Temporal.Instant.compare(slot, after) > 0);
}

/** The last slots up to and including an instant, latest first. */
export function surprisesUntil(source: SurpriseSource, until: Temporal.Instant, count: number): Temporal.Instant[] {
  return surprises(source, until, count, -1, (slot) => Temporal.Instant.compare(slot, until) <= 0);
}

function surprises(
  source: SurpriseSource,
  around: Temporal.Instant,
  count: number,
  step: 1 | -1,
  fits: (slot: Temporal.Instant) => boolean,
): Temporal.Instant[] {
  const { surprise, zone } = source;
  const slots: Temporal.Instant[] = [];
  let start = periodStart(around.toZonedDateTimeISO(zone).toPlainDate(), surprise.every);
  for (let period = 0; slots.length < count && period < count + PERIODS_MAX; period += 1) {
    const slot = surpriseOf(source, start);
    if (slot && fits(slot)) slots.push(slot);
    start = start.add(durationOf(surprise.every, step));
  }
  return slots;
}

/**
 * The slot of the period that begins on a day: HMAC-SHA-256 of the period under the key picks one of the minutes that really pass
 * in its windows, each as likely as the others. A minute that the clocks leave out is none, one that they repeat is two.
 * Undefined when the period has no such minute.
 */
function surpriseOf({ surprise, key, zone }: SurpriseSource, start: Temporal.PlainDate): Temporal.Instant | undefined {
  const windows = windowsOf(surprise, zone, start);
  const minutes = windows.reduce((sum, window) => sum + window.minutes, 0);
  if (minutes === 0) return undefined;
  const text = `muster-surprise/1 ${surprise.every} ${start.toString()}`;
  // Of 64 bits, so that the remainder favours no minute by more than one part in 10^13.
  let minute = Number(createHmac('sha256', key).update(text).digest().readBigUInt64BE() % BigInt(minutes));
  for (const window of windows) {
    if (minute < window.minutes) return window.from.add({ minutes: minute });
    minute -= window.minutes;
  }
  return undefined;
}

function windowsOf({ every, from, until, days }: Surprise, zone: string, start: Temporal.PlainDate) {
  const end = start.add(durationOf(every, 1));
  const windows: { readonly from: Temporal.Instant; readonly minutes: number }[] = [];
  for (let day = start; Temporal.PlainDate.compare(day, end) < 0; day = day.add({ days: 1 })) {
    const name = WEEKDAYS[day.dayOfWeek - 1];
    if (name === undefined || !days.includes(name)) continue;
    const opens = instantAt(day, from, zone);
    const closes = instantAt(day, until, zone);
    const minutes = Math.floor((closes.epochMilliseconds - opens.epochMilliseconds) / 60_000);
    if (minutes > 0) windows.push({ from: opens, minutes });
  }
  return windows;
}

function instantAt(day: Temporal.PlainDate, time: string, zone: string): Temporal.Instant {
  const date = time === '24:00' ? day.add({ days: 1 }) : day;
  const plainTime = time === '24:00' ? '00:00' : time;
  return date.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(plainTime) }).toInstant();
}

function periodStart(day: Temporal.PlainDate, every: Surprise['every']): Temporal.PlainDate {
  if (every === 'week') return day.subtract({ days: day.dayOfWeek - 1 });
  const month = every === 'month' ? day.month : day.month - ((day.month - 1) % 3);
  return day.with({ month, day: 1 });
}

function durationOf(every: Surprise['every'], count: number) {
  return every === 'week' ? { weeks: count } : { months: count * (every === 'month' ? 1 : 3) };
}
