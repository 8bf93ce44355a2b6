import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../kernel/errors.ts';
import { askForConfirmation, confirmationsOf } from './confirmation.store.ts';
import type { StepOf } from './definition-steps.ts';
import type { Recovery } from './recovery.ts';

const LOOK_MS = 500;

/** Waits until a person says that something was done. */
export async function manual(recovery: Recovery, signal: AbortSignal, step: StepOf<'manual'>): Promise<string> {
  const { recorder, deps, runId } = recovery;
  await recorder.write((tx) => askForConfirmation(tx, runId, step.name, step.instructions));
  recorder.say(`waits for a person to confirm ${step.name}`, 'warn');
  for (;;) {
    const asked = await confirmationsOf(deps.db, runId);
    const { outcome, personName, note } = asked.find((one) => one.step === step.name) ?? { outcome: null };
    if (outcome === 'done') return `${step.name} was confirmed by ${personName}: ${note}`;
    if (outcome === 'failed') {
      const message = `${step.name} could not be done, says ${personName}: ${note}`;
      throw new AppError('unprocessable', 'manual-step-failed', message);
    }
    await delay(LOOK_MS, undefined, { signal });
  }
}
