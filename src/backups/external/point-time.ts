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
  const date = dateOf(fields);
  if (precision === 'day') return inDay(date, zone, lastChange);
  const { hour = 0, minute = 0, second = 0 } = fields;
  return date
    .toPlainDateTime({ hour, minute, second })
    .toZonedDateTime(zone, { disambiguation: 'compatible' })
    .toInstant();
}

function dateOf({ year = 1970, month = 1, day = 1, dayOfYear }: TimeFields): Temporal.PlainDate {
  if (dayOfYear !== undefined) return new Temporal.PlainDate(year, 1, 1).add({ days: dayOfYear - 1 });
  return new Temporal.PlainDate(year, month, day);
}

function inDay(date: Temporal.PlainDate, zone: string, lastChange: Temporal.Instant): Temporal.Instant {
  const begin = date.toZonedDateTime(zone).toInstant();
  const end = date.add({ days: 1 }).toZonedDateTime(zone).toInstant();
  const isInside = Temporal.Instant.compare(begin, lastChange) <= 0 && Temporal.Instant.compare(lastChange, end) < 0;
  return isInside ? lastChange : begin;
}
