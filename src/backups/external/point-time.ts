import { Temporal } from 'temporal-polyfill';
import type { TimeFields } from './pattern-match.ts';
import type { TimePrecision } from './point-pattern.ts';

/**
 * The instant that the time in a name stands for, read in the zone (a local time that a change of the clocks skips or repeats:
 * Temporal's `compatible`); `%s` is UTC. Of a name that holds no more than a day it is the last change, when that lies
 * inside the day (a file of Monday was written on Monday), otherwise the beginning of the day.
 *
 * @param precision of the pattern; undefined: names hold no time, and the last change is the answer.
 */
export function takenAtOf(
  { fields, precision }: { readonly fields: TimeFields; readonly precision: TimePrecision | undefined },
  zone: string,
  lastChange: Temporal.Instant,
): Temporal.Instant {
  if (precision === undefined) return lastChange;
  if (fields.epochSeconds !== undefined) return Temporal.Instant.fromEpochMilliseconds(fields.epochSeconds * 1000);
  const day = dayOf(fields, zone);
  if (precision === 'day') {
    const { epochMilliseconds: changedMs } = lastChange;
    return day.beginMs <= changedMs && changedMs < day.endMs ? lastChange : instantAt(day.beginMs);
  }
  const { hour = 0, minute = 0, second = 0 } = fields;
  // On a day of 24 hours every hour is an hour.
  if (day.endMs - day.beginMs === DAY_MS) return instantAt(day.beginMs + ((hour * 60 + minute) * 60 + second) * 1000);
  return dateOf(fields)
    .toPlainDateTime({ hour, minute, second })
    .toZonedDateTime(zone, { disambiguation: 'compatible' })
    .toInstant();
}

const DAY_MS = 86_400_000;

function instantAt(ms: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(ms);
}

/** A day of a zone, until the next one begins. */
interface LocalDay {
  readonly beginMs: number;
  readonly endMs: number;
}

/** To ask a zone costs more than everything else about a point, and many points are of few days. */
const days = new Map<string, LocalDay>();
const DAYS_KEPT_MAX = 10_000;

function dayOf(fields: TimeFields, zone: string): LocalDay {
  const key = `${zone} ${fields.year} ${fields.month} ${fields.day} ${fields.dayOfYear}`;
  const known = days.get(key);
  if (known !== undefined) return known;
  const date = dateOf(fields);
  const beginOf = (of: Temporal.PlainDate) => of.toZonedDateTime(zone).epochMilliseconds;
  const day = { beginMs: beginOf(date), endMs: beginOf(date.add({ days: 1 })) };
  if (days.size >= DAYS_KEPT_MAX) days.clear();
  days.set(key, day);
  return day;
}

function dateOf({ year = 1970, month = 1, day = 1, dayOfYear }: TimeFields): Temporal.PlainDate {
  if (dayOfYear !== undefined) return new Temporal.PlainDate(year, 1, 1).add({ days: dayOfYear - 1 });
  return new Temporal.PlainDate(year, month, day);
}
