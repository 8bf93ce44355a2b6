import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import {
  addOpenTime,
  isProvisional,
  openTimeBetween,
  openTimesOf,
  subtractOpenTime,
} from '../../src/sla/business-time.ts';
import { type Term, termDueMs } from '../../src/sla/term.ts';
import type { WorkingCalendar } from '../../src/sla/working-calendar.ts';
import { addWorkingDays } from '../../src/sla/working-day.ts';
import { scaled } from '../support/scale.ts';
import { anyCalendar, anyInstantMs, calendarOf, HOUR_MS, local, ms, windows } from './calendars.ts';

const RUNS = { numRuns: scaled(60) };
const anyAmountMs = fc.integer({ min: 1, max: 300 * HOUR_MS });

/** Open time of the local dates from one until before another, in hours. */
function hoursOpen(calendar: WorkingCalendar, from: string, until: string): number {
  const midnightMs = (date: string) => Temporal.PlainDate.from(date).toZonedDateTime(calendar.zone).epochMilliseconds;
  return openTimeBetween(openTimesOf(calendar), midnightMs(from), midnightMs(until)) / HOUR_MS;
}

describe('open time', () => {
  test('until the due time is exactly what was added, and a millisecond earlier it is not', () => {
    fc.assert(
      fc.property(anyCalendar, anyInstantMs, anyAmountMs, (calendar, fromMs, amountMs) => {
        const open = openTimesOf(calendar);
        const dueMs = addOpenTime(open, fromMs, amountMs);
        expect(openTimeBetween(open, fromMs, dueMs)).toBe(amountMs);
        expect(openTimeBetween(open, fromMs, dueMs - 1)).toBe(amountMs - 1);
      }),
      RUNS,
    );
  });

  test('is taken away again as it was added', () => {
    fc.assert(
      fc.property(anyCalendar, anyInstantMs, anyAmountMs, (calendar, untilMs, amountMs) => {
        const open = openTimesOf(calendar);
        const fromMs = subtractOpenTime(open, untilMs, amountMs);
        expect(openTimeBetween(open, fromMs, untilMs)).toBe(amountMs);
        expect(openTimeBetween(open, fromMs + 1, untilMs)).toBe(amountMs - 1);
      }),
      RUNS,
    );
  });

  test('adds up over any instants between, and backwards there is none', () => {
    fc.assert(
      fc.property(anyCalendar, fc.tuple(anyInstantMs, anyInstantMs, anyInstantMs), (calendar, instants) => {
        const open = openTimesOf(calendar);
        const [a, b, c] = instants.toSorted((left, right) => left - right) as [number, number, number];
        expect(openTimeBetween(open, a, b) + openTimeBetween(open, b, c)).toBe(openTimeBetween(open, a, c));
        expect(openTimeBetween(open, c, a)).toBe(0);
      }),
      RUNS,
    );
  });

  test('is what a minute hand counts that asks at each minute whether the wall clock is in a window', () => {
    const zone = 'Asia/Kolkata';
    fc.assert(
      fc.property(anyCalendar, anyInstantMs, fc.integer({ min: 0, max: 1500 }), (drawn, anyMs, minutes) => {
        const calendar = { ...drawn, zone };
        const fromMs = anyMs - (anyMs % 60_000);
        const counted = Array.from({ length: minutes }, (_, minute) => isOpenAt(calendar, fromMs + minute * 60_000));
        const untilMs = fromMs + minutes * 60_000;
        expect(openTimeBetween(openTimesOf(calendar), fromMs, untilMs) / 60_000).toBe(counted.filter(Boolean).length);
      }),
      RUNS,
    );
  });

  test.each(['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago', 'Pacific/Apia', 'Asia/Beirut'])(
    'of a calendar that never closes is all time, whatever the clocks of %s do',
    (zone) => {
      const open = openTimesOf(calendarOf(zone, '00:00-24:00', { weekends: '00:00-24:00' }));
      fc.assert(
        fc.property(anyInstantMs, anyAmountMs, (fromMs, amountMs) => {
          expect(addOpenTime(open, fromMs, amountMs)).toBe(fromMs + amountMs);
          expect(subtractOpenTime(open, fromMs, amountMs)).toBe(fromMs - amountMs);
        }),
        RUNS,
      );
    },
  );

  test('that is added 0 times is the first open instant from there on', () => {
    const open = openTimesOf(calendarOf('UTC', '09:00-12:00 13:00-18:00'));
    const first = (iso: string) => local(addOpenTime(open, ms(iso), 0), 'UTC');
    expect(first('2026-11-27T10:00Z')).toBe('2026-11-27T10:00:00');
    expect(first('2026-11-27T12:00Z')).toBe('2026-11-27T13:00:00');
    expect(first('2026-11-27T18:00Z')).toBe('2026-11-30T09:00:00');
  });

  function isOpenAt(calendar: WorkingCalendar, atMs: number): boolean {
    const now = Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(calendar.zone);
    const dated = calendar.dates.get(now.toPlainDate().toString());
    const minute = now.hour * 60 + now.minute;
    return (dated?.windows ?? calendar.weekly[now.dayOfWeek - 1] ?? []).some(
      ({ fromMinute, untilMinute }) => fromMinute <= minute && minute < untilMinute,
    );
  }
});

describe('where the clocks change', () => {
  const round = { weekends: '00:00-24:00' };

  test.each([
    ['a day of 23 hours', 'Europe/Berlin', '2026-03-29', '2026-03-30', 23],
    ['a day of 25 hours', 'Europe/Berlin', '2026-10-25', '2026-10-26', 25],
    ['a day whose clocks go half an hour forward', 'Australia/Lord_Howe', '2026-10-04', '2026-10-05', 23.5],
    ['a day that begins at 01:00', 'America/Santiago', '2026-09-06', '2026-09-07', 23],
    ['a day that there was not', 'Pacific/Apia', '2011-12-30', '2011-12-31', 0],
  ])('%s is open for as long as it lasts', (_, zone, from, until, hours) => {
    expect(hoursOpen(calendarOf(zone, '00:00-24:00', round), from, until)).toBe(hours);
  });

  test.each([
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Pacific/Apia',
    'Asia/Beirut',
    'Africa/Casablanca',
    'Asia/Kathmandu',
    'Asia/Pyongyang',
  ])('every day of %s begins when the time zone database says so, in years with and without changes', (zone) => {
    for (const year of [1986, 2006, 2011, 2015, 2018, 2024, 2026]) {
      const { dayStartsMs } = openTimesOf(calendarOf(zone, '09:00-17:00')).year(year);
      const first = Temporal.PlainDate.from({ year, month: 1, day: 1 });
      const asked = Array.from(dayStartsMs, (_, days) => first.add({ days }).toZonedDateTime(zone).epochMilliseconds);
      expect([...dayStartsMs]).toEqual(asked);
    }
  });

  test('the hours of the day are not longer or shorter, because the change lies outside them', () => {
    const calendar = calendarOf('Europe/Berlin', '09:00-17:00', { weekends: '09:00-17:00' });
    expect(hoursOpen(calendar, '2026-03-28', '2026-03-31')).toBe(24);
    const dueMs = addOpenTime(openTimesOf(calendar), ms('2026-03-28T16:00', 'Europe/Berlin'), 2 * HOUR_MS);
    expect(local(dueMs, 'Europe/Berlin')).toBe('2026-03-29T10:00:00');
  });

  test.each([
    // In New York there is no time from 02:00 to 03:00 on this day: 02:30 is taken as 03:30.
    ['over the gap', '01:00-04:00', 2],
    ['that ends in the gap', '01:00-02:30', 1.5],
    ['that the gap turns around', '02:30-03:15', 0],
    ['pushed into the next one', '01:00-02:30 03:00-04:00', 2],
  ])('a window %s counts once', (_, words, hours) => {
    const calendar = calendarOf('America/New_York', '', { weekends: words });
    expect(hoursOpen(calendar, '2026-03-08', '2026-03-09')).toBe(hours);
  });

  test('a window over the repeated hour counts both passes', () => {
    const calendar = calendarOf('America/New_York', '', { weekends: '00:30-02:30' });
    expect(hoursOpen(calendar, '2026-11-01', '2026-11-02')).toBe(3);
  });
});

describe('where days and years end', () => {
  test('24:00 and the 00:00 after it are one instant: a night shift is not interrupted', () => {
    const open = openTimesOf(calendarOf('Asia/Shanghai', '00:00-06:00 22:00-24:00'));
    const dueMs = addOpenTime(open, ms('2025-12-31T23:59', 'Asia/Shanghai'), 2 * 60_000);
    expect(local(dueMs, 'Asia/Shanghai')).toBe('2026-01-01T00:01:00');
  });

  test('the 29th of February is a day of leap years only', () => {
    const calendar = calendarOf('UTC', '00:00-24:00', { weekends: '00:00-24:00' });
    const days = (year: number) => hoursOpen(calendar, `${year}-02-01`, `${year}-03-01`) / 24;
    expect([days(2026), days(2028), days(2100)]).toEqual([28, 29, 28]);
    const open = openTimesOf(calendarOf('UTC', '09:00-17:00'));
    expect(local(addWorkingDays(open, ms('2028-02-28T10:00Z'), 1, 'same-time'), 'UTC')).toBe('2028-02-29T10:00:00');
  });

  test('a sum goes on over years, forwards and backwards', () => {
    const open = openTimesOf(calendarOf('UTC', '09:00-10:00'));
    const dueMs = addOpenTime(open, ms('2026-12-31T09:30Z'), 530 * HOUR_MS);
    expect(new Date(dueMs).getUTCFullYear()).toBe(2029);
    expect(subtractOpenTime(open, dueMs, 530 * HOUR_MS)).toBe(ms('2026-12-31T09:30Z'));
  });

  test('a dated day replaces the hours of its weekday: closed, or open with its own', () => {
    const dates = { '2026-11-26': '', '2026-11-28': '10:00-14:00' };
    const calendar = calendarOf('UTC', '09:00-17:00', { dates });
    expect(hoursOpen(calendar, '2026-11-25', '2026-11-26')).toBe(8);
    expect(hoursOpen(calendar, '2026-11-26', '2026-11-27')).toBe(0);
    expect(hoursOpen(calendar, '2026-11-28', '2026-11-29')).toBe(4);
  });

  test('a calendar that is not open for that long says so instead of looking for ever', () => {
    const never = openTimesOf({ zone: 'UTC', weekly: [], dates: new Map(), published: null });
    const refused = expect.objectContaining({ kind: 'unprocessable', code: 'beyond-calendar' });
    expect(() => addOpenTime(never, ms('2026-11-27T10:00Z'), 1)).toThrow(refused);
    expect(() => subtractOpenTime(never, ms('2026-11-27T10:00Z'), 1)).toThrow(refused);
    expect(() => addOpenTime(never, ms('2250-11-27T10:00Z'), 1)).toThrow(refused);
    const once = { zone: 'UTC', weekly: [], dates: new Map([['2026-11-27', day('09:00-10:00')]]), published: null };
    expect(() => addWorkingDays(openTimesOf(once), ms('2026-11-27T09:30Z'), 1, 'same-time')).toThrow(refused);
  });

  const day = (words: string) => ({ windows: windows(words), name: 'once' });
});

describe('working days', () => {
  const zone = 'UTC';
  const open = openTimesOf(
    calendarOf(zone, '09:00-12:00 13:00-18:00', { dates: { '2026-10-01': '', '2026-10-10': '09:00-12:00' } }),
  );
  const due = (start: string, days: number, when: 'same-time' | 'end-of-day') =>
    local(addWorkingDays(open, ms(start), days, when), zone);

  test.each([
    ['at the same time', '2026-10-05T10:15Z', 2, 'same-time', '2026-10-07T10:15:00'],
    ['over a weekend', '2026-10-02T10:15Z', 1, 'same-time', '2026-10-05T10:15:00'],
    ['over a holiday', '2026-09-30T10:15Z', 1, 'same-time', '2026-10-02T10:15:00'],
    ['on a make-up working day, which counts', '2026-10-09T10:15Z', 1, 'same-time', '2026-10-10T10:15:00'],
    ['closed at that time: the next opening', '2026-10-09T15:00Z', 1, 'same-time', '2026-10-12T09:00:00'],
    ['at lunch', '2026-10-05T12:20Z', 1, 'same-time', '2026-10-06T13:00:00'],
    ['from a closed day: as from its next opening', '2026-10-03T23:00Z', 1, 'same-time', '2026-10-06T09:00:00'],
    ['by the end of the day', '2026-10-05T10:15Z', 2, 'end-of-day', '2026-10-07T18:00:00'],
    ['by the end of a short day', '2026-10-09T10:15Z', 1, 'end-of-day', '2026-10-10T12:00:00'],
    ['from a closed day by the end of the day', '2026-10-03T23:00Z', 1, 'end-of-day', '2026-10-06T18:00:00'],
  ] as const)('%s', (_, start, days, when, expected) => expect(due(start, days, when)).toBe(expected));

  test('at a time that the last day does not have are due an hour later, as the wall clock goes', () => {
    const berlin = openTimesOf(calendarOf('Europe/Berlin', '00:00-24:00', { weekends: '00:00-24:00' }));
    const from = (iso: string) => addWorkingDays(berlin, ms(iso, 'Europe/Berlin'), 1, 'same-time');
    expect(local(from('2026-03-28T02:30'), 'Europe/Berlin')).toBe('2026-03-29T03:30:00');
    expect(local(from('2026-03-29T10:00'), 'Europe/Berlin')).toBe('2026-03-30T10:00:00');
  });
});

describe('a due time', () => {
  const anyTerm: fc.Arbitrary<Term> = fc.oneof(
    fc.record({
      unit: fc.constantFrom('minutes' as const, 'hours' as const),
      amount: fc.integer({ min: 1, max: 300 }),
      counted: fc.constantFrom('always' as const, 'business' as const),
    }),
    fc.record({
      unit: fc.constant('working-days' as const),
      amount: fc.integer({ min: 1, max: 250 }),
      due: fc.constantFrom('same-time' as const, 'end-of-day' as const),
    }),
  );

  test('is never earlier for a later start', () => {
    fc.assert(
      fc.property(anyCalendar, anyTerm, anyInstantMs, anyAmountMs, (drawn, term, startMs, laterMs) => {
        // At a change of clocks the same time by the wall clock does turn around: 02:30 is due at 03:30, 03:15 at 03:15.
        const open = openTimesOf({ ...drawn, zone: 'Asia/Shanghai' });
        expect(termDueMs(term, startMs + laterMs, open)).toBeGreaterThanOrEqual(termDueMs(term, startMs, open));
      }),
      RUNS,
    );
  });

  test('lies after the start', () => {
    fc.assert(
      fc.property(anyCalendar, anyTerm, anyInstantMs, (calendar, term, startMs) => {
        expect(termDueMs(term, startMs, openTimesOf(calendar))).toBeGreaterThan(startMs);
      }),
      RUNS,
    );
  });

  test('is provisional when it reaches a year whose holidays are not published, or the days that its notice may change', () => {
    const open = openTimesOf({
      ...calendarOf('Asia/Shanghai', '09:00-17:00'),
      published: { years: new Set([2025, 2026]), leadDays: 7 },
    });
    const isOpen = (from: string, until: string) => isProvisional(open, ms(from), ms(until));
    expect(isOpen('2025-12-30T00:00Z', '2026-12-20T00:00Z')).toBe(false);
    expect(isOpen('2026-12-20T00:00Z', '2026-12-25T00:00Z')).toBe(true);
    expect(isOpen('2026-12-20T00:00Z', '2027-01-04T00:00Z')).toBe(true);
    expect(isOpen('2024-12-31T15:59Z', '2025-01-01T00:00Z')).toBe(true);
    // By the zone it is 2025 already.
    expect(isOpen('2024-12-31T16:00Z', '2025-01-01T00:00Z')).toBe(false);
    expect(
      isProvisional(openTimesOf(calendarOf('UTC', '09:00-17:00')), ms('2026-12-20T00:00Z'), ms('2031-01-01T00:00Z')),
    ).toBe(false);
  });
});
