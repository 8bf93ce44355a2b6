import { z } from 'zod';
import { complain, type Problem } from './definition-problem.ts';

/** What a definition is carried out as: a rehearsal, or the real thing. */
export const OCCASIONS = ['drill', 'recovery'] as const;
export type Occasion = (typeof OCCASIONS)[number];

/** On which occasions a step is carried out. */
export const appliesTo = z
  .array(z.enum(OCCASIONS))
  .min(1)
  .max(OCCASIONS.length)
  .refine((listed) => new Set(listed).size === listed.length, 'must name each once')
  .optional()
  .describe(
    'drill: only when it is rehearsed; recovery: only when it is carried out for a real incident; both unless stated',
  );

interface Applied {
  readonly appliesTo?: readonly Occasion[] | undefined;
}

/** Whether a step is carried out on this occasion. */
export function isFor(step: object, occasion: Occasion): boolean {
  return (step as Applied).appliesTo?.includes(occasion) ?? true;
}

/** A step, and its place in the definition. */
export interface PlacedStep<Step> {
  readonly step: Step;
  readonly index: number;
}

/**
 * Adds the problems that the steps have on each occasion, as if the others were not there. One that there is on a single occasion
 * says on which.
 */
export function complainByOccasion<Step extends object>(
  steps: readonly Step[],
  context: z.RefinementCtx,
  problemsOf: (placed: readonly PlacedStep<Step>[]) => Problem[],
): void {
  const placed = steps.map((step, index) => ({ step, index }));
  const [drill = [], recovery = []] = OCCASIONS.map((occasion) =>
    problemsOf(placed.filter(({ step }) => isFor(step, occasion))),
  );
  const keyOf = ({ path, message }: Problem) => `${path.join('/')} ${message}`;
  const [inDrills, inRecoveries] = [new Set(drill.map(keyOf)), new Set(recovery.map(keyOf))];
  for (const problem of drill) {
    complain(
      context,
      problem.path,
      inRecoveries.has(keyOf(problem)) ? problem.message : `${problem.message} in a drill`,
    );
  }
  for (const problem of recovery) {
    if (!inDrills.has(keyOf(problem))) complain(context, problem.path, `${problem.message} in a recovery`);
  }
}
