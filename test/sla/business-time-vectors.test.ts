import { readFileSync } from 'node:fs';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { instantMsOfWall } from '../../src/kernel/wall-time.ts';
import {
  addOpenTime,
  type OpenTimes,
  openTimeBetween,
  openTimesOf,
  subtractOpenTime,
} from '../../src/sla/business-time.ts';
import { workingCalendarOf } from '../../src/sla/calendar.ts';
import { dayAt } from '../../src/sla/calendar-day.ts';
import { clockStateAt } from '../../src/sla/clock-due.ts';
import { readClock } from '../../src/sla/clock-reading.ts';
import { type ClockSegments, startedAt, withSegment } from '../../src/sla/clock-segment.ts';
import { numberAt } from '../../src/sla/sorted-numbers.ts';
import type { Term } from '../../src/sla/term.ts';
import { addWorkingDays } from '../../src/sla/working-day.ts';
import { sharedData } from '../verification/support/shared-data.ts';
import { windows } from './calendars.ts';

// Due times of other projects' test suites; each vector names its source.
const file = sharedData('vectors', 'business-time.json');

type Spans = readonly (readonly [string, string])[];

interface VectorArguments {
  readonly cal: {
    readonly tz: string;
    readonly weekly: Readonly<Record<string, Spans>>;
    readonly holidays?: readonly string[];
    readonly dates?: Readonly<Record<string, Spans>>;
    readonly dates_from?: string;
  };
  readonly start?: string;
  readonly start_utc?: string;
  readonly end?: string;
  readonly end_utc?: string;
  readonly seconds?: number;
  readonly days?: number;
  readonly pauses?: Spans;
  readonly pauses_utc?: Spans;
  readonly date?: string;
  readonly tz?: string;
  readonly local?: string;
}

interface Vector {
  readonly op: string;
  readonly args: VectorArguments;
  readonly expect: unknown;
}

const vectors: Vector[] = file === undefined ? [] : JSON.parse(readFileSync(file, 'utf8')).vectors;

/** The arguments of a vector as this code takes them. */
function readArguments({ cal, ...args }: VectorArguments) {
  const localMs = (text: string) =>
    Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(cal.tz).epochMilliseconds;
  const utcMs = (text: string) => Temporal.Instant.from(`${text.replace(' ', 'T')}Z`).epochMilliseconds;
  const startMs = args.start_utc === undefined ? localMs(args.start ?? '2000-01-01') : utcMs(args.start_utc);
  const pauses = [
    ...(args.pauses ?? []).map((pause) => pause.map(localMs)),
    ...(args.pauses_utc ?? []).map((pause) => pause.map(utcMs)),
  ] as [number, number][];
  let segments: ClockSegments = startedAt(startMs);
  for (const [fromMs, untilMs] of args.start === undefined && args.start_utc === undefined ? [] : pauses) {
    segments = withSegment(segments, {
      state: 'paused',
      fromMs,
      reason: 'as in the vector',
      by: 'one',
      approvedBy: 'another',
    });
    segments = withSegment(segments, { state: 'running', fromMs: untilMs });
  }
  return { open: openTimesOf(calendarOf(cal)), startMs, localMs, utcMs, pauses, segments, args };
}

function calendarOf(cal: VectorArguments['cal']) {
  const spans = (days: Spans = []) => windows(days.map((day) => day.join('-')).join(' '));
  const dated = [
    ...(cal.holidays ?? []).map((date) => [date, []] as const),
    ...Object.entries(cal.dates ?? {}).map(([date, open]) => [date, spans(open)] as const),
  ];
  return workingCalendarOf(
    {
      zone: cal.tz,
      weekly: ['1', '2', '3', '4', '5', '6', '7'].map((weekday) => spans(cal.weekly[weekday])),
      holidays: cal.dates_from === undefined ? 'none' : 'chinese',
      makeUpWeekday: 1,
      completeYears: [],
    },
    dated.map(([date, open]) => ({ date, windows: open, name: 'as in the vector' })),
  );
}

type Read = ReturnType<typeof readArguments>;

/** When a clock is due that has lived through all its pauses. */
function dueOf(term: Term, { open, segments }: Read, pausesCount = true): number {
  const lived = pausesCount ? segments : startedAt(segments[0].fromMs);
  const last = lived.at(-1) ?? lived[0];
  return clockStateAt({ term, segments: lived }, last.fromMs, open).dueMs;
}

const seconds = ({ args: { seconds: amount = 0 } }: Read) => amount * 1000;
const days = (read: Read, due: 'same-time' | 'end-of-day') =>
  dueOf({ unit: 'working-days', amount: read.args.days ?? 0, due }, read);

/** Minutes where the vector has whole ones, so that the clock is asked; its seconds otherwise, which no term has. */
function dueAfterSeconds(read: Read, pausesCount = true): number {
  if (seconds(read) === 0 || seconds(read) % 60_000 !== 0) return addOpenTime(read.open, read.startMs, seconds(read));
  return dueOf({ unit: 'minutes', amount: seconds(read) / 60_000, counted: 'business' }, read, pausesCount);
}

const pausedMs = ({ open, pauses }: Read) =>
  pauses.reduce((sum, [fromMs, untilMs]) => sum + openTimeBetween(open, fromMs, untilMs), 0);

function elapsedMs({ open, segments, localMs, utcMs, args }: Read): number {
  const endMs = args.end_utc === undefined ? localMs(args.end ?? '') : utcMs(args.end_utc);
  const term: Term = { unit: 'hours', amount: 1, counted: 'business' };
  return readClock({ term, segments }, endMs, open, []).consumedMs;
}

/** The intervals of a day of the calendar. */
function intervalsOn(open: OpenTimes, dayMs: number): [number, number][] {
  const { year, day } = dayAt(open, dayMs);
  const first = numberAt(year.firstIntervalOfDay, day);
  const count = numberAt(year.firstIntervalOfDay, day + 1) - first;
  return Array.from({ length: count }, (_, index) => [
    numberAt(year.intervalStartsMs, first + index),
    numberAt(year.intervalEndsMs, first + index),
  ]);
}

const OPERATIONS: Readonly<Record<string, (read: Read) => unknown>> = {
  due: (read) => dueAfterSeconds(read),
  due_ignoring_pauses: (read) => dueAfterSeconds(read, false),
  escalate_after: (read) => addOpenTime(read.open, read.startMs, seconds(read)),
  escalate_before: (read) => subtractOpenTime(read.open, read.startMs, seconds(read)),
  paused_working_seconds: (read) => pausedMs(read) / 1000,
  elapsed: (read) => elapsedMs(read) / 1000,
  due_days_same_time: (read) => days(read, 'same-time'),
  due_days_end_of_day: (read) => days(read, 'end-of-day'),
  due_days_same_time_then_add_paused: (read) => days(read, 'same-time'),
  due_days_end_of_day_then_add_paused: (read) => days(read, 'end-of-day'),
  due_days_biz: (read) => addWorkingDays(read.open, read.startMs, read.args.days ?? 0, 'same-time'),
  intervals_on: (read) => intervalsOn(read.open, read.localMs(`${read.args.date}T12:00:00`)),
};

/** What the vector expects, with its times as milliseconds. */
function expectationOf(expected: unknown, { localMs, utcMs }: Read): unknown {
  if (Array.isArray(expected)) return expected.map((span: string[]) => span.map(localMs));
  if (typeof expected !== 'string') return expected;
  return expected.endsWith(' UTC') ? utcMs(expected.slice(0, -4)) : localMs(expected);
}

describe.skipIf(file === undefined)(
  'due times that other projects publish (skipped where they do not lie beside the checkout)',
  () => {
    test('are there in full', () => expect(vectors).toHaveLength(56));

    test.each(vectors.map((vector, index) => ({ ...vector, index })))(
      '$index: $op',
      ({ op, args, expect: expected }) => {
        if (op === 'local_to_utc') {
          const local = Temporal.PlainDateTime.from((args.local ?? '').replace(' ', 'T'));
          const wallMs = local.toZonedDateTime('UTC').epochMilliseconds;
          expect(instantMsOfWall(wallMs, args.tz ?? '')).toBe(Date.parse(String(expected)));
          return;
        }
        const read = readArguments(args);
        expect(OPERATIONS[op]?.(read)).toEqual(expectationOf(expected, read));
      },
    );
  },
);
