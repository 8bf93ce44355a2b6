import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/backups/retention/retention-policy.ts';
import { goneBy, NOW, type NumberedPoint, planOf, pointAt, policyOf, UNJUDGED } from './planning.ts';

const daily = (count: number, facts: (day: number) => Partial<NumberedPoint> = () => ({})) =>
  Array.from({ length: count }, (_, day) => pointAt(NOW.subtract({ hours: 24 * (day + 1) }).toString(), facts(day)));
const toldOf = (list: readonly NumberedPoint[], policy: Partial<RetentionPolicy>, zone?: string) =>
  planOf(list, policyOf(policy), zone).map(({ action, reason }) => `${action}: ${reason}`);

describe('without generations', () => {
  test('the eighth sound point pushes the oldest out, and says why', () => {
    const told = toldOf(daily(8), { minimumCopies: 7 });
    expect(told.slice(0, 2)).toEqual(['keep: sound copy 1 of 7', 'keep: sound copy 2 of 7']);
    expect(told.at(-1)).toBe('drop: 7 younger points are sound, 7 are kept');
  });

  test('nine damaged points in a row push no sound one out; the youngest of them stay to be looked at', () => {
    const list = daily(10, (day) => (day < 9 ? { verdict: 'damaged' } : {}));
    const told = toldOf(list, { minimumCopies: 7 });
    expect(told[0]).toBe('keep: it is damaged, and kept to be looked at');
    expect(told.slice(7)).toEqual([
      'drop: it is damaged; 7 younger points are not sound either, 7 are kept',
      'drop: it is damaged; 8 younger points are not sound either, 7 are kept',
      'keep: sound copy 1 of 7',
    ]);
  });
});

describe('generations', () => {
  test('keep the newest sound point of each period that has one, and say which place it fills', () => {
    const list = [
      pointAt('2026-10-27T02:00:00Z'),
      pointAt('2026-10-26T14:00:00Z'),
      pointAt('2026-10-26T02:00:00Z'),
      // A gap: it costs no place.
      pointAt('2026-10-11T02:00:00Z'),
      pointAt('2026-09-30T02:00:00Z'),
      pointAt('2026-09-29T02:00:00Z'),
    ];
    expect(toldOf(list, { daily: 3, weekly: 2, monthly: 5 })).toEqual([
      'keep: sound copy 1 of 1; newest of 2026-10-27 (daily 1 of 3); newest of 2026-W44 (weekly 1 of 2); newest of 2026-10 (monthly 1 of 5)',
      'keep: newest of 2026-10-26 (daily 2 of 3)',
      'drop: 2 younger points are sound, 1 is kept; 2026-10-26 has a younger one (daily); 2026-W44 has a younger one (weekly); 2026-10 has a younger one (monthly)',
      'keep: newest of 2026-10-11 (daily 3 of 3); newest of 2026-W41 (weekly 2 of 2)',
      'keep: newest of 2026-09 (monthly 2 of 5)',
      'drop: 5 younger points are sound, 1 is kept; the 3 daily ones are younger; the 2 weekly ones are younger; 2026-09 has a younger one (monthly)',
    ]);
  });

  test('hand a day over to its week and its month: the point that was a daily one stays as the weekly one', () => {
    // Every day for 70 days, with what each day before left.
    let kept: NumberedPoint[] = [];
    for (const point of daily(70).toReversed()) {
      const list = [...kept, point];
      kept = list.filter((one) => !goneBy(list, policyOf({ daily: 3, weekly: 3, monthly: 3 })).includes(one));
    }
    expect(kept.map(({ takenAt }) => takenAt.toString().slice(5, 10)).toReversed()).toEqual([
      ...['10-26', '10-25', '10-24'],
      ...['10-18'],
      ...['09-30', '08-31'],
    ]);
  });

  test('tell the two hours apart that a change of the clocks repeats, and know days of 23 and 25 hours', () => {
    const hours = Array.from({ length: 6 }, (_, hour) =>
      pointAt(Temporal.Instant.from('2026-10-24T21:30:00Z').add({ hours: hour }).toString()),
    );
    const told = toldOf(hours, { hourly: 6, daily: 2 }, 'Europe/Berlin');
    expect(told.map((line) => /newest of (\S+ \S+) \(hourly/.exec(line)?.[1])).toEqual([
      '2026-10-25 03:00+01:00',
      '2026-10-25 02:00+01:00',
      '2026-10-25 02:00+02:00',
      '2026-10-25 01:00+02:00',
      '2026-10-25 00:00+02:00',
      '2026-10-24 23:00+02:00',
    ]);
    expect(told.filter((line) => line.includes('(daily'))).toHaveLength(2);
    const midnight = ['2026-10-25T22:59:00Z', '2026-10-24T22:00:00Z'].map((at) => pointAt(at));
    expect(toldOf(midnight, { daily: 9 }, 'Europe/Berlin')[1]).toMatch(/^drop: .*2026-10-25 has a younger one/);
    expect(toldOf(midnight, { daily: 9 }, 'UTC')[1]).toBe('keep: newest of 2026-10-24 (daily 2 of 9)');
  });

  test('count ISO weeks in the year that they belong to', () => {
    const list = ['2026-01-01T12:00:00Z', '2025-12-29T12:00:00Z', '2025-12-28T12:00:00Z', '2021-01-03T12:00:00Z'];
    const told = toldOf(
      list.map((at) => pointAt(at)),
      { weekly: 9 },
    );
    expect(told[0]).toContain('newest of 2026-W01 (weekly 1 of 9)');
    expect(told[1]).toContain('2026-W01 has a younger one');
    expect(told[2]).toContain('newest of 2025-W52 (weekly 2 of 9)');
    expect(told[3]).toContain('newest of 2020-W53 (weekly 3 of 9)');
  });

  test('are filled by sound points alone: a month that only holds what could not be judged keeps all of it', () => {
    const list = [
      pointAt('2026-10-20T02:00:00Z'),
      pointAt('2026-09-20T02:00:00Z', { verdict: 'unverifiable' }),
      pointAt('2026-09-10T02:00:00Z', { verdict: 'suspect' }),
      pointAt('2026-08-10T02:00:00Z'),
    ];
    expect(toldOf(list, { monthly: 2 })).toEqual([
      'keep: sound copy 1 of 1; newest of 2026-10 (monthly 1 of 2)',
      'keep: it is unverifiable: were it sound, it would be newest of 2026-09 (monthly)',
      'keep: it is suspect: were it sound, it would be newest of 2026-09 (monthly)',
      'keep: newest of 2026-08 (monthly 2 of 2)',
    ]);
    expect(toldOf(list, {})[1]).toBe('drop: 1 younger point is sound, 1 is kept');
  });
});

describe('what overrules the policy', () => {
  const held = (until: string) => ({ hold: { reason: 'evidence', until: Temporal.Instant.from(until) } });

  test('a hold keeps its point to the millisecond of its end', () => {
    const list = (until: Temporal.Instant) => daily(2, (day) => (day === 1 ? held(until.toString()) : {}));
    expect(toldOf(list(NOW.add({ milliseconds: 1 })), {})[1]).toBe(
      'keep: held until 2026-10-27T12:00:00.001Z: evidence',
    );
    expect(toldOf(list(NOW), {})[1]).toBe('drop: 1 younger point is sound, 1 is kept');
  });

  test('a held sound point still fills its places', () => {
    const list = daily(2, (day) => (day === 0 ? held('2027-01-01T00:00:00Z') : {}));
    expect(toldOf(list, {})[0]).toBe('keep: held until 2027-01-01T00:00:00Z: evidence; sound copy 1 of 1');
  });

  test('nothing older goes before a younger point was checked, and the plan says for which it waits', () => {
    const list = daily(4, (day) => (day === 1 ? UNJUDGED : {}));
    expect(toldOf(list, {})).toEqual([
      'keep: sound copy 1 of 1',
      'keep: it has not been checked yet, and nothing goes unchecked',
      'keep: 1 younger point is sound, 1 is kept; but the younger one of 2026-10-25T12:00:00Z must be checked first',
      'keep: 2 younger points are sound, 1 is kept; but the younger one of 2026-10-25T12:00:00Z must be checked first',
    ]);
  });

  test('a point that was missing and is back counts as not checked; one whose check missed a file does not', () => {
    const missed = (stateSince: Temporal.Instant) =>
      daily(3, (day) => (day === 0 ? { verdict: 'missing', verdictAt: NOW, stateSince } : {}));
    expect(goneBy(missed(NOW.add({ seconds: 1 })), policyOf({}))).toEqual([]);
    expect(goneBy(missed(NOW), policyOf({}))).toHaveLength(1);
  });

  test('a point ahead of the clock counts for nothing; five minutes are no more than clocks differ', () => {
    const list = (minutes: number) => [pointAt(NOW.add({ minutes }).toString()), ...daily(1)];
    expect(toldOf(list(6), {})).toEqual([
      'keep: its time lies ahead of the clock: it counts for nothing until then',
      'keep: sound copy 1 of 1',
    ]);
    expect(goneBy(list(5), policyOf({}))).toHaveLength(1);
    const damaged = [NOW.add({ hours: 1 }), NOW].map((at) => pointAt(at.toString(), { verdict: 'damaged' }));
    expect(goneBy([...damaged, ...daily(1)], policyOf({}))).toEqual([]);
  });

  test('a missing point is forgotten when it would have been removed by now', () => {
    const missing = { state: 'missing', verdict: 'missing' } as const;
    const list = daily(3, (day) => (day > 0 ? missing : {}));
    expect(toldOf(list, { daily: 2 }).slice(1)).toEqual([
      'keep: it is missing, and should be there',
      'keep: it is missing, and should be there',
    ]);
    expect(goneBy(list, policyOf({}))).toHaveLength(2);
  });

  test('what lies in another repository neither goes nor counts', () => {
    const list = daily(3, (day) => (day === 0 ? { isElsewhere: true } : {}));
    expect(toldOf(list, {})).toEqual([
      'keep: it lies in another repository than the one that the set fills now',
      'keep: sound copy 1 of 1',
      'drop: 1 younger point is sound, 1 is kept',
    ]);
  });
});
