import type { Temporal } from 'temporal-polyfill';
import type { Timing } from './calculator.ts';
import type { CatchUp, SlotState } from './catch-up.ts';
import type { Surprise } from './surprise.ts';

/** A schedule: which job falls due when, and how far its slots have been judged. */
export interface Schedule extends Timing {
  readonly id: string;
  readonly name: string;
  readonly catchUp: CatchUp;
  readonly job: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly workerTag: string;
  /** Made by Muster itself; its job and payload follow the release, its timing belongs to the operators. */
  readonly system: boolean;
  readonly pausedAt: Temporal.Instant | null;
  /** Every slot up to here has been judged. */
  readonly cursorAt: Temporal.Instant;
  readonly version: number;
}

/** What a schedule is made from. */
export interface ScheduleSpec extends Timing {
  /** Lower-case letters, digits, dots and hyphens; unique. */
  readonly name: string;
  readonly catchUp: CatchUp;
  readonly job: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The tag of the workers that can do it; the default tag unless stated. */
  readonly workerTag?: string;
  /** In place of the cron pattern: a random slot in each period. */
  readonly surprise?: Surprise | undefined;
}

/** How the job of a fire stands: still on its way, or how it ended. `unknown`: its record was gone before anyone looked. */
export const FIRE_OUTCOMES = ['waiting', 'running', 'completed', 'failed', 'cancelled', 'unknown'] as const;

export type FireOutcome = (typeof FIRE_OUTCOMES)[number];

/** What became of one slot, or one run on demand. */
export interface ScheduleFire {
  readonly id: string;
  /** When it was due; for a run on demand, when it was asked for. */
  readonly slot: Temporal.Instant;
  readonly manual: boolean;
  readonly state: SlotState;
  readonly recordedAt: Temporal.Instant;
  readonly jobId: string | null;
  readonly outcome: FireOutcome | null;
  readonly attempt: number | null;
  readonly failure: string | null;
  readonly finishedAt: Temporal.Instant | null;
}
