import type { z } from 'zod';
import type { Attended } from './definition-attended.ts';
import type { ValidationCheck } from './definition-checks.ts';
import type { CleanupStep } from './definition-cleanup.ts';
import { complain } from './definition-problem.ts';
import { secondsMax } from './definition-retry.ts';
import type { DrillStep } from './definition-steps.ts';

/** A run whose definition does not say otherwise is given up when it has not begun after an hour. */
const START_WITHIN_MINUTES = 60;

/** The longest that one drill may go on: a day, which is what the job queue allows. */
export const DRILL_JOB_SECONDS = 86_400;

/** What is kept of it for work without a time-out of its own: comparisons of files and tables, clean-up. */
const RESERVED_SECONDS = 7200;

/** How long a run may wait for its turn: nobody wants a drill of this morning in the evening. */
export function startWithinSecondsOf(
  definition: { readonly schedule?: { readonly startWithinMinutes: number } | undefined } | undefined,
): number {
  return (definition?.schedule?.startWithinMinutes ?? START_WITHIN_MINUTES) * 60;
}

/** The part of a definition that takes time. */
interface Timed {
  readonly attended?: Attended | undefined;
  readonly resources?: { readonly waitSeconds: number } | undefined;
  readonly steps: readonly DrillStep[];
  readonly validation: readonly ValidationCheck[];
  readonly cleanup?: { readonly steps: readonly CleanupStep[] } | undefined;
}

/** Refuses a drill whose time-outs, one after the other, outlast its job: the job would end it in the middle of a step. */
export function refuseTooLong(
  { attended, resources, steps, validation, cleanup }: Timed,
  context: z.RefinementCtx,
): void {
  const others = [...(attended ? [attended.respond, attended.plan] : []), ...validation];
  const limits = [
    ...others.map((part) => ('timeoutSeconds' in part ? part.timeoutSeconds : 0)),
    ...steps.map((step) => secondsMax(step)),
    ...(cleanup?.steps ?? []).map((step) => secondsMax(step)),
  ];
  const seconds = limits.reduce((sum, limit) => sum + limit, resources?.waitSeconds ?? 0);
  const most = DRILL_JOB_SECONDS - RESERVED_SECONDS;
  if (seconds <= most) return;
  const message = `the time-outs of people, spares, steps, checks and clean-up add up to ${seconds} s, and a drill has ${most} s for them: shorten some`;
  complain(context, ['steps'], message);
}
