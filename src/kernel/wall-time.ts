import { Temporal } from 'temporal-polyfill';

/**
 * The instant at which the wall clock of a zone shows a time, in milliseconds since 1970; the time is given as if it were in UTC.
 * One that there is not counts as an hour later, and one that there is twice as its first pass (Temporal's `compatible`). Later
 * times never give earlier instants.
 */
export function instantMsOfWall(wallMs: number, zone: string): number {
  return plainOf(wallMs).toZonedDateTime(zone).epochMilliseconds;
}

/** What the wall clock of a zone shows at an instant, as if it were in UTC. */
export function wallMsAt(instantMs: number, zone: string): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(zone);
  return instantMs + zoned.offsetNanoseconds / 1e6;
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What the wall clock of a zone shows at an instant, for people: `Sat 2026-12-05 00:00`. */
export function wallInWords(instantMs: number, zone: string): string {
  const shown = plainOf(wallMsAt(instantMs, zone));
  return `${WEEKDAYS[shown.dayOfWeek - 1]} ${shown.toPlainDate()} ${shown.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}

function plainOf(wallMs: number): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(wallMs).toZonedDateTimeISO('UTC').toPlainDateTime();
}
