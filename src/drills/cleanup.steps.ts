import { mkdir } from 'node:fs/promises';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { CleanupStep } from './definition-cleanup.ts';
import { provisioned, type Recovery, SANDBOX_PARTS } from './recovery.ts';
import { RunStopped } from './run-stopped.ts';
import { pathInside } from './sandbox.ts';
import { run } from './script.step.ts';
import type { StepAttempt } from './step-attempt.ts';
import { beginTry } from './step-try.ts';

/**
 * Carries out the clean-up steps of the definition, every one of them, also after one has failed and in a run that was
 * cancelled. Left out, and said so in the log, when there is no sandbox yet, and when Muster stops or the run is lost; of a
 * recovery always, which leaves what it has restored.
 * @returns why those that failed have failed.
 */
export async function carryOutCleanup(recovery: Recovery): Promise<string[]> {
  const { definition, recorder, sandbox } = recovery;
  const steps = recovery.mode === 'recovery' ? [] : (definition.cleanup?.steps ?? []);
  if (steps.length === 0) return [];
  const stop = stopOf(recovery.signal);
  const reasons: string[] = [];
  for (const [index, step] of steps.entries()) {
    if (!sandbox || stop.aborted) {
      recorder.say(
        `the clean-up step ${nameOf(step)} is left out: ${sandbox ? messageOf(stop.reason) : 'nothing had been made'}`,
        'warn',
      );
      continue;
    }
    const reason = await carryOut(recovery, stop, step, definition.steps.length + index);
    if (reason !== undefined) reasons.push(sentenceOf(nameOf(step), reason));
  }
  return reasons;
}

/** What a run says of its clean-up steps that did not come to a good end. */
export function unfinishedCleanup(attempts: readonly StepAttempt[]): string[] {
  return attempts
    .filter(({ phase, outcome }) => phase === 'cleanup' && outcome !== 'done')
    .map(({ step, outcome, detail }) => sentenceOf(step, outcome === 'failed' ? (detail ?? outcome) : 'interrupted'));
}

/** What people call a clean-up step. */
export function nameOf({ script }: Pick<CleanupStep, 'script'>): string {
  return `run ${script}`;
}

function sentenceOf(step: string, reason: string): string {
  return `the clean-up step ${step} failed: ${reason}`;
}

/** Answers why the step has failed, if it has. */
async function carryOut(
  recovery: Recovery,
  stop: AbortSignal,
  step: CleanupStep,
  position: number,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(step.timeoutSeconds * 1000);
  const end = await beginTry(recovery, { position, attempt: 1, step: nameOf(step), phase: 'cleanup' });
  try {
    // A run that ended before its copy came has nothing there, and the script finds it empty.
    const copy = await pathInside(provisioned(recovery).sandbox, SANDBOX_PARTS.copy);
    await mkdir(copy, { recursive: true, mode: 0o700 });
    await end('done', await run(recovery, AbortSignal.any([stop, limit]), step));
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'run-lost') throw thrown;
    const reason =
      limit.aborted && !stop.aborted ? `it took longer than its ${step.timeoutSeconds} seconds` : messageOf(thrown);
    recovery.recorder.say(sentenceOf(nameOf(step), reason), 'error');
    await end(stop.aborted ? 'interrupted' : 'failed', reason);
    return reason;
  }
}

/** A person who cancels the run does not mean its clean-up; whatever else ends the run ends that as well. */
function stopOf(signal: AbortSignal): AbortSignal {
  const stop = new AbortController();
  const forward = () => {
    const { reason } = signal;
    if (!(reason instanceof RunStopped && reason.status === 'aborted')) stop.abort(reason);
  };
  if (signal.aborted) forward();
  else signal.addEventListener('abort', forward, { once: true });
  return stop.signal;
}
