import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../kernel/errors.ts';
import type { CheckOf } from '../definition-checks.ts';
import { secondsAfter } from '../definition-retry.ts';
import { passedAll, probe, probeName } from '../http/probe.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';

/** Asks over HTTP until the answer is as expected, or no try is left; what the last one was answered is told. */
export async function checkHttp(recovery: Recovery, check: CheckOf<'http'>): Promise<DrillCheck[]> {
  const { recorder, signal } = recovery;
  const name = probeName(check);
  for (let attempt = 1; ; attempt += 1) {
    const checks = await answered(recovery, check);
    if (passedAll(checks) || attempt >= (check.retry?.attempts ?? 1)) return [coverageOf(name, checks), ...checks];
    const seconds = check.retry ? secondsAfter(check.retry, attempt) : 0;
    recorder.say(`${name} did not answer as expected at attempt ${attempt}: tried again in ${seconds} s`, 'warn');
    await delay(seconds * 1000, undefined, { signal });
  }
}

/** What cannot be asked at all is not as expected either. */
async function answered(recovery: Recovery, check: CheckOf<'http'>): Promise<DrillCheck[]> {
  try {
    return await probe(recovery, check, recovery.signal);
  } catch (thrown) {
    if (recovery.signal.aborted || !(thrown instanceof AppError)) throw thrown;
    const subject = probeName(check);
    return [{ kind: 'http', subject, expected: 'an answer', actual: thrown.message, result: 'failed' }];
  }
}

function coverageOf(name: string, checks: readonly DrillCheck[]): DrillCheck {
  const passed = checks.filter(({ result }) => result === 'passed').length;
  return {
    ...{ kind: 'coverage', subject: name, expected: `${checks.length} of ${checks.length} answers as expected` },
    actual: `${passed} of ${checks.length} answers as expected`,
    result: passed === checks.length ? 'passed' : 'failed',
  };
}
