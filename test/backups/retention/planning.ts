import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import {
  type PlannedPoint,
  type RetentionDecision,
  RetentionPlanner,
} from '../../../src/backups/retention/retention-planner.ts';
import type { RetentionPolicy } from '../../../src/backups/retention/retention-policy.ts';
import { VERDICTS_WORST_FIRST } from '../../../src/verification/finding.ts';

/** A point of a history, by its number. */
export interface NumberedPoint extends PlannedPoint {
  readonly id: string;
}

/** The moment of all plans of these tests, two days after the clocks of Berlin and Lord Howe were set back and forward. */
export const NOW = Temporal.Instant.from('2026-10-27T12:00:00Z');

export const policyOf = (policy: Partial<RetentionPolicy>): RetentionPolicy => ({
  ...{ minimumCopies: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
  ...policy,
});

/** A sound point of Muster's own, read in full when it was taken. */
export const pointAt = (takenAt: string, facts: Partial<NumberedPoint> = {}): NumberedPoint => ({
  id: takenAt,
  own: true,
  state: 'present',
  stateSince: Temporal.Instant.from(takenAt),
  verdict: 'sound',
  verdictAt: Temporal.Instant.from(takenAt).add({ seconds: 9 }),
  takenAt: Temporal.Instant.from(takenAt),
  isElsewhere: false,
  hold: undefined,
  ...facts,
});

export const UNJUDGED = { verdict: undefined, verdictAt: undefined } as const;

export type Line = RetentionDecision & { readonly point: NumberedPoint };

/** Plans a history in any order at {@link NOW}. */
export function planOf(list: readonly NumberedPoint[], policy: RetentionPolicy, zone = 'UTC'): Line[] {
  const hasSound = list.some((point) => isSound(point) && !isAhead(point) && !point.isElsewhere);
  const planner = new RetentionPlanner({ policy, zone, now: NOW, hasSound });
  return list.toSorted(youngerFirst).map((point) => ({ point, ...planner.decide(point) }));
}

/** Those that go, or would if Muster had taken them. */
export const goneBy = (list: readonly NumberedPoint[], policy: RetentionPolicy, zone?: string): NumberedPoint[] =>
  planOf(list, policy, zone)
    .filter(({ action }) => action === 'drop' || action === 'advise-drop')
    .map(({ point }) => point);

export function youngerFirst(a: NumberedPoint, b: NumberedPoint): number {
  const order = b.takenAt.epochMilliseconds - a.takenAt.epochMilliseconds;
  return order !== 0 ? order : b.id.localeCompare(a.id);
}

export const isSound = ({ state, verdict }: NumberedPoint) => state === 'present' && verdict === 'sound';
export const isAhead = ({ takenAt }: NumberedPoint) => takenAt.since(NOW).total('minutes') > 5;
export const isUnjudged = ({ state, verdict }: NumberedPoint) => state === 'present' && verdict === undefined;
export const isHeld = ({ hold }: NumberedPoint) => hold !== undefined && Temporal.Instant.compare(hold.until, NOW) > 0;

/** Times that share hours and days, the hours that changes of the clocks repeat among them, and times years apart. */
const takenAt = fc
  .oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }).map((steps) => steps * 11) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 900 }).map((days) => days * 1440 + 77) },
    { weight: 1, arbitrary: fc.integer({ min: -3000, max: -1 }) },
  )
  .map((minutesAgo) => NOW.subtract({ minutes: minutesAgo }));

const hold = fc.option(
  fc.integer({ min: -9, max: 9 }).map((days) => ({ reason: 'evidence', until: NOW.add({ hours: days * 24 }) })),
  { nil: undefined, freq: 6 },
);

/** A history: mostly sound, and everything else that can be. */
export const histories: fc.Arbitrary<NumberedPoint[]> = fc
  .array(
    fc.record({
      takenAt,
      own: fc.boolean(),
      state: fc.constantFrom<NumberedPoint['state']>('present', 'present', 'present', 'present', 'missing', 'deleting'),
      verdict: fc.option(
        fc.constantFrom(...VERDICTS_WORST_FIRST, ...Array.from({ length: 9 }, () => 'sound' as const)),
        {
          nil: undefined,
          freq: 12,
        },
      ),
      isElsewhere: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
      hold,
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list.map((point, index) => ({
      ...point,
      id: String(index).padStart(3, '0'),
      stateSince: point.takenAt,
      verdictAt: point.verdict === undefined ? undefined : point.takenAt,
    })),
  );

/** The same without points that nobody has checked: nothing waits for them. */
export const judgedHistories = histories.map((list) => list.filter((point) => !isUnjudged(point)));

const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6 }));

export const policies: fc.Arbitrary<RetentionPolicy> = fc.record({
  minimumCopies: fc.integer({ min: 1, max: 6 }),
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
});

export const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
);
