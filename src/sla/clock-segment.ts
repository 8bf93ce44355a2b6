import { AppError } from '../kernel/errors.ts';

/** A stretch of a clock's life; it lasts until the next one begins. Instants are milliseconds since 1970. */
export type ClockSegment =
  | { readonly state: 'running'; readonly fromMs: number }
  | {
      readonly state: 'paused';
      readonly fromMs: number;
      readonly reason: string;
      /** The name of who asked for it. */
      readonly by: string;
      /** The name of who has approved that. */
      readonly approvedBy: string;
      /** When it was asked for and approved; absent where the one who entered it named the other. */
      readonly requestedAtMs?: number;
      readonly approvedAtMs?: number;
    }
  | { readonly state: 'stopped'; readonly fromMs: number };

/** Segments in the order of their beginnings, the first of them running: its beginning is the start of the clock. */
export type ClockSegments = readonly [ClockSegment, ...ClockSegment[]];

/** Segments of one clock: the last of them only stops it. */
const SEGMENTS_MAX = 1000;

/** What may follow what. A stopped clock stays stopped. */
const FOLLOWERS: Readonly<Record<ClockSegment['state'], readonly ClockSegment['state'][]>> = {
  running: ['paused', 'stopped'],
  paused: ['running', 'stopped'],
  stopped: [],
};

/** The segments of a clock that starts at an instant and has done nothing yet but run. */
export function startedAt(fromMs: number): ClockSegments {
  return [{ state: 'running', fromMs }];
}

/**
 * The segments with one more. What is there already never changes.
 * @throws AppError `conflict` `clock-not-running` or `clock-not-paused` when it cannot follow, `clock-stopped` when nothing can,
 *   `too-many-segments` when only a stop can; `unprocessable` `before-last-segment` when it would begin before the last one.
 */
export function withSegment(segments: ClockSegments, next: ClockSegment): ClockSegments {
  const last = segments.at(-1) ?? segments[0];
  if (last.state === 'stopped') throw new AppError('conflict', 'clock-stopped', 'The clock has been stopped for good');
  if (!FOLLOWERS[last.state].includes(next.state)) {
    const needed = last.state === 'running' ? 'paused' : 'running';
    throw new AppError('conflict', `clock-not-${needed}`, `The clock is ${last.state}, not ${needed}`);
  }
  if (next.state !== 'stopped' && segments.length >= SEGMENTS_MAX - 1) {
    throw new AppError(
      'conflict',
      'too-many-segments',
      `The clock has ${segments.length} segments: it can only be stopped`,
    );
  }
  if (next.fromMs < last.fromMs) {
    throw new AppError(
      'unprocessable',
      'before-last-segment',
      `The clock is ${last.state} since ${new Date(last.fromMs).toISOString()}: nothing can be entered before that`,
    );
  }
  return [...segments, next];
}
