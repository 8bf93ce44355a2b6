import type { OpenTimes } from './business-time.ts';
import { type CalendarDay, dateOfDay, dayAt, endOfDayMs, nextDay, startOfDayMs } from './calendar-day.ts';
import type { ClockState, DueStep, Stretch } from './clock-due.ts';
import { runsAlways } from './term.ts';

/** How a clock comes to what it shows, so that everybody can add it up. */
export interface ClockExplanation {
  /** The term, then each pause that moved the due time: the last one's `dueMs` is the clock's. */
  readonly dueSteps: readonly DueStep[];
  /** What is consumed: the `countedMs` of the running ones add up to it. */
  readonly stretches: readonly Stretch[];
  /** The days from the start to the due time; their `countedMs` add up to what is allotted. Empty for a term around the clock. */
  readonly days: readonly ExplainedDays[];
}

/** A day, or successive days of which nothing counts. */
export interface ExplainedDays {
  readonly fromDate: string;
  readonly untilDate: string;
  /** Open time from the start to the due time. */
  readonly openMs: number;
  /** Of that, what is counted because the clock ran, or will run unless it is paused. */
  readonly countedMs: number;
  /** The names that the calendar gives to days of these. */
  readonly names: readonly string[];
}

/** Lines that are listed one by one; all later days are summed in one more. */
const DAYS_MAX = 1000;

/** Explains a clock. A clock that was stopped early is explained as far as it came. */
export function explainClock(state: ClockState, open: OpenTimes): ClockExplanation {
  const { dueSteps, stretches, clock } = state;
  return { dueSteps, stretches, days: runsAlways(clock.term) ? [] : explainedDays(state, open) };
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

function explainedDays(state: ClockState, open: OpenTimes): ExplainedDays[] {
  const startMs = state.clock.segments[0].fromMs;
  const runs = runsOf(state);
  const endMs = Math.max(startMs, runs.at(-1)?.untilMs ?? startMs);
  const lines: ExplainedDays[] = [];
  let day = dayAt(open, startMs);
  for (;;) {
    const span = { fromMs: Math.max(startMs, startOfDayMs(day)), untilMs: Math.min(endMs, endOfDayMs(day)) };
    const line = explainedDay(state, open, day, span, runs);
    const before = lines.at(-1);
    if (before && (lines.length > DAYS_MAX || (before.countedMs === 0 && line.countedMs === 0))) {
      lines[lines.length - 1] = joined(before, line);
    } else lines.push(line);
    if (endOfDayMs(day) >= endMs) return lines;
    day = nextDay(open, day);
  }
}

/** When the clock ran and, as far as is known, will run until it is due. */
function runsOf({ stretches, dueMs, atMs }: ClockState): Span[] {
  const runs: Span[] = stretches.filter(({ segment }) => segment.state === 'running');
  const last = stretches.at(-1)?.segment.state;
  if (last !== 'stopped' && atMs < dueMs) runs.push({ fromMs: atMs, untilMs: dueMs });
  return runs.flatMap(({ fromMs, untilMs }) => {
    const until = Math.min(untilMs, dueMs);
    return fromMs < until ? [{ fromMs, untilMs: until }] : [];
  });
}

function explainedDay(
  state: ClockState,
  open: OpenTimes,
  day: CalendarDay,
  span: Span,
  runs: readonly Span[],
): ExplainedDays {
  const { reckoning } = state;
  const countedMs = runs.reduce((sum, run) => {
    return sum + reckoning.between(Math.max(span.fromMs, run.fromMs), Math.min(span.untilMs, run.untilMs));
  }, 0);
  const date = dateOfDay(day).toString();
  const name = open.calendar.dates.get(date)?.name;
  return {
    fromDate: date,
    untilDate: date,
    openMs: reckoning.between(span.fromMs, span.untilMs),
    countedMs,
    names: name === undefined ? [] : [name],
  };
}

function joined(before: ExplainedDays, line: ExplainedDays): ExplainedDays {
  return {
    fromDate: before.fromDate,
    untilDate: line.untilDate,
    openMs: before.openMs + line.openMs,
    countedMs: before.countedMs + line.countedMs,
    names: [...new Set([...before.names, ...line.names])],
  };
}
