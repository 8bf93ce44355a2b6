import type { Temporal } from 'temporal-polyfill';
import { lastSlots, slotsBetween, type Timing } from './calculator.ts';

/**
 * What happens to slots that nobody fired in time: nothing (`skip`), one job for the latest of them (`latest`), or a job for
 * each (`all`, the latest hundred at most).
 */
export const CATCH_UP = ['skip', 'latest', 'all'] as const;

export type CatchUp = (typeof CATCH_UP)[number];

/** The most jobs that `all` makes up for in one go; older slots are recorded as missed. */
const CATCH_UP_JOBS_MAX = 100;

/** A slot seen no later than this fired in time: replicas tick every few seconds, and a restart takes a moment. */
const PUNCTUAL_SECONDS = 60;

/** What became of a slot: a job was made, it was too late for one, or the schedule was paused. */
export type SlotState = 'fired' | 'missed' | 'skipped';

/** A slot and what becomes of it. */
export interface JudgedSlot {
  readonly slot: Temporal.Instant;
  readonly state: SlotState;
}

/** What is asked about one schedule: everything that the judgement of its slots depends on. */
export interface DueQuestion {
  readonly timing: Timing;
  readonly catchUp: CatchUp;
  readonly paused: boolean;
  /** Everything up to here has been judged. */
  readonly cursor: Temporal.Instant;
  /** The database's clock. */
  readonly now: Temporal.Instant;
  /** The most slots to answer; ask again with the last one as cursor while as many come back. */
  readonly limit: number;
}

/**
 * Judges the slots that fell due in `(cursor, now]`, oldest first. Nothing is due when the clock stands before the cursor.
 */
export function judgeDueSlots(question: DueQuestion): JudgedSlot[] {
  const { timing, cursor, now, limit } = question;
  const due = slotsBetween(timing, cursor, now, limit);
  if (question.paused) return due.map((slot) => ({ slot, state: 'skipped' }));
  if (due.length === 0) return [];
  const firesFrom = earliestToFire(question);
  return due.map((slot) => ({ slot, state: slot.epochMilliseconds >= firesFrom ? 'fired' : 'missed' }));
}

/** Slots from this moment on (epoch milliseconds) get a job; the punctual ones always do. */
function earliestToFire({ timing, catchUp, now }: DueQuestion): number {
  const punctualFrom = now.epochMilliseconds - PUNCTUAL_SECONDS * 1000;
  const jobs = { skip: 0, latest: 1, all: CATCH_UP_JOBS_MAX }[catchUp];
  const oldest = jobs === 0 ? undefined : lastSlots(timing, now, jobs).at(-1);
  return oldest === undefined ? punctualFrom : Math.min(punctualFrom, oldest.epochMilliseconds);
}
