/**
 * The phases of every drill, in their order. They are fixed, so that runs of different drills and years can be laid side
 * by side:
 *
 * - `respond`, `plan`: a person takes the alarm, and decides what to do; measured only with people in the run;
 * - `provision`: from the trigger until the run has its place to work in (waiting in the queue included);
 * - `fetch`: the recovery point is copied out of its repository;
 * - `verify`: the copy is checked;
 * - `restore`: it is unpacked and brought back to life;
 * - `validate`: the data is compared with what was recorded when the backup was taken;
 * - `handover`: a person takes the recovered service over; measured only with people in the run;
 * - `cleanup`: what the run made is removed.
 */
export const PHASES = [
  'respond',
  'plan',
  'provision',
  'fetch',
  'verify',
  'restore',
  'validate',
  'handover',
  'cleanup',
] as const;

export type Phase = (typeof PHASES)[number];

export const PHASE_STATUSES = ['not reached', 'not measured', 'running', 'done', 'failed', 'interrupted'] as const;

/** `not measured`: the phase was not carried out by anybody in this run. `interrupted`: the run was lost in it. */
export type PhaseStatus = (typeof PHASE_STATUSES)[number];

/** One phase of one run. */
export interface PhaseRecord {
  readonly phase: Phase;
  readonly status: PhaseStatus;
  /** Wall time. */
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** By the monotonic clock: a change of the wall clock does not move it. Up to the last sign of life if interrupted. */
  readonly seconds: number | null;
  readonly sizeBytes: number | null;
  readonly detail: string | null;
}
