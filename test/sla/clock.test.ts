import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OpenTimes, openTimeBetween, openTimesOf } from '../../src/sla/business-time.ts';
import { type Clock, clockStateAt } from '../../src/sla/clock-due.ts';
import { explainClock } from '../../src/sla/clock-explanation.ts';
import { readClock } from '../../src/sla/clock-reading.ts';
import { type ClockSegment, type ClockSegments, startedAt, withSegment } from '../../src/sla/clock-segment.ts';
import type { Term } from '../../src/sla/term.ts';
import { scaled } from '../support/scale.ts';
import { anyCalendar, anyInstantMs, calendarOf, HOUR_MS, ms } from './calendars.ts';

const RUNS = { numRuns: scaled(60) };

const pausedAt = (fromMs: number): ClockSegment => ({
  state: 'paused',
  fromMs,
  reason: 'waiting for the customer',
  by: 'service desk',
  approvedBy: 'project manager',
});
const runningAt = (fromMs: number): ClockSegment => ({ state: 'running', fromMs });
const stoppedAt = (fromMs: number): ClockSegment => ({ state: 'stopped', fromMs });

function segmentsOf(startMs: number, ...more: readonly ClockSegment[]): ClockSegments {
  return more.reduce<ClockSegments>(withSegment, startedAt(startMs));
}

const anyTerm: fc.Arbitrary<Term> = fc.oneof(
  fc.record({
    unit: fc.constantFrom('minutes' as const, 'hours' as const),
    amount: fc.integer({ min: 1, max: 200 }),
    counted: fc.constantFrom('always' as const, 'business' as const),
  }),
  fc.record({
    unit: fc.constant('working-days' as const),
    amount: fc.integer({ min: 1, max: 30 }),
    due: fc.constantFrom('same-time' as const, 'end-of-day' as const),
  }),
);

/** Spans between changes of a clock: minutes to weeks, and nothing at all. */
const anySpans = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 * HOUR_MS })), { maxLength: 7 });

/** A clock that was paused and resumed at any instants, perhaps stopped, and an instant to read it at. */
const anyLife = fc
  .record({
    term: anyTerm,
    startMs: anyInstantMs,
    spans: anySpans,
    isStopped: fc.boolean(),
    laterMs: fc.integer({ min: 0, max: 900 * HOUR_MS }),
  })
  .map(({ term, startMs, spans, isStopped, laterMs }) => {
    let atMs = startMs;
    let segments = startedAt(startMs);
    spans.forEach((span, index) => {
      atMs += span;
      const isLast = index === spans.length - 1;
      const next = index % 2 === 0 ? pausedAt(atMs) : runningAt(atMs);
      segments = withSegment(segments, isLast && isStopped ? stoppedAt(atMs) : next);
    });
    const clock: Clock = { term, segments };
    return { clock, atMs: atMs + laterMs };
  });

const sumOf = (amounts: readonly number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

/** 8 hours a day from Monday to Friday. */
const office = openTimesOf(calendarOf('UTC', '09:00-12:00 13:00-18:00'));
const twoHours: Term = { unit: 'hours', amount: 2, counted: 'business' };
const MONDAY_NINE = ms('2026-11-30T09:00Z');

function read(open: OpenTimes, term: Term, segments: ClockSegments, at: string, percents: readonly number[] = []) {
  return readClock({ term, segments }, ms(at), open, percents);
}

describe('a clock', () => {
  test('is never due earlier because of a pause, however long the pause lasts', () => {
    fc.assert(
      fc.property(
        anyCalendar,
        anyLife,
        fc.integer({ min: 0, max: 400 * HOUR_MS }),
        (calendar, { clock, atMs }, moreMs) => {
          const open = openTimesOf(calendar);
          const dueMs = clockStateAt(clock, atMs, open).dueMs;
          const unpaused = clockStateAt({ ...clock, segments: startedAt(clock.segments[0].fromMs) }, atMs, open);
          expect(dueMs).toBeGreaterThanOrEqual(unpaused.dueMs);
          if (clock.segments.at(-1)?.state === 'stopped') return;
          const paused =
            clock.segments.at(-1)?.state === 'paused' ? clock.segments : [...clock.segments, pausedAt(atMs)];
          const waiting = { ...clock, segments: paused as ClockSegments };
          expect(clockStateAt(waiting, atMs + moreMs, open).dueMs).toBeGreaterThanOrEqual(dueMs);
        },
      ),
      RUNS,
    );
  });

  test('has lived through the time of all its segments, running and paused, and through no other', () => {
    fc.assert(
      fc.property(anyCalendar, anyLife, (calendar, { clock, atMs }) => {
        const open = openTimesOf(calendar);
        const { stretches, reckoning } = clockStateAt(clock, atMs, open);
        const startMs = clock.segments[0].fromMs;
        expect(sumOf(stretches.map(({ countedMs }) => countedMs))).toBe(reckoning.between(startMs, atMs));
      }),
      RUNS,
    );
  });

  test('consumes exactly what is allotted until its due time', () => {
    fc.assert(
      fc.property(anyCalendar, anyLife, (calendar, { clock, atMs }) => {
        const open = openTimesOf(calendar);
        const { segments } = clock;
        if (segments.at(-1)?.state !== 'running') return;
        const { dueMs, allottedMs } = clockStateAt(clock, atMs, open);
        const then = readClock(clock, dueMs, open, []);
        expect([then.consumedMs, then.remainingMs, then.overrunMs]).toEqual([allottedMs, 0, 0]);
        expect(then.breachedAtMs).toBeNull();
        expect(readClock(clock, Math.max(atMs, dueMs + 1), open, []).breachedAtMs).toBe(dueMs);
      }),
      RUNS,
    );
  });

  test('reaches its marks in their order, at instants that later readings do not move', () => {
    fc.assert(
      fc.property(
        anyCalendar,
        anyLife,
        fc.integer({ min: 0, max: 400 * HOUR_MS }),
        (calendar, { clock, atMs }, moreMs) => {
          const open = openTimesOf(calendar);
          const { marks } = readClock(clock, atMs, open, [25, 50, 75]);
          const later = readClock(clock, atMs + moreMs, open, [25, 50, 75]).marks;
          const instants = marks.flatMap((mark) => mark.atMs ?? []);
          expect(instants).toEqual(instants.toSorted((left, right) => left - right));
          marks.forEach((mark, index) => {
            if (mark.isReached) expect(later[index]).toEqual(mark);
          });
        },
      ),
      RUNS,
    );
  });

  test('explains itself by steps and days that add up to what it shows', () => {
    fc.assert(
      fc.property(anyCalendar, anyLife, (calendar, { clock, atMs }) => {
        const open = openTimesOf(calendar);
        const state = clockStateAt(clock, atMs, open);
        const reading = readClock(clock, atMs, open, []);
        const { dueSteps, stretches, days } = explainClock(state, open);
        const ran = stretches.filter(({ segment }) => segment.state === 'running');
        expect(sumOf(ran.map(({ countedMs }) => countedMs))).toBe(reading.consumedMs);
        expect(dueSteps.at(-1)?.dueMs).toBe(reading.dueMs);
        const startMs = clock.segments[0].fromMs;
        const movedMs = sumOf(dueSteps.map(({ addedMs }) => addedMs));
        expect(movedMs).toBe(state.reckoning.between(startMs, reading.dueMs));
        if (clock.term.unit !== 'working-days' && clock.term.counted === 'always') return;
        const explainedMs = sumOf(days.map(({ countedMs }) => countedMs));
        const isStopped = reading.state === 'stopped';
        expect(explainedMs).toBe(isStopped ? Math.min(reading.consumedMs, reading.allottedMs) : reading.allottedMs);
      }),
      RUNS,
    );
  });
});

describe('a clock of two business hours', () => {
  test('shows what is consumed and what remains', () => {
    expect(read(office, twoHours, startedAt(MONDAY_NINE), '2026-11-30T09:30Z')).toEqual({
      state: 'running',
      dueMs: ms('2026-11-30T11:00Z'),
      allottedMs: 2 * HOUR_MS,
      consumedMs: HOUR_MS / 2,
      consumedPercent: 25,
      remainingMs: 1.5 * HOUR_MS,
      overrunMs: 0,
      breachedAtMs: null,
      isProvisional: false,
      marks: [],
    });
  });

  test('shows by how much it is overrun, in business time, and when it was breached', () => {
    const reading = read(office, twoHours, startedAt(MONDAY_NINE), '2026-11-30T13:30Z');
    expect(reading).toMatchObject({ overrunMs: 1.5 * HOUR_MS, remainingMs: 0, consumedPercent: 175 });
    expect(reading.breachedAtMs).toBe(ms('2026-11-30T11:00Z'));
  });

  test('is due later by the open time of a pause, and not by a pause of a night', () => {
    const segments = segmentsOf(
      MONDAY_NINE,
      pausedAt(ms('2026-11-30T10:00Z')),
      runningAt(ms('2026-11-30T17:30Z')),
      pausedAt(ms('2026-11-30T18:00Z')),
      runningAt(ms('2026-12-01T08:00Z')),
    );
    const reading = read(office, twoHours, segments, '2026-12-01T08:00Z');
    expect([reading.dueMs, reading.consumedMs]).toEqual([ms('2026-12-01T09:30Z'), 1.5 * HOUR_MS]);
  });

  test('that is paused is due when it would be if it went on now, and is not breached meanwhile', () => {
    const segments = segmentsOf(MONDAY_NINE, pausedAt(ms('2026-11-30T10:00Z')));
    expect(read(office, twoHours, segments, '2026-11-30T17:00Z').dueMs).toBe(ms('2026-11-30T18:00Z'));
    const later = read(office, twoHours, segments, '2026-12-11T17:00Z', [50, 75]);
    expect(later).toMatchObject({ state: 'paused', breachedAtMs: null, remainingMs: HOUR_MS });
    expect(later.marks).toEqual([
      { percent: 50, atMs: ms('2026-11-30T10:00Z'), isReached: true },
      { percent: 75, atMs: null, isReached: false },
    ]);
  });

  test('is not saved by a pause after the breach', () => {
    const segments = segmentsOf(MONDAY_NINE, pausedAt(ms('2026-11-30T11:30Z')));
    const reading = read(office, twoHours, segments, '2026-12-11T17:00Z');
    expect([reading.dueMs, reading.breachedAtMs]).toEqual([ms('2026-11-30T11:00Z'), ms('2026-11-30T11:00Z')]);
    expect(reading.overrunMs).toBe(HOUR_MS / 2);
  });

  test('that is stopped exactly on the due time is met; a millisecond later it is not', () => {
    const dueMs = ms('2026-11-30T11:00Z');
    const stopped = (atMs: number) =>
      read(office, twoHours, segmentsOf(MONDAY_NINE, stoppedAt(atMs)), '2026-12-11T17:00Z');
    expect(stopped(dueMs)).toMatchObject({ state: 'stopped', breachedAtMs: null, consumedPercent: 100 });
    expect(stopped(dueMs + 1).breachedAtMs).toBe(dueMs);
  });

  test('has not started before its first segment', () => {
    const reading = read(office, twoHours, startedAt(MONDAY_NINE), '2026-11-30T08:59Z', [50]);
    expect(reading).toMatchObject({ state: 'not-started', consumedMs: 0, breachedAtMs: null });
    expect(reading.marks).toEqual([{ percent: 50, atMs: null, isReached: false }]);
  });
});

describe('the explanation of a clock', () => {
  test('lists the days with what counts of each, and the holidays between them by name', () => {
    const open = openTimesOf(calendarOf('UTC', '09:00-12:00 13:00-18:00', { dates: { '2026-11-27': '' } }));
    const clock = { term: { ...twoHours, amount: 10 }, segments: startedAt(ms('2026-11-26T17:00Z')) };
    const { days } = explainClock(clockStateAt(clock, ms('2026-11-26T17:00Z'), open), open);
    const line = (fromDate: string, untilDate: string, hours: number, names: string[] = []) => {
      return { fromDate, untilDate, openMs: hours * HOUR_MS, countedMs: hours * HOUR_MS, names };
    };
    expect(days).toEqual([
      line('2026-11-26', '2026-11-26', 1),
      line('2026-11-27', '2026-11-29', 0, ['on 2026-11-27']),
      line('2026-11-30', '2026-11-30', 8),
      line('2026-12-01', '2026-12-01', 1),
    ]);
  });

  test('sums up the days behind the first thousand lines, so that it stays bounded and still adds up', () => {
    const open = openTimesOf(calendarOf('UTC', '09:00-10:00', { weekends: '09:00-10:00' }));
    const clock: Clock = {
      term: { unit: 'hours', amount: 1500, counted: 'business' },
      segments: startedAt(MONDAY_NINE),
    };
    const { days } = explainClock(clockStateAt(clock, MONDAY_NINE, open), open);
    expect(days).toHaveLength(1001);
    expect(days.at(-1)?.countedMs).toBe(500 * HOUR_MS);
    expect(openTimeBetween(open, MONDAY_NINE, ms(`${days.at(-1)?.untilDate}T10:00Z`))).toBe(1500 * HOUR_MS);
  });
});

describe('the segments of a clock', () => {
  const running = startedAt(MONDAY_NINE);
  const paused = segmentsOf(MONDAY_NINE, pausedAt(MONDAY_NINE + 1));

  test.each([
    ['a running clock runs already', running, runningAt(MONDAY_NINE + 1), 'clock-not-paused'],
    ['a paused clock is paused already', paused, pausedAt(MONDAY_NINE + 2), 'clock-not-running'],
    ['nothing comes before the last change', paused, runningAt(MONDAY_NINE), 'before-last-segment'],
    [
      'a stopped clock stays stopped',
      segmentsOf(MONDAY_NINE, stoppedAt(MONDAY_NINE)),
      runningAt(MONDAY_NINE),
      'clock-stopped',
    ],
  ])('are refused one that cannot follow: %s', (_, segments, next, code) => {
    expect(() => withSegment(segments, next)).toThrow(expect.objectContaining({ code }));
  });

  test('are bounded, and the last of them stops the clock', () => {
    let many = running;
    for (let seq = 2; seq <= 999; seq += 1) {
      many = withSegment(many, seq % 2 === 0 ? pausedAt(MONDAY_NINE + seq) : runningAt(MONDAY_NINE + seq));
    }
    const more = () => withSegment(many, pausedAt(MONDAY_NINE + 1000));
    expect(more).toThrow(expect.objectContaining({ code: 'too-many-segments' }));
    expect(withSegment(many, stoppedAt(MONDAY_NINE + 1000))).toHaveLength(1000);
  });

  test('are kept as they were when one is added', () => {
    const more = withSegment(paused, stoppedAt(MONDAY_NINE + 5));
    expect(more.slice(0, 2)).toEqual(paused);
    expect(paused).toHaveLength(2);
  });
});
