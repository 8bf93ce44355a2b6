import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../kernel/errors.ts';
import { formatSeconds } from '../kernel/units.ts';
import { askForConfirmation, confirmationsOf } from './confirmation.store.ts';
import type { AttendedPhase } from './definition-attended.ts';
import type { Recovery } from './recovery.ts';

const LOOK_MS = 500;

/**
 * Waits until a named person says that something was done, under a name that the answer repeats. Answers who it was, and the
 * note.
 * @throws AppError `unprocessable` `manual-step-failed` when the person says that it could not be done; the signal's reason.
 */
export async function waitForPerson(
  { recorder, deps, runId }: Recovery,
  signal: AbortSignal,
  { name, instructions }: { readonly name: string; readonly instructions: string },
): Promise<string> {
  await recorder.write((tx) => askForConfirmation(tx, runId, name, instructions));
  recorder.say(`waits for a person to confirm ${name}`, 'warn');
  for (;;) {
    const asked = await confirmationsOf(deps.db, runId);
    const { outcome, personName, note } = asked.find(({ step }) => step === name) ?? { outcome: null };
    if (outcome === 'done') return `${name} was confirmed by ${personName}: ${note}`;
    if (outcome === 'failed') {
      const message = `${name} could not be done, says ${personName}: ${note}`;
      throw new AppError('unprocessable', 'manual-step-failed', message);
    }
    await delay(LOOK_MS, undefined, { signal });
  }
}

/**
 * One phase that a person carries out before anything is recovered.
 * @throws AppError as {@link waitForPerson}; `timeout` `nobody-there` when nobody has within the time that the definition gives.
 */
export async function attendedPhase(
  recovery: Recovery,
  name: 'respond' | 'plan',
  { instructions, timeoutSeconds }: AttendedPhase,
): Promise<string> {
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    return await waitForPerson(recovery, AbortSignal.any([recovery.signal, limit]), { name, instructions });
  } catch (thrown) {
    if (!limit.aborted || recovery.signal.aborted) throw thrown;
    const message = `nobody has said within ${formatSeconds(timeoutSeconds)} that they ${name}`;
    throw new AppError('timeout', 'nobody-there', message, { cause: thrown });
  }
}
