import { z } from 'zod';
import { PHASES, type Phase } from './phase.ts';

const STEP_OUTCOMES = ['running', 'done', 'failed', 'retried', 'continued', 'interrupted'] as const;

/**
 * What came of one try of a step. `failed`: and the run with it, or its clean-up; `retried`: it was tried again; `continued`: it
 * failed, and the run went on as its definition says; `interrupted`: the run was stopped or lost meanwhile.
 */
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

/** One try of one step. */
export interface StepAttempt {
  /** The step's place in the definition, from 0. */
  readonly position: number;
  /** What it is called: `fetch`, `run scripts/load.sh`. */
  readonly step: string;
  readonly phase: Phase;
  /** From 1. */
  readonly attempt: number;
  readonly outcome: StepOutcome;
  readonly startedAt: Date;
  /** By the monotonic clock; null while it runs. */
  readonly seconds: number | null;
  /** What it did, or why it failed. */
  readonly detail: string | null;
}

export const stepAttemptSchema = z.object({
  position: z.int(),
  step: z.string(),
  phase: z.enum(PHASES),
  attempt: z.int(),
  outcome: z.enum(STEP_OUTCOMES).describe('`retried` and `continued` have failed as well'),
  startedAt: z.iso.datetime(),
  seconds: z.number().min(0).nullable(),
  detail: z.string().nullable(),
});

export function stepAttemptView(attempt: StepAttempt): z.input<typeof stepAttemptSchema> {
  return { ...attempt, startedAt: attempt.startedAt.toISOString() };
}

/** The steps that failed without ending the run, with the reasons of their last tries. */
export function failedButContinued(attempts: readonly StepAttempt[]): string[] {
  return attempts
    .filter(({ outcome }) => outcome === 'continued')
    .map(({ step, detail }) => (detail === null ? step : `${step}: ${detail}`));
}
