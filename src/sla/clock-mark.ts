import type { OpenTimes } from './business-time.ts';
import { readClock } from './clock-reading.ts';
import { BREACH_PERCENT, type ClockRecord } from './clock-record.ts';

/** A mark with the instant at which it was reached by computation, whenever that is done. */
interface ComputedMark {
  readonly percent: number;
  readonly reachedAtMs: number;
}

/** The marks, and the breach, that a clock has reached at an instant and that are not recorded yet. */
export function unrecordedMarks(clock: ClockRecord, atMs: number, open: OpenTimes): ComputedMark[] {
  const { marks, breachedAtMs } = readClock(clock, atMs, open, clock.markPercents);
  const reached = marks.flatMap(({ percent, atMs: reachedAtMs, isReached }) =>
    isReached && reachedAtMs !== null ? [{ percent, reachedAtMs }] : [],
  );
  if (breachedAtMs !== null) reached.push({ percent: BREACH_PERCENT, reachedAtMs: breachedAtMs });
  const recorded = new Set(clock.recordedMarks.map(({ percent }) => percent));
  return reached.filter(({ percent }) => !recorded.has(percent));
}
