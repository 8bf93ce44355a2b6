import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { type DayWindow, parseWindows } from '../../src/sla/day-window.ts';
import type { WorkingCalendar } from '../../src/sla/working-calendar.ts';

/** Windows in words: `09:00-12:00 13:00-18:00`. */
export function windows(words: string): readonly DayWindow[] {
  const parsed = parseWindows(words);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

/** A calendar with the same windows from Monday to Friday, and of weekends where they are named. */
export function calendarOf(
  zone: string,
  weekdays: string,
  choices: { readonly weekends?: string; readonly dates?: Readonly<Record<string, string>> } = {},
): WorkingCalendar {
  const { weekends = '', dates = {} } = choices;
  return {
    zone,
    weekly: [...Array(5).fill(windows(weekdays)), windows(weekends), windows(weekends)],
    dates: new Map(
      Object.entries(dates).map(([date, words]) => [date, { windows: windows(words), name: `on ${date}` }]),
    ),
    published: null,
  };
}

/** Milliseconds of an instant, or of a local time where a zone is named. */
export function ms(iso: string, zone?: string): number {
  if (zone === undefined) return Temporal.Instant.from(iso).epochMilliseconds;
  return Temporal.PlainDateTime.from(iso).toZonedDateTime(zone).epochMilliseconds;
}

/** The local time that an instant shows: `2026-10-08T17:00:00`. */
export function local(atMs: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDateTime().toString();
}

const ZONES = ['UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago'];

/** Windows of a day that do not touch one another's insides, at any minutes; often none. */
const anyWindows: fc.Arbitrary<DayWindow[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 1440 }), { maxLength: 6 })
  .map((minutes) => minutes.toSorted((left, right) => left - right))
  .map((minutes) =>
    minutes.flatMap((fromMinute, index) => {
      const untilMinute = minutes[index + 1];
      return index % 2 === 0 && untilMinute !== undefined ? [{ fromMinute, untilMinute }] : [];
    }),
  );

const anyDate = fc
  .integer({ min: 0, max: 1200 })
  .map((days) => Temporal.PlainDate.from('2024-12-01').add({ days }).toString());

/** Calendars of all kinds of zones, weeks and dated days; each is open at some time of each week. */
export const anyCalendar: fc.Arbitrary<WorkingCalendar> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    weekly: fc.array(anyWindows, { minLength: 7, maxLength: 7 }),
    dates: fc.dictionary(anyDate, anyWindows, { maxKeys: 12 }),
  })
  .map(({ zone, weekly, dates }) => ({
    zone,
    weekly: weekly.map((day, index) => (index === 2 && day.length === 0 ? windows('10:00-10:30') : day)),
    dates: new Map(Object.entries(dates).map(([date, open]) => [date, { windows: open, name: date }])),
    published: null,
  }));

/** Instants of the years around 2026, in whole milliseconds. */
export const anyInstantMs = fc.integer({ min: ms('2025-01-01T00:00Z'), max: ms('2027-12-31T00:00Z') });

export const HOUR_MS = 3_600_000;
