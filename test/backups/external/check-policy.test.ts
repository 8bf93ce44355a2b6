import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { forecastReading, type ReadingDemand } from '../../../src/backups/external/check-forecast.ts';
import { dueCheck, fullReadsBefore } from '../../../src/backups/external/check-policy.ts';
import { windowAt, windowSeconds, windowsOverlap } from '../../../src/backups/external/check-window.ts';
import { exposureOf } from '../../../src/backups/external/exposure.ts';
import { scaled } from '../../support/scale.ts';

const at = (iso: string) => Temporal.Instant.from(iso);
const NIGHT = { from: '22:00', until: '06:00' };

describe('a daily window', () => {
  test('that spans midnight is open on both sides of it, and says when it closes and opens', () => {
    const state = (iso: string) => {
      const found = windowAt(NIGHT, 'Europe/Berlin', at(iso));
      return found.isOpen ? ['open', String(found.closesAt)] : ['closed', String(found.opensAt)];
    };
    expect(state('2026-11-20T20:59:59Z')).toEqual(['closed', '2026-11-20T21:00:00Z']);
    expect(state('2026-11-20T21:00:00Z')).toEqual(['open', '2026-11-21T05:00:00Z']);
    expect(state('2026-11-21T04:59:59Z')).toEqual(['open', '2026-11-21T05:00:00Z']);
    expect(state('2026-11-21T05:00:00Z')).toEqual(['closed', '2026-11-21T21:00:00Z']);
  });

  test('is an hour shorter or longer when the clocks change in it', () => {
    const closes = (iso: string) => {
      const found = windowAt({ from: '01:00', until: '05:00' }, 'Europe/Berlin', at(iso));
      return found.isOpen ? String(found.closesAt) : 'closed';
    };
    // Spring: 02:00 to 03:00 does not exist on 29 March 2026; autumn: it comes twice on 25 October 2026.
    expect(closes('2026-03-29T00:30:00Z')).toBe('2026-03-29T03:00:00Z');
    expect(closes('2026-10-24T23:30:00Z')).toBe('2026-10-25T04:00:00Z');
  });

  test('that lies in the hour which a day skips falls out that day', () => {
    const window = { from: '02:00', until: '03:00' };
    expect(windowAt(window, 'Europe/Berlin', at('2026-03-29T00:00:00Z'))).toEqual({
      isOpen: false,
      opensAt: at('2026-03-30T00:00:00Z'),
    });
  });

  test('always is one that does not exist', () => {
    expect(windowAt(undefined, 'UTC', at('2026-11-20T12:00:00Z'))).toEqual({ isOpen: true, closesAt: undefined });
    expect([windowSeconds(NIGHT), windowSeconds(undefined)]).toEqual([28_800, 86_400]);
  });

  test('overlaps another one when both are open at some time of the day', () => {
    const utc = (from: string, until: string) => ({ window: { from, until }, zone: 'UTC' });
    expect(windowsOverlap(utc('22:00', '06:00'), utc('05:00', '07:00'))).toBe(true);
    expect(windowsOverlap(utc('22:00', '06:00'), utc('06:00', '22:00'))).toBe(false);
    expect(windowsOverlap(utc('22:00', '06:00'), { window: undefined, zone: 'UTC' })).toBe(true);
  });
});

describe('a point', () => {
  const now = at('2026-11-20T23:00:00Z');
  const policy = { fullReadDays: 8, window: NIGHT, zone: 'UTC' };
  const days = (count: number) => now.subtract({ hours: 24 * count });
  const sound = {
    state: 'present',
    verdict: 'sound',
    checkedAt: days(9),
    verdictAt: days(9),
    readInFullAt: days(9),
  } as const;
  const noon = at('2026-11-20T12:00:00Z');

  test('is due for an arrival check at any hour when it is new, back, or changed since it was checked', () => {
    const never = {
      state: 'present',
      verdict: undefined,
      verdictAt: undefined,
      readInFullAt: undefined,
      checkedAt: undefined,
    } as const;
    expect(dueCheck(never, policy, 0, noon)).toBe('arrival');
    expect(dueCheck({ ...sound, verdict: 'missing' }, policy, 0, noon)).toBe('arrival');
    expect(dueCheck({ ...sound, verdict: 'altered', verdictAt: days(1) }, policy, 0, noon)).toBe('arrival');
    expect(dueCheck({ ...sound, verdict: 'altered', checkedAt: undefined }, policy, 0, noon)).toBe('arrival');
    expect(dueCheck({ ...sound, verdict: 'altered' }, policy, 0, noon)).toBe('none');
    expect(dueCheck({ ...never, state: 'missing' }, policy, 0, noon)).toBe('none');
  });

  test('is due for a full read after so many days, earlier by the lead, and in the window only', () => {
    expect(dueCheck(sound, policy, 0, now)).toBe('full-read');
    expect(dueCheck(sound, policy, 0, noon)).toBe('none');
    const exactly = { ...sound, readInFullAt: days(8), verdictAt: days(8) };
    expect(dueCheck(exactly, policy, 0, now)).toBe('full-read');
    expect(dueCheck(exactly, policy, 0, now.subtract({ seconds: 1 }))).toBe('none');
    expect(dueCheck({ ...exactly, readInFullAt: days(6), verdictAt: days(6) }, policy, 1 / 4, now)).toBe('full-read');
    expect(dueCheck(sound, { ...policy, fullReadDays: undefined }, 0, now)).toBe('none');
  });

  test('that cannot be read in full is not read over and over', () => {
    expect(
      dueCheck({ ...sound, readInFullAt: undefined, verdict: 'damaged', verdictAt: days(1) }, policy, 0, now),
    ).toBe('none');
    expect(dueCheck({ ...sound, readInFullAt: undefined, verdict: 'damaged' }, policy, 0, now)).toBe('full-read');
  });
});

const MIB = 1_048_576;

function demand(overrides: Partial<ReadingDemand> = {}): ReadingDemand {
  const size = { sizeBytes: 100 * MIB, largestBytes: MIB };
  return { setId: 'a', fullReadDays: 10, window: NIGHT, zone: 'UTC', ...size, ...overrides };
}

describe('the forecast', () => {
  test('tells what a window and a rate allow, and that it is enough', () => {
    const [forecast] = forecastReading([demand()], MIB);
    expect(forecast).toMatchObject({
      bytesPerDay: 28_800 * MIB,
      roundDays: 100 / 28_800,
      isReachable: true,
      lead: 1 / 8,
    });
  });

  test('warns beforehand with the figures when the budget cannot reach the days', () => {
    const [forecast] = forecastReading([demand({ sizeBytes: 300_000 * MIB })], MIB);
    expect(forecast).toMatchObject({ isReachable: false });
    expect(forecast?.roundDays).toBeCloseTo(10.4, 1);
    const points = {
      count: 5,
      seenSince: undefined,
      oldestTakenAt: undefined,
      newestTakenAt: undefined,
      overdueCount: 0,
    };
    const exposure = forecast && exposureOf(points, forecast, at('2026-11-20T00:00:00Z'));
    expect(exposure?.warnings.map(({ kind }) => kind)).toEqual(['unreachable']);
    expect(exposure?.warnings[0]?.message).toContain('one round takes 10.4 days');
    expect(exposure?.unseenSecondsMax).toBeGreaterThan(11 * 86_400);
  });

  test('counts sets that are read in the same hours, and not those of other hours', () => {
    const big = demand({ setId: 'b', sizeBytes: 280_000 * MIB });
    expect(forecastReading([demand(), big], MIB).map(({ isReachable }) => isReachable)).toEqual([false, false]);
    const apart = { ...big, window: { from: '06:00', until: '22:00' } };
    expect(forecastReading([demand(), apart], MIB).map(({ isReachable }) => isReachable)).toEqual([true, true]);
  });

  test('says nothing where no rate is known, or where nothing has to be reached', () => {
    expect(forecastReading([demand()], undefined)[0]).toMatchObject({ isReachable: undefined, bytesPerDay: undefined });
    expect(forecastReading([demand({ fullReadDays: undefined })], MIB)[0]).toMatchObject({ isReachable: undefined });
  });
});

describe('the exposure of a set', () => {
  const [forecast] = forecastReading([demand()], MIB);
  const now = at('2026-11-20T00:00:00Z');
  const points = {
    ...{ count: 3, overdueCount: 0, seenSince: now.subtract({ hours: 48 }) },
    ...{ oldestTakenAt: now.subtract({ hours: 24 * 40 }), newestTakenAt: now },
  };

  test('is the age of the oldest read now, and the days of the policy at most', () => {
    const exposure = forecast && exposureOf(points, forecast, now);
    expect(exposure).toEqual({
      ...{ unseenSeconds: 2 * 86_400, unseenSecondsMax: 10 * 86_400, retentionSeconds: 40 * 86_400, warnings: [] },
    });
  });

  test('is a warning when it is longer than the points go back, and when points are overdue', () => {
    const short = { ...points, oldestTakenAt: now.subtract({ hours: 24 * 7 }), overdueCount: 1 };
    const exposure = forecast && exposureOf(short, forecast, now);
    expect(exposure?.warnings.map(({ kind }) => kind)).toEqual(['overdue', 'longer-than-retention']);
  });
});

interface Queued {
  readonly sizeBytes: number;
  readMs: number;
}

/**
 * Reads the points of sets as the pass does, by the pure rules: of the sets with an open window the point whose read falls due
 * first, when it is due. Answers the longest time between two reads of a point, in days, by set.
 */
function simulate(
  demands: readonly ReadingDemand[],
  queues: Queued[][],
  bytesPerSecond: number,
  lead: number,
): number[] {
  const longest = demands.map(() => 0);
  const heads = demands.map(() => 0);
  let nowMs = Date.UTC(2026, 0, 1);
  const endMs = nowMs + 3 * 86_400_000 * Math.max(...demands.map(({ fullReadDays }) => fullReadDays ?? 0));
  for (const queue of queues) {
    for (const point of queue) {
      nowMs += (point.sizeBytes / bytesPerSecond) * 1000;
      point.readMs = nowMs;
    }
  }
  while (nowMs < endMs) {
    const now = Temporal.Instant.fromEpochMilliseconds(Math.round(nowMs));
    let chosen: { index: number; point: Queued; deadline: number } | undefined;
    let opensMs = endMs;
    const before = demands.map((set) => fullReadsBefore(set, lead, now)?.epochMilliseconds);
    const closes = demands.map(({ window, zone }) => windowAt(window, zone, now));
    const closesMs = Math.min(
      ...closes.map((state) =>
        state.isOpen ? (state.closesAt?.epochMilliseconds ?? endMs) : state.opensAt.epochMilliseconds,
      ),
    );
    // Until a window opens or closes the cutoffs move with the time.
    const beganMs = nowMs;
    do {
      chosen = undefined;
      opensMs = closesMs;
      for (const [index, queue] of queues.entries()) {
        const cutoff = before[index];
        const point = queue[(heads[index] ?? 0) % queue.length];
        if (cutoff === undefined || point === undefined) continue;
        const dueMs = point.readMs + (nowMs - cutoff) - (nowMs - beganMs);
        if (dueMs > nowMs) opensMs = Math.min(opensMs, dueMs);
        const deadline = point.readMs + (demands[index]?.fullReadDays ?? 0) * 86_400_000;
        if (dueMs <= nowMs && (chosen === undefined || deadline < chosen.deadline)) chosen = { index, point, deadline };
      }
      if (chosen === undefined) break;
      const { index, point } = chosen;
      nowMs += (point.sizeBytes / bytesPerSecond) * 1000;
      longest[index] = Math.max(longest[index] ?? 0, (nowMs - point.readMs) / 86_400_000);
      point.readMs = nowMs;
      heads[index] = (heads[index] ?? 0) + 1;
    } while (nowMs < closesMs);
    if (chosen === undefined) nowMs = Math.max(opensMs, nowMs + 1);
  }
  return longest;
}

describe('10,000 points', () => {
  const random = fc.record({
    bytesPerSecond: fc.integer({ min: 1, max: 400 }).map((mebibytes) => mebibytes * MIB),
    sets: fc.array(
      fc.record({
        days: fc.integer({ min: 3, max: 60 }),
        meanBytes: fc.integer({ min: 1, max: 3000 }).map((mebibytes) => mebibytes * MIB),
        window: fc.constantFrom(undefined, NIGHT, { from: '01:30', until: '03:30' }, { from: '09:00', until: '21:00' }),
        spread: fc.integer({ min: 1, max: 50 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  });

  test('are each read again within their days, for any sizes, windows and budget, or it was said beforehand', () => {
    let reachable = 0;
    let warned = 0;
    fc.assert(
      fc.property(random, ({ bytesPerSecond, sets }) => {
        const count = Math.floor(10_000 / sets.length);
        const queues = sets.map(({ meanBytes, spread }) =>
          Array.from({ length: count }, (_, index) => ({
            sizeBytes: Math.round((meanBytes * (1 + ((index * 7919) % spread))) / spread),
            readMs: 0,
          })),
        );
        const demands = sets.map(({ days, window }, index): ReadingDemand => {
          const sizes = (queues[index] ?? []).map(({ sizeBytes }) => sizeBytes);
          const held = { sizeBytes: sizes.reduce((sum, size) => sum + size, 0), largestBytes: Math.max(...sizes) };
          return { setId: `${index}`, fullReadDays: days, window, zone: 'Europe/Berlin', ...held };
        });
        const forecasts = forecastReading(demands, bytesPerSecond);
        warned += forecasts.filter(({ isReachable }) => isReachable === false).length;
        if (forecasts.every(({ isReachable }) => isReachable === false)) return;
        const longest = simulate(demands, queues, bytesPerSecond, forecasts[0]?.lead ?? 1);
        for (const [index, { isReachable, fullReadDays = 0 }] of forecasts.entries()) {
          if (isReachable !== true) continue;
          reachable += 1;
          expect(longest[index]).toBeGreaterThan(0);
          expect(longest[index]).toBeLessThanOrEqual(fullReadDays);
        }
      }),
      { numRuns: scaled(40) },
    );
    // The property says nothing when one side never happens.
    expect(reachable).toBeGreaterThan(5);
    expect(warned).toBeGreaterThan(5);
  });
});
