import { describe, expect, test } from 'vitest';
import { driftOf } from '../../../src/backups/external/drift.ts';

const days = (count: number, of: (day: number) => number) =>
  Array.from({ length: count }, (_, day) => Math.round(of(day)));
const drifts = (value: number, history: readonly number[]) =>
  driftOf({ what: 'bytes', value: Math.round(value), history }, 'dump') !== undefined;
/** How many of the values drift, when each is judged by those before it. */
const driftCount = (values: readonly number[]) =>
  values.filter((value, index) => drifts(value, values.slice(0, index))).length;

const STEADY = days(20, (day) => 1_000_000 + 3000 * Math.sin(day));

describe('the drift of a size', () => {
  test('is not judged with fewer than five sound points', () => {
    expect(drifts(1, [1_000_000, 1_000_000, 1_000_000, 1_000_000])).toBe(false);
    expect(
      drifts(
        1,
        days(5, () => 1_000_000),
      ),
    ).toBe(true);
  });

  test('is seen when a dump halves, doubles, or is all but empty', () => {
    for (const value of [500_000, 2_000_000, 12_000, 0]) expect(drifts(value, STEADY)).toBe(true);
  });

  test('is explained by the figure, the median and the bounds', () => {
    const finding = driftOf({ what: 'entries', value: 3, history: days(10, () => 100) }, 'dump');
    expect(finding).toMatchObject({
      kind: 'suspect',
      file: 'dump',
      actual: '3 entries',
      expected: '84 to 120 entries',
    });
    expect(finding?.message).toContain('has 3 entries');
    expect(finding?.message).toContain('a median of 100');
  });

  test('is none of a size that was always the same and is a little different now', () => {
    for (const value of [1_000_001, 990_000, 1_150_000])
      expect(
        drifts(
          value,
          days(20, () => 1_000_000),
        ),
      ).toBe(false);
    expect(driftOf({ what: 'entries', value: 6, history: days(20, () => 5) }, 'dump')).toBeUndefined();
  });

  test('never comes of growth, slow or fast', () => {
    expect(driftCount(days(200, (day) => 1_000_000 + 20_000 * day))).toBe(0);
    expect(driftCount(days(200, (day) => 1_000_000 * 1.03 ** day))).toBe(0);
    expect(driftCount(days(100, (day) => 3_000_000 * 0.98 ** day))).toBe(0);
  });

  test('is seen in the middle of growth', () => {
    const growing = days(60, (day) => 1_000_000 * 1.01 ** day);
    expect(drifts((growing.at(-1) ?? 0) / 2, growing)).toBe(true);
    expect(drifts(2000, growing)).toBe(true);
  });

  test('is none of what comes every week', () => {
    const weekly = days(60, (day) => (day % 7 === 6 ? 50_000_000 : 1_000_000) + 1000 * day);
    // The first two of the full backups are new: somebody looks at them.
    expect(driftCount(weekly)).toBeLessThanOrEqual(2);
    expect(driftCount(weekly.slice(0, 40))).toBe(driftCount(weekly));
    expect(drifts(20_000, weekly)).toBe(true);
  });

  test('ends once somebody has accepted the new size', () => {
    expect(drifts(400_000, STEADY)).toBe(true);
    expect(drifts(410_000, [...STEADY, 400_000])).toBe(false);
  });
});
