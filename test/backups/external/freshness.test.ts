import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { type FreshnessFacts, freshnessOf } from '../../../src/backups/external/freshness.ts';
import { nameUnitOf } from '../../../src/backups/external/name-precision.ts';

const at = (iso: string) => Temporal.Instant.from(iso);

/** Due at half past two in Berlin every night, with two hours of grace. */
const NIGHTLY: FreshnessFacts = {
  createdAt: at('2026-01-01T00:00Z'),
  schedule: { cron: '30 2 * * *', graceSeconds: 7200 },
  zone: 'Europe/Berlin',
  rpoSeconds: undefined,
  namedBy: undefined,
  soundTakenAt: undefined,
  pointTakenAt: at('2026-11-21T01:30:00Z'),
  successAt: undefined,
};

const codes = (facts: FreshnessFacts, now: string) => freshnessOf(facts, at(now)).reasons.map(({ code }) => code);

describe('a set with a schedule', () => {
  test('is stale exactly at slot + grace, and fresh one millisecond before', () => {
    expect(freshnessOf(NIGHTLY, at('2026-11-22T03:29:59.999Z')).freshness).toBe('fresh');
    const stale = freshnessOf(NIGHTLY, at('2026-11-22T03:30:00Z'));
    expect(stale).toMatchObject({ freshness: 'stale', reasons: [{ code: 'slot-missed' }] });
    expect(stale.since?.toString()).toBe('2026-11-22T03:30:00Z');
    expect(stale.reasons[0]?.slot?.toString()).toBe('2026-11-22T01:30:00Z');
  });

  test('is met by data from the very slot, and by none from a millisecond before', () => {
    const taken = (iso: string) => ({ ...NIGHTLY, pointTakenAt: at(iso) });
    expect(codes(taken('2026-11-22T01:30:00Z'), '2026-11-22T12:00Z')).toEqual([]);
    expect(codes(taken('2026-11-22T01:29:59.999Z'), '2026-11-22T12:00Z')).toEqual(['slot-missed']);
  });

  test('is met by a reported success as well', () => {
    expect(codes({ ...NIGHTLY, successAt: at('2026-11-22T01:45:00Z') }, '2026-11-22T12:00Z')).toEqual([]);
    expect(codes({ ...NIGHTLY, successAt: at('2026-11-22T01:15:00Z') }, '2026-11-22T12:00Z')).toEqual(['slot-missed']);
  });

  test('says since when the first slot was missed, and names the last one', () => {
    const stale = freshnessOf(NIGHTLY, at('2026-11-25T12:00Z'));
    expect(stale.since?.toString()).toBe('2026-11-22T03:30:00Z');
    expect(stale.reasons[0]?.slot?.toString()).toBe('2026-11-25T01:30:00Z');
  });

  test('is fresh again as soon as something comes, however late', () => {
    expect(codes({ ...NIGHTLY, pointTakenAt: at('2026-11-25T11:00Z') }, '2026-11-25T12:00Z')).toEqual([]);
  });

  test('was expected nothing of before it was entered', () => {
    const late = { ...NIGHTLY, createdAt: at('2026-11-22T01:30:00.001Z') };
    expect(codes(late, '2026-11-22T12:00Z')).toEqual([]);
    expect(codes({ ...late, createdAt: at('2026-11-22T01:30:00Z') }, '2026-11-22T12:00Z')).toEqual(['slot-missed']);
  });

  test('without any point and any success is stale from its beginning', () => {
    const empty = { ...NIGHTLY, createdAt: at('2026-11-22T08:00Z'), pointTakenAt: undefined };
    const stale = freshnessOf(empty, at('2026-11-22T08:00:01Z'));
    expect(stale.reasons.map(({ code }) => code)).toEqual(['no-point']);
    expect(stale.since?.toString()).toBe('2026-11-22T08:00:00Z');
    expect(codes({ ...empty, successAt: at('2026-11-22T08:00:00.5Z') }, '2026-11-22T08:00:01Z')).toEqual([]);
    expect(codes(empty, '2026-11-23T03:30Z')).toEqual(['no-point', 'slot-missed']);
  });
});

describe('where the clocks change', () => {
  test('a slot inside the gap of spring is due at its end', () => {
    const spring = { ...NIGHTLY, pointTakenAt: at('2026-03-28T01:30Z') };
    expect(codes(spring, '2026-03-29T02:59:59.999Z')).toEqual([]);
    expect(codes(spring, '2026-03-29T03:00Z')).toEqual(['slot-missed']);
  });

  test('a slot in the repeated hour of autumn is due once, at its first pass', () => {
    const autumn = { ...NIGHTLY, pointTakenAt: at('2026-10-24T00:30Z') };
    expect(codes(autumn, '2026-10-25T02:29:59.999Z')).toEqual([]);
    expect(codes(autumn, '2026-10-25T02:30Z')).toEqual(['slot-missed']);
    expect(codes({ ...autumn, pointTakenAt: at('2026-10-25T00:30Z') }, '2026-10-26T03:29Z')).toEqual([]);
  });

  test('a clock that was set back makes nothing stale, and a point from its future still counts', () => {
    const ahead = { ...NIGHTLY, pointTakenAt: at('2026-11-22T01:31Z') };
    expect(freshnessOf(ahead, at('2026-11-22T00:10Z'))).toEqual({ freshness: 'fresh', since: undefined, reasons: [] });
    expect(codes(ahead, '2025-06-01T00:00Z')).toEqual([]);
  });

  test('a day of 25 hours is a whole day of a name that holds the day alone', () => {
    const named = { ...NIGHTLY, schedule: { cron: '30 23 * * *', graceSeconds: 0 }, namedBy: 'day' as const };
    // Midnight in Berlin on the 25th of October; half past eleven in the evening is 24.5 hours later.
    expect(codes({ ...named, pointTakenAt: at('2026-10-24T22:00Z') }, '2026-10-25T22:30Z')).toEqual([]);
    expect(codes({ ...named, pointTakenAt: at('2026-10-23T22:00Z') }, '2026-10-25T22:30Z')).toEqual(['slot-missed']);
  });
});

describe('a name that does not hold the time of day', () => {
  const named = { ...NIGHTLY, namedBy: 'day' as const };

  test('meets every slot of its day, and none of the next', () => {
    const dayOnly = { ...named, pointTakenAt: at('2026-11-21T23:00Z') };
    expect(codes(dayOnly, '2026-11-22T12:00Z')).toEqual([]);
    expect(codes(dayOnly, '2026-11-23T03:29:59.999Z')).toEqual([]);
    expect(codes(dayOnly, '2026-11-23T03:30Z')).toEqual(['slot-missed']);
  });

  test.each([
    ['db/app-%Y%m%d.dump', 'day'],
    ['db/%Y/%m/%d/%H.tar.gz', 'hour'],
    ['db/%F_%H%M.sql', 'minute'],
    ['db/%Y%m%dT%H%M%S.sql', undefined],
    ['db/%s.sql', undefined],
    ['db/latest*.tar', undefined],
  ])('%s is exact to the %s', (pattern, unit) => {
    const definition = { pattern, timeSource: 'name' } as Parameters<typeof nameUnitOf>[0];
    expect(nameUnitOf(definition)).toBe(unit);
    expect(nameUnitOf({ ...definition, timeSource: 'mtime' })).toBeUndefined();
  });
});

describe('a set with an RPO', () => {
  const daily = { ...NIGHTLY, schedule: undefined, rpoSeconds: 86_400 };

  test('is stale exactly when its newest sound data is that old', () => {
    const sound = { ...daily, soundTakenAt: at('2026-11-21T01:30:00Z') };
    expect(codes(sound, '2026-11-22T01:29:59.999Z')).toEqual([]);
    const stale = freshnessOf(sound, at('2026-11-22T01:30:00Z'));
    expect(stale.reasons.map(({ code }) => code)).toEqual(['rpo-exceeded']);
    expect(stale.since?.toString()).toBe('2026-11-22T01:30:00Z');
  });

  test('is stale without a sound point, whatever lies there and whatever was reported', () => {
    const unread = { ...daily, pointTakenAt: at('2026-11-22T01:30Z'), successAt: at('2026-11-22T01:31Z') };
    expect(codes(unread, '2026-11-22T02:00Z')).toEqual(['no-sound-point']);
  });

  test('and with a schedule has to keep both, and says since when the first is broken', () => {
    const both = { ...NIGHTLY, rpoSeconds: 93_600, soundTakenAt: at('2026-11-21T01:30:00Z') };
    expect(codes(both, '2026-11-22T03:29Z')).toEqual([]);
    const stale = freshnessOf(both, at('2026-11-22T03:30Z'));
    expect(stale.reasons.map(({ code }) => code)).toEqual(['slot-missed', 'rpo-exceeded']);
    const earlier = freshnessOf({ ...both, rpoSeconds: 90_000 }, at('2026-11-22T03:30Z'));
    expect(earlier.since?.toString()).toBe('2026-11-22T02:30:00Z');
  });
});
