import { AppError } from '../kernel/errors.ts';
import type { StepOf } from './definition-steps.ts';
import { passedAll, probe, probeName } from './http/probe.ts';
import type { Recovery } from './recovery.ts';

/**
 * Asks over HTTP, and goes on when the answer is as expected.
 * @throws AppError `unprocessable` `probe-failed` with what was not; as `probe`.
 */
export async function http(recovery: Recovery, signal: AbortSignal, step: StepOf<'http'>): Promise<string> {
  const checks = await probe(recovery, step, signal);
  if (passedAll(checks)) return `${probeName(step)} answered as expected`;
  const wrong = checks.filter(({ result }) => result === 'failed');
  const why = wrong.map(({ subject, actual, expected }) => `${subject} is ${actual}, expected ${expected}`).join('; ');
  throw new AppError('unprocessable', 'probe-failed', why);
}
