import type { z } from 'zod';
import { complain, type StepsAndChecks } from './definition-order.ts';

/** Refuses two services of one name, and whoever asks a service that no step before has started. */
export function refuseUnknownServices({ steps, validation }: StepsAndChecks, context: z.RefinementCtx): void {
  const served: string[] = [];
  const refuseUnknown = (path: (string | number)[], service: string | undefined) => {
    if (service === undefined || served.includes(service)) return;
    complain(context, [...path, 'service'], `no serve step before is called ${service}`);
  };
  steps.forEach((step, index) => {
    if (step.step === 'http') refuseUnknown(['steps', index], step.service);
    if (step.step !== 'serve') return;
    if (served.includes(step.name)) {
      complain(context, ['steps', index, 'name'], `another serve step is called ${step.name}`);
    }
    served.push(step.name);
  });
  validation.forEach((check, index) => {
    if (check.check === 'http') refuseUnknown(['validation', index], check.service);
  });
}
