import { AppError } from '../kernel/errors.ts';
import { formatSeconds } from '../kernel/units.ts';
import { waitForPerson } from './attended.step.ts';
import type { DrillStep } from './definition-steps.ts';
import { goAheadOf } from './go-ahead-name.ts';
import type { Recovery } from './recovery.ts';

/** A recovery in which nobody answers for so long has nobody. */
const ANSWER_SECONDS_MAX = 4 * 3600;

/**
 * In a recovery, waits for a person to say that a step may be carried out that changes what was restored or reaches out of the
 * sandbox; a drill goes on at once.
 * @throws AppError as `waitForPerson`, and then nothing of the step was done; `timeout` `nobody-there`.
 */
export async function askGoAhead(recovery: Recovery, step: DrillStep, position: number, name: string): Promise<void> {
  const why = recovery.mode === 'recovery' ? dangerOf(step) : undefined;
  if (why === undefined) return;
  const limit = AbortSignal.timeout(ANSWER_SECONDS_MAX * 1000);
  const asked = { name: goAheadOf(position), instructions: `Say whether the step ${name} may be carried out: ${why}.` };
  try {
    await waitForPerson(recovery, AbortSignal.any([recovery.signal, limit]), asked);
  } catch (thrown) {
    if (!limit.aborted || recovery.signal.aborted) throw thrown;
    const message = `nobody has said within ${formatSeconds(ANSWER_SECONDS_MAX)} whether ${name} may be carried out`;
    throw new AppError('timeout', 'nobody-there', message, { cause: thrown });
  }
}

/** What a step can do beyond unpacking and looking; undefined for those that cannot. */
function dangerOf(step: DrillStep): string | undefined {
  if (step.step === 'http') return step.url === undefined ? undefined : 'it reaches out of this machine';
  if ('isolation' in step && step.isolation === 'none') return 'it can do whatever Muster can';
  return step.step === 'run' || step.step === 'serve' ? 'it may change what was restored' : undefined;
}
