import type { OpenTimes } from './business-time.ts';
import type { ClockSegment, ClockSegments } from './clock-segment.ts';
import { type Reckoning, reckoningOf, type Term, termDueMs } from './term.ts';

/** What a clock counts, and what has happened to it. */
export interface Clock {
  readonly term: Term;
  readonly segments: ClockSegments;
}

/** A segment as far as it has come at some instant, with the time that the term counts in it. */
export interface Stretch {
  readonly segment: ClockSegment;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly countedMs: number;
}

/** One step on the way to the due time: the term itself, then each pause that moved it. */
export interface DueStep {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Time that this step adds, as the term counts it. */
  readonly addedMs: number;
  /** What the due time is after this step. */
  readonly dueMs: number;
  /** The pause; absent in the first step, which is the term. */
  readonly pause?: ClockSegment & { readonly state: 'paused' };
}

/** Everything about a clock at an instant that the rest is computed from. */
export interface ClockState {
  readonly clock: Clock;
  readonly atMs: number;
  readonly reckoning: Reckoning;
  /** The segments that have begun at that instant. */
  readonly stretches: readonly Stretch[];
  readonly dueSteps: readonly DueStep[];
  /** Time that the term gives, as it is counted. */
  readonly allottedMs: number;
  readonly dueMs: number;
}

/**
 * How a clock stands at an instant, by the segments that had begun then. A pause moves the due time by the counted time that it
 * takes away; while it lasts, the due time is the one that there would be if the clock went on at that instant. A pause that
 * begins when the due time has passed moves nothing any more.
 * @throws AppError `unprocessable` `beyond-calendar`.
 */
export function clockStateAt(clock: Clock, atMs: number, open: OpenTimes): ClockState {
  const reckoning = reckoningOf(clock.term, open);
  const stretches = stretchesUntil(clock.segments, atMs, reckoning);
  const startMs = clock.segments[0].fromMs;
  const baseMs = termDueMs(clock.term, startMs, open);
  const allottedMs = reckoning.between(startMs, baseMs);
  const dueSteps: DueStep[] = [{ fromMs: startMs, untilMs: baseMs, addedMs: allottedMs, dueMs: baseMs }];
  let dueMs = baseMs;
  for (const { segment, fromMs, untilMs, countedMs } of stretches) {
    if (segment.state !== 'paused' || fromMs >= dueMs) continue;
    if (countedMs > 0) dueMs = reckoning.add(dueMs, countedMs);
    dueSteps.push({ fromMs, untilMs, addedMs: countedMs, dueMs, pause: segment });
  }
  return { clock, atMs, reckoning, stretches, dueSteps, allottedMs, dueMs };
}

function stretchesUntil(segments: ClockSegments, atMs: number, reckoning: Reckoning): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment.fromMs > atMs) break;
    const untilMs = Math.min(atMs, segments[index + 1]?.fromMs ?? atMs);
    stretches.push({ segment, fromMs: segment.fromMs, untilMs, countedMs: reckoning.between(segment.fromMs, untilMs) });
  }
  return stretches;
}
