import type { CheckOf } from '../definition-checks.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';
import { carryOutScript, endInWords } from '../script.step.ts';

/** A script that looks at what was restored: it passes by its exit status 0. It cannot change what it looks at. */
export async function checkByScript(recovery: Recovery, check: CheckOf<'script'>): Promise<DrillCheck[]> {
  const limit = AbortSignal.timeout(check.timeoutSeconds * 1000);
  const signal = AbortSignal.any([recovery.signal, limit]);
  const judged = (result: DrillCheck['result'], actual: string): DrillCheck[] => [
    { kind: 'script', subject: check.script, expected: 'exit status 0', actual, result },
  ];
  try {
    const end = await carryOutScript(recovery, signal, check, { mayWrite: false });
    const said = end.lastLine === null ? 'exit status 0' : `exit status 0: ${end.lastLine}`;
    return end.status === 0 ? judged('passed', said) : judged('failed', endInWords(end));
  } catch (thrown) {
    if (!limit.aborted || recovery.signal.aborted) throw thrown;
    return judged('failed', `took longer than ${check.timeoutSeconds} seconds`);
  }
}
