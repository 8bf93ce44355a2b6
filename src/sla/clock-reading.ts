import type { OpenTimes } from './business-time.ts';
import { type Clock, type ClockState, clockStateAt } from './clock-due.ts';

/** What a clock shows at an instant. Times are milliseconds as the term counts them, instants milliseconds since 1970. */
export interface ClockReading {
  /** `not-started` before its first segment begins. */
  readonly state: 'not-started' | 'running' | 'paused' | 'stopped';
  /** While it is paused: what it would be if it went on at this instant. */
  readonly dueMs: number;
  readonly allottedMs: number;
  readonly consumedMs: number;
  /** Of what is allotted; above 100 when overrun. */
  readonly consumedPercent: number;
  readonly remainingMs: number;
  readonly overrunMs: number;
  /** The due time, once it has passed before the clock was stopped. Exactly on it is met. */
  readonly breachedAtMs: number | null;
  /** The due time rests on holidays that are not published yet. */
  readonly isProvisional: boolean;
  readonly marks: readonly ClockMark[];
}

/** The instant at which a share of the allotted time was or will be consumed. */
interface ClockMark {
  readonly percent: number;
  /** Null while the clock does not run and has not consumed as much. */
  readonly atMs: number | null;
  readonly isReached: boolean;
}

/**
 * Reads a clock.
 * @param percents the marks to compute, each above 0 and below 100.
 * @throws AppError `unprocessable` `beyond-calendar`.
 */
export function readClock(clock: Clock, atMs: number, open: OpenTimes, percents: readonly number[]): ClockReading {
  return readingOf(clockStateAt(clock, atMs, open), percents);
}

function readingOf(state: ClockState, percents: readonly number[]): ClockReading {
  const { clock, atMs, dueMs, allottedMs, reckoning } = state;
  const last = state.stretches.at(-1)?.segment;
  const endMs = last?.state === 'stopped' ? last.fromMs : atMs;
  const consumedMs = consumedIn(state);
  return {
    state: last?.state ?? 'not-started',
    dueMs,
    allottedMs,
    consumedMs,
    consumedPercent: percentOf(consumedMs, allottedMs, endMs >= dueMs),
    remainingMs: Math.max(0, allottedMs - consumedMs),
    overrunMs: Math.max(0, consumedMs - allottedMs),
    breachedAtMs: dueMs < endMs ? dueMs : null,
    isProvisional: reckoning.isProvisional(clock.segments[0].fromMs, dueMs),
    marks: percents.map((percent) => {
      const markMs = instantOf(state, Math.ceil((allottedMs * percent) / 100));
      return { percent, atMs: markMs, isReached: markMs !== null && markMs <= endMs };
    }),
  };
}

/** Counted time of the stretches in which it ran. */
function consumedIn({ stretches }: Pick<ClockState, 'stretches'>): number {
  return stretches.reduce((sum, { segment, countedMs }) => sum + (segment.state === 'running' ? countedMs : 0), 0);
}

/** A term can give nothing at all: a working day that is due at the opening which it starts before. */
function percentOf(consumedMs: number, allottedMs: number, isOver: boolean): number {
  if (allottedMs === 0) return isOver ? 100 : 0;
  return (consumedMs / allottedMs) * 100;
}

/** When so much has been consumed; of the future only while it runs. */
function instantOf({ stretches, reckoning }: ClockState, amountMs: number): number | null {
  let consumedMs = 0;
  for (const { segment, fromMs, countedMs } of stretches) {
    if (segment.state !== 'running') continue;
    const isOpenEnded = segment === stretches.at(-1)?.segment;
    if (amountMs <= consumedMs + countedMs || isOpenEnded) return reckoning.add(fromMs, amountMs - consumedMs);
    consumedMs += countedMs;
  }
  return null;
}
