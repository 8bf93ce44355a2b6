import fc from 'fast-check';
import type { LaidClock } from './clocks.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** Shanghai has no summer time since 1991: eight hours, always. */
const SHANGHAI_MINUTES = 8 * 60;

/** Weekdays from nine to twelve and from one to six in Shanghai. */
export const OFFICE = [
  { from: '09:00', until: '12:00' },
  { from: '13:00', until: '18:00' },
];

function isOfficeOpen(minute: number): boolean {
  const localMinute = minute + SHANGHAI_MINUTES;
  // 1970-01-01 was a Thursday.
  const weekday = (Math.floor(localMinute / DAY_MINUTES) + 3) % 7;
  const hour = (localMinute % DAY_MINUTES) / 60;
  return weekday < 5 && ((hour >= 9 && hour < 12) || (hour >= 13 && hour < 18));
}

/** What somebody finds who walks through the life of a clock minute by minute. */
export interface Walked {
  readonly consumedMinutes: number;
  readonly isBreached: boolean;
  readonly isAtRisk: boolean;
}

/** Walks through stopped clocks are long, and end where they ended before. */
const walkedOnce = new WeakMap<LaidClock, Walked>();

/** @param clock whose term is in minutes and whose segments begin on whole ones. @param readAtMs of an open clock, the end. */
export function walk(clock: LaidClock, readAtMs: number): Walked {
  const walked = walkedOnce.get(clock) ?? walkThrough(clock, readAtMs);
  if (clock.segments.at(-1)?.state === 'stopped') walkedOnce.set(clock, walked);
  return walked;
}

function walkThrough({ term, segments }: LaidClock, readAtMs: number): Walked {
  if (term.unit !== 'minutes') throw new Error('only minutes are walked through');
  const counts = term.counted === 'always' ? () => true : isOfficeOpen;
  const last = segments.at(-1);
  const endMs = last?.state === 'stopped' ? last.fromMs : readAtMs;
  let consumedMinutes = 0;
  let dueMs = Number.POSITIVE_INFINITY;
  for (let atMs = segments[0]?.fromMs ?? 0; atMs < endMs; atMs += MINUTE_MS) {
    const state = segments.findLast(({ fromMs }) => fromMs <= atMs)?.state;
    // What passes of the last minute of an open clock.
    const share = Math.min(1, (endMs - atMs) / MINUTE_MS);
    if (state !== 'running' || !counts(atMs / MINUTE_MS)) continue;
    consumedMinutes += share;
    if (dueMs === Number.POSITIVE_INFINITY && consumedMinutes >= term.amount) dueMs = atMs + MINUTE_MS;
  }
  const isBreached = dueMs < endMs;
  return { consumedMinutes, isBreached, isAtRisk: !isBreached && consumedMinutes / term.amount >= 0.75 };
}

/** The smallest of the numbers that so many percent of them are not above. */
export function percentileByHand(numbers: readonly number[], percent: number): number | undefined {
  return numbers
    .toSorted((left, right) => left - right)
    .find((one) => numbers.filter((other) => other <= one).length * 100 >= percent * numbers.length);
}

const KINDS = ['respond', 'recover', 'resolve'] as const;
const SEVERITIES = ['emergency', 'important', 'general'] as const;
const REASONS = ['No access', 'Waiting for the customer', '=HYPERLINK("x")'];

/**
 * Random clocks of the 300 days up to four days and four hours ago, of a few services and a calendar.
 * @param nowMs everything has happened by then.
 */
export function anyClock(serviceIds: readonly string[], calendarId: string, nowMs: number): fc.Arbitrary<LaidClock> {
  const lastMinute = Math.floor(nowMs / MINUTE_MS) - 6000;
  const firstMinute = lastMinute - 300 * DAY_MINUTES;
  return fc
    .record({
      kind: fc.constantFrom(...KINDS),
      severity: fc.constantFrom(...SEVERITIES),
      serviceId: fc.constantFrom(null, ...serviceIds),
      counted: fc.constantFrom('always' as const, 'business' as const),
      amount: fc.integer({ min: 1, max: 900 }),
      startMinute: fc.integer({ min: firstMinute, max: lastMinute }),
      lengths: fc.array(fc.integer({ min: 0, max: 1200 }), { minLength: 1, maxLength: 4 }),
      reason: fc.constantFrom(...REASONS),
      isStopped: fc.boolean(),
      isLate: fc.boolean(),
    })
    .map(({ kind, severity, serviceId, counted, amount, startMinute, lengths, reason, isStopped, isLate }) => {
      // Few open clocks are months old: every minute of them is walked through again.
      const start = isStopped || (isLate && amount < 90) ? startMinute : lastMinute;
      const begins = [
        0,
        ...lengths.map((_, index) => lengths.slice(0, index + 1).reduce((sum, length) => sum + length)),
      ];
      const segments = begins.map((minutes, index) => {
        const fromMs = (start + minutes) * MINUTE_MS;
        if (isStopped && index === begins.length - 1) return { state: 'stopped' as const, fromMs };
        return index % 2 === 0 ? { state: 'running' as const, fromMs } : { state: 'paused' as const, fromMs, reason };
      });
      const term = { unit: 'minutes' as const, amount, counted };
      return { kind, severity, serviceId, calendarId, term, segments };
    });
}
