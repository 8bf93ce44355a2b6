import type { Temporal } from 'temporal-polyfill';
import { formatSeconds } from '../../kernel/units.ts';
import { lastSlots, nextSlots } from '../../scheduling/calculator.ts';
import type { NameUnit } from './name-precision.ts';

/** What is known of a set when somebody asks whether it is too old. */
export interface FreshnessFacts {
  /** Nothing was expected before. */
  readonly createdAt: Temporal.Instant;
  readonly schedule: { readonly cron: string; readonly graceSeconds: number } | undefined;
  readonly zone: string;
  readonly rpoSeconds: number | undefined;
  /** The unit of time that names of points end with; undefined where their times are exact. */
  readonly namedBy: NameUnit | undefined;
  /** The youngest data of a point that was found sound. */
  readonly soundTakenAt: Temporal.Instant | undefined;
  /** The youngest data of a point that is there and was not found damaged, altered, hostile or missing. */
  readonly pointTakenAt: Temporal.Instant | undefined;
  /** The last success that was reported, of more than 0 bytes. */
  readonly successAt: Temporal.Instant | undefined;
}

export const STALE_CODES = ['no-point', 'no-sound-point', 'slot-missed', 'rpo-exceeded'] as const;

/** Why a set is stale. */
export interface StaleReason {
  readonly code: (typeof STALE_CODES)[number];
  readonly since: Temporal.Instant;
  readonly message: string;
  /** The last slot that nothing came for in time. */
  readonly slot?: Temporal.Instant;
}

export interface Freshness {
  readonly freshness: 'fresh' | 'stale';
  /** When the first of the reasons began. */
  readonly since: Temporal.Instant | undefined;
  readonly reasons: readonly StaleReason[];
}

/**
 * Whether a set is too old at an instant, since when, and why.
 *
 * A slot of the schedule is met by a point whose data is from the slot or later, or by a success that was reported then; of a
 * name that holds no more than the day (or the hour), by one of the slot's own day. From slot + grace on an unmet one makes the
 * set stale, until a later slot is met. An RPO is exceeded as soon as the newest sound data is that old. Without anything to
 * judge by, a set is stale from its beginning.
 */
export function freshnessOf(facts: FreshnessFacts, now: Temporal.Instant): Freshness {
  const reasons = [...presence(facts), ...missedSlots(facts, now), ...exceededRpo(facts, now)];
  const since = reasons.map((reason) => reason.since).toSorted((a, b) => a.epochMilliseconds - b.epochMilliseconds)[0];
  return { freshness: since === undefined ? 'fresh' : 'stale', since, reasons };
}

function presence(facts: FreshnessFacts): StaleReason[] {
  const { createdAt: since, rpoSeconds, soundTakenAt, pointTakenAt, successAt } = facts;
  if (rpoSeconds !== undefined) {
    if (soundTakenAt !== undefined) return [];
    return [{ code: 'no-sound-point', since, message: 'No recovery point was found sound yet' }];
  }
  if (pointTakenAt !== undefined || successAt !== undefined) return [];
  return [{ code: 'no-point', since, message: 'There is no recovery point, and no success was reported' }];
}

function missedSlots(facts: FreshnessFacts, now: Temporal.Instant): StaleReason[] {
  const { schedule, zone, createdAt } = facts;
  if (schedule === undefined) return [];
  const timing = { cron: schedule.cron, zone };
  const metUntil = latest([createdAt.subtract({ milliseconds: 1 }), facts.successAt, coveredUntil(facts)]);
  const [firstMissed] = nextSlots(timing, metUntil, 1);
  const lateSince = firstMissed?.add({ seconds: schedule.graceSeconds });
  if (firstMissed === undefined || lateSince === undefined || isBefore(now, lateSince)) return [];
  const [slot = firstMissed] = lastSlots(timing, now.subtract({ seconds: schedule.graceSeconds }), 1);
  const message = `Nothing came for ${slot.toString()} within its grace of ${schedule.graceSeconds} s`;
  return [{ code: 'slot-missed', since: lateSince, message, slot }];
}

/** Up to when slots are met by the newest point. A name with the day alone stands for all of that day. */
function coveredUntil({ pointTakenAt, namedBy, zone }: FreshnessFacts): Temporal.Instant | undefined {
  if (pointTakenAt === undefined || namedBy === undefined) return pointTakenAt;
  const next = pointTakenAt.toZonedDateTimeISO(zone).add({ [`${namedBy}s`]: 1 });
  return next.toInstant().subtract({ milliseconds: 1 });
}

function exceededRpo({ rpoSeconds, soundTakenAt }: FreshnessFacts, now: Temporal.Instant): StaleReason[] {
  if (rpoSeconds === undefined || soundTakenAt === undefined) return [];
  const since = soundTakenAt.add({ seconds: rpoSeconds });
  if (isBefore(now, since)) return [];
  const message = `The newest sound data is from ${soundTakenAt.toString()}, older than the RPO of ${formatSeconds(rpoSeconds)}`;
  return [{ code: 'rpo-exceeded', since, message }];
}

// Compared by the millisecond, as the database's instants are read.
function isBefore(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return one.epochMilliseconds < other.epochMilliseconds;
}

function latest([first, ...others]: readonly [Temporal.Instant, ...(Temporal.Instant | undefined)[]]) {
  return others.reduce<Temporal.Instant>(
    (found, other) => (other !== undefined && isBefore(found, other) ? other : found),
    first,
  );
}
