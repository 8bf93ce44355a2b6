import type { z } from 'zod';
import type { ValidationCheck } from './definition-checks.ts';
import type { DrillStep } from './definition-steps.ts';

/** The order in which steps may stand: nothing is unpacked that was not verified, nothing verified that was not fetched. */
const STEP_ORDER: readonly DrillStep['step'][] = ['fetch', 'verify', 'extract', 'postgres'];

/** The part of a definition that must fit together. */
export interface StepsAndChecks {
  readonly steps: DrillStep[];
  readonly validation: ValidationCheck[];
}

/** Refuses steps that cannot work in their order, and checks that no step prepares. */
export function refuseUnordered({ steps, validation }: StepsAndChecks, context: z.RefinementCtx): void {
  const names = steps.map(({ step }) => step);
  names.forEach((step, index) => {
    if (names.indexOf(step) < index) complain(context, ['steps', index], `a drill has one ${step} step`);
    const before = STEP_ORDER[STEP_ORDER.indexOf(step) - 1];
    if (before !== undefined && !names.slice(0, index).includes(before)) {
      complain(context, ['steps', index], `${step} needs a ${before} step before it`);
    }
  });
  validation.forEach(({ check }, index) => {
    if (!names.includes('postgres')) {
      complain(context, ['validation', index], `the ${check} check needs a postgres step that starts the server`);
    }
    if (validation.findIndex((other) => other.check === check) < index) {
      complain(context, ['validation', index], `the ${check} check stands here twice`);
    }
  });
}

/** Adds a problem at a place of the definition. */
export function complain(context: z.RefinementCtx, path: (string | number)[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}
