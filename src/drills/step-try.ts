import { dateOf } from '../kernel/clock.ts';
import { storable } from './recorder.ts';
import type { Recovery } from './recovery.ts';
import { beginAttempt, endAttempt } from './step-attempt.store.ts';
import type { StepAttempt, StepOutcome } from './step-attempt.ts';

/** Records that a try of a step begins; the answer records how it ended. */
export async function beginTry(
  { recorder, deps, runId }: Pick<Recovery, 'recorder' | 'deps' | 'runId'>,
  step: Pick<StepAttempt, 'position' | 'attempt' | 'step' | 'phase'>,
): Promise<(outcome: Exclude<StepOutcome, 'running'>, detail: string) => Promise<void>> {
  const { clock } = deps;
  const { position, attempt } = step;
  const startMs = clock.monotonicMs();
  const begun = { ...step, startedAt: dateOf(clock.now()) };
  await recorder.write((tx) => beginAttempt(tx, runId, begun));
  return async (outcome, detail) => {
    const seconds = Math.max(0, clock.monotonicMs() - startMs) / 1000;
    const end = { position, attempt, outcome, detail: storable(detail) };
    await recorder.write((tx) => endAttempt(tx, runId, { ...end, endedAt: dateOf(clock.now()), seconds }));
  };
}
