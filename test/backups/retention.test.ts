import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { type PlannedPoint, planRetention } from '../../src/backups/retention.ts';
import type { Verdict } from '../../src/verification/finding.ts';
import { VERDICTS_WORST_FIRST } from '../../src/verification/finding.ts';

const verdict = fc.option(fc.constantFrom<Verdict>(...VERDICTS_WORST_FIRST, 'sound', 'sound'), { nil: undefined });
const state = fc.constantFrom<PlannedPoint['state']>('present', 'present', 'present', 'missing', 'deleting');

const points = fc
  .array(fc.record({ own: fc.boolean(), verdict, state, minute: fc.integer({ min: 0, max: 40 }) }), { maxLength: 40 })
  .map((list) =>
    list.map(({ minute, ...point }, index) => ({
      ...point,
      id: String(index).padStart(3, '0'),
      takenAt: Temporal.Instant.fromEpochMilliseconds(minute * 60_000),
    })),
  );
const keepPoints = fc.integer({ min: 1, max: 8 });

const isSound = (point: PlannedPoint) => point.state === 'present' && point.verdict === 'sound';
const removedBy = (list: readonly PlannedPoint[], keep: number) =>
  planRetention(list, keep)
    .filter(({ remove }) => remove)
    .map(({ point }) => point);

describe('whatever the history was', () => {
  test('the last sound point stays, and with it the youngest sound ones that are to be kept', () => {
    fc.assert(
      fc.property(points, keepPoints, (list, keep) => {
        const gone = new Set(removedBy(list, keep));
        const before = list.filter(isSound).length;
        const after = list.filter((point) => isSound(point) && !gone.has(point)).length;
        expect(after).toBeGreaterThanOrEqual(Math.min(before, keep));
      }),
    );
  });

  test('nothing goes that Muster did not take, or that is going already', () => {
    fc.assert(
      fc.property(points, keepPoints, (list, keep) => {
        for (const point of removedBy(list, keep)) {
          expect(point.own).toBe(true);
          expect(point.state).not.toBe('deleting');
        }
      }),
    );
  });

  test('a sound, unchecked or missing point goes only when as many younger ones as are kept are sound', () => {
    fc.assert(
      fc.property(points, keepPoints, (list, keep) => {
        for (const point of removedBy(list, keep)) {
          if (point.state === 'present' && point.verdict !== undefined && point.verdict !== 'sound') continue;
          const younger = list.filter(
            (other) => isSound(other) && Temporal.Instant.compare(other.takenAt, point.takenAt) >= 0,
          );
          expect(younger.filter((other) => other !== point).length).toBeGreaterThanOrEqual(keep);
        }
      }),
    );
  });

  test('new points that nobody has checked push nothing out', () => {
    fc.assert(
      fc.property(points, keepPoints, fc.integer({ min: 1, max: 5 }), (list, keep, count) => {
        const fresh = Array.from({ length: count }, (_, index) => ({
          id: `9${index}`,
          own: true,
          state: 'present' as const,
          verdict: undefined,
          takenAt: Temporal.Instant.fromEpochMilliseconds(99 * 60_000),
        }));
        expect(removedBy([...list, ...fresh], keep)).toEqual(removedBy(list, keep));
      }),
    );
  });

  test('while no point is sound nothing goes', () => {
    fc.assert(
      fc.property(points, keepPoints, (list, keep) => {
        const none = list.filter((point) => !isSound(point));
        expect(removedBy(none, keep)).toEqual([]);
      }),
    );
  });

  test('keeping more removes no more, and what a plan leaves needs no further removal', () => {
    fc.assert(
      fc.property(points, keepPoints, (list, keep) => {
        const gone = new Set(removedBy(list, keep));
        for (const point of removedBy(list, keep + 1)) expect(gone.has(point)).toBe(true);
        expect(
          removedBy(
            list.filter((point) => !gone.has(point)),
            keep,
          ),
        ).toEqual([]);
      }),
    );
  });

  test('the plan lists every point once, youngest data first, each with a reason', () => {
    fc.assert(
      fc.property(points, keepPoints, (list, keep) => {
        const plan = planRetention(list, keep);
        expect(plan.map(({ point }) => point.id).sort()).toEqual(list.map(({ id }) => id).sort());
        for (const { reason } of plan) expect(reason).not.toBe('');
        const times = plan.map(({ point }) => point.takenAt.epochMilliseconds);
        expect(times).toEqual(times.toSorted((a, b) => b - a));
      }),
    );
  });
});

test('the eighth sound point pushes the oldest out, and says why', () => {
  const list = Array.from({ length: 8 }, (_, day) => ({
    id: String(day),
    own: true,
    state: 'present' as const,
    verdict: 'sound' as const,
    takenAt: Temporal.Instant.fromEpochMilliseconds(day * 86_400_000),
  }));
  const plan = planRetention(list, 7);
  expect(plan.filter(({ remove }) => remove).map(({ point, reason }) => [point.id, reason])).toEqual([
    ['0', '7 younger points are sound, 7 are kept'],
  ]);
});

test('seven damaged points in a row push no sound one out', () => {
  const at = (day: number) => Temporal.Instant.fromEpochMilliseconds(day * 86_400_000);
  const sound = { id: 'a', own: true, state: 'present' as const, verdict: 'sound' as const, takenAt: at(0) };
  const damaged = Array.from({ length: 9 }, (_, index) => ({
    ...sound,
    id: `b${index}`,
    verdict: 'damaged' as const,
    takenAt: at(1 + index),
  }));
  const gone = removedBy([sound, ...damaged], 7).map(({ id }) => id);
  expect(gone).toEqual(['b1', 'b0']);
});
