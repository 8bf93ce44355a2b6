import { waitForPerson } from './attended.step.ts';
import type { StepOf } from './definition-steps.ts';
import type { Recovery } from './recovery.ts';

/** Waits until a person says that something was done. */
export function manual(recovery: Recovery, signal: AbortSignal, step: StepOf<'manual'>): Promise<string> {
  return waitForPerson(recovery, signal, step);
}
