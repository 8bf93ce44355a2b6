import type { z } from 'zod';
import { complainByOccasion, type PlacedStep } from './definition-applies.ts';
import type { ValidationCheck } from './definition-checks.ts';
import type { StepsAndChecks } from './definition-order.ts';
import type { Problem } from './definition-problem.ts';
import type { DrillStep } from './definition-steps.ts';

/** Refuses two services of one name, and whoever asks a service that no step before has started. */
export function refuseUnknownServices({ steps, validation }: StepsAndChecks, context: z.RefinementCtx): void {
  complainByOccasion(steps, context, (placed) => problemsOf(placed, validation));
}

function problemsOf(placed: readonly PlacedStep<DrillStep>[], validation: readonly ValidationCheck[]): Problem[] {
  const served: string[] = [];
  const problems: Problem[] = [];
  const findUnknown = (path: (string | number)[], service: string | undefined) => {
    if (service === undefined || served.includes(service)) return;
    problems.push({ path: [...path, 'service'], message: `no serve step before is called ${service}` });
  };
  for (const { step, index } of placed) {
    if (step.step === 'http') findUnknown(['steps', index], step.service);
    if (step.step !== 'serve') continue;
    if (served.includes(step.name)) {
      problems.push({ path: ['steps', index, 'name'], message: `another serve step is called ${step.name}` });
    }
    served.push(step.name);
  }
  if (placed.length === 0) return problems;
  validation.forEach((check, index) => {
    if (check.check === 'http') findUnknown(['validation', index], check.service);
  });
  return problems;
}
