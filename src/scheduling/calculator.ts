import { Cron } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { dateOf, instantOf } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { isZone } from '../kernel/zone.ts';
import { type Surprise, type SurpriseSource, surprisesAfter, surprisesUntil } from './surprise.ts';

/** When something is due: a cron pattern, read in a zone. */
export interface Timing {
  /**
   * Five fields: minute, hour, day of month, month, day of week. No seconds and no nicknames: a minute is the finest step.
   * When both day fields are restricted, either suffices (`0 12 13 * FRI` is due every Friday and every 13th), as in Vixie
   * cron; `+` before the day of week asks for both.
   */
  readonly cron: string;
  /** IANA name: `Europe/Berlin`, `Asia/Shanghai`, `UTC`. */
  readonly zone: string;
  /** In place of the pattern: what is due once in a period, at an instant that only the key's holder knows. */
  readonly surprise?: Surprise | undefined;
  readonly surpriseKey?: Uint8Array | undefined;
}

const PATTERN_LENGTH_MAX = 100;

/**
 * Checks a timing, and answers it with single blanks between the fields.
 * @throws AppError `invalid` naming the field `#/cron` or `#/zone`; also for a date that never comes (31 February).
 */
export function checkTiming(timing: Timing): Timing {
  const cron = timing.cron.trim().split(/\s+/).join(' ');
  if (!isZone(timing.zone)) {
    throw invalid('#/zone', `"${timing.zone.slice(0, 60)}" is no time zone: use an IANA name such as Europe/Berlin`);
  }
  if (cron.length > PATTERN_LENGTH_MAX || cron.split(' ').length !== 5) {
    throw invalid('#/cron', 'must be five fields: minute, hour, day of month, month, day of week');
  }
  const checked = { cron, zone: timing.zone };
  let first: Temporal.Instant | undefined;
  try {
    [first] = nextSlots(checked, Temporal.Instant.from('2000-01-01T00:00Z'), 1);
  } catch (thrown) {
    throw invalid('#/cron', messageOf(thrown).replace(/^CronPattern: /, ''));
  }
  if (!first) throw invalid('#/cron', `"${cron}" never falls due`);
  return checked;
}

/**
 * The first slots after an instant, in order; fewer when the pattern ends.
 *
 * Where the clocks change: a pattern that names its hours (`30 2 * * *`, `30 2,14 * * *`) is due once, at the first pass
 * of a repeated hour, and at the end of the gap when its time is skipped. A pattern with a wildcard or step in minutes or
 * hours follows the hours as they really pass: on both passes of a repeated hour, never inside a gap.
 */
export function nextSlots(timing: Timing, after: Temporal.Instant, count: number): Temporal.Instant[] {
  const source = surpriseSourceOf(timing);
  if (source) return surprisesAfter(source, after, count);
  return patternOf(timing).nextRuns(count, dateOf(after)).map(instantOf);
}

/** The last slots up to and including an instant, latest first. */
export function lastSlots(timing: Timing, until: Temporal.Instant, count: number): Temporal.Instant[] {
  const source = surpriseSourceOf(timing);
  if (source) return surprisesUntil(source, until, count);
  // The reference itself is left out, so ask from the next millisecond.
  return patternOf(timing)
    .previousRuns(count, new Date(until.epochMilliseconds + 1))
    .map(instantOf);
}

/** The slots in `(after, until]`, oldest first, at most `limit` of them. */
export function slotsBetween(
  timing: Timing,
  after: Temporal.Instant,
  until: Temporal.Instant,
  limit: number,
): Temporal.Instant[] {
  const source = surpriseSourceOf(timing);
  if (source) return surprisesBetween(source, after, until, limit);
  const pattern = patternOf(timing);
  const slots: Temporal.Instant[] = [];
  let cursor = dateOf(after);
  while (slots.length < limit) {
    const next = pattern.nextRun(cursor);
    if (!next || next.getTime() > until.epochMilliseconds) break;
    slots.push(instantOf(next));
    cursor = next;
  }
  return slots;
}

function surpriseSourceOf({ surprise, surpriseKey: key, zone }: Timing): SurpriseSource | undefined {
  return surprise && key ? { surprise, key, zone } : undefined;
}

/** Slot by slot, because a schedule is asked again and again, and few of them are due. */
function surprisesBetween(
  source: SurpriseSource,
  after: Temporal.Instant,
  until: Temporal.Instant,
  limit: number,
): Temporal.Instant[] {
  const slots: Temporal.Instant[] = [];
  let cursor = after;
  while (slots.length < limit) {
    const [next] = surprisesAfter(source, cursor, 1);
    if (!next || Temporal.Instant.compare(next, until) > 0) break;
    slots.push(next);
    cursor = next;
  }
  return slots;
}

function patternOf({ cron, zone }: Timing): Cron {
  return new Cron(cron, {
    timezone: zone,
    mode: '5-part',
    fixedTimeRule: 'no-wildcard',
    domAndDow: false,
    paused: true,
  });
}

function invalid(field: string, message: string): AppError {
  return new AppError('invalid', 'invalid-timing', `The schedule's timing is wrong: ${message}`, {
    fields: [{ field, message }],
  });
}
