import type { CheckOf } from '../definition-checks.ts';
import { judgeAnswer } from '../expectation.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';
import { ask } from './ask.ts';

const SUBJECT_CHARS_MAX = 200;

/** Asks the restored database, and holds its answer against the expectation. */
export async function checkSql(recovery: Recovery, check: CheckOf<'sql'>): Promise<DrillCheck[]> {
  const subject = check.name ?? check.query.replaceAll(/\s+/g, ' ').trim().slice(0, SUBJECT_CHARS_MAX);
  const answer = await ask(recovery, check);
  const { passed, expected, actual } = judgeAnswer(check.expect, answer.rows ?? []);
  if (answer.problem !== undefined) {
    return [{ kind: 'sql', subject, expected, actual: `no answer: ${answer.problem}`, result: 'failed' }];
  }
  return [{ kind: 'sql', subject, expected, actual, result: passed ? 'passed' : 'failed' }];
}
