import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { answerConfirmation, confirmationsOf } from './confirmation.store.ts';
import type { Confirmation, ConfirmationRequest } from './confirmation.ts';
import { runById } from './drill-run.queries.ts';
import { lockRun } from './drill-run.store.ts';
import { answerAs } from './participant.service.ts';
import { isEnded } from './run.ts';

/**
 * Takes a person's word for a manual step that a run waits for.
 * @throws AppError `not-found` `unknown-run`; `forbidden` `person-needed`; `conflict` `run-ended`, `confirmed-already`;
 *   `unprocessable` `not-waiting-for-this`, which names what the run waits for, `role-needed`, `bad-role`.
 */
export async function confirmStep(
  tx: Tx,
  caller: Caller,
  runId: string,
  request: ConfirmationRequest,
): Promise<Confirmation[]> {
  const { principal } = caller;
  requirePerson(caller, 'A manual step is confirmed by a person who stands for it');
  await lockRun(tx, runId);
  const run = await runById(tx, runId);
  if (isEnded(run.status)) {
    throw new AppError('conflict', 'run-ended', `The drill run has ended already (${run.status}): nothing waits`);
  }
  const asked = await confirmationsOf(tx, runId);
  if (!asked.some(({ step, outcome }) => step === request.step && outcome === null)) throw refusal(request.step, asked);
  const role = await answerAs(tx, run, principal, request);
  await answerConfirmation(tx, runId, request, { person: principal, role });
  await recordAudit(tx, {
    ...originOf(caller),
    ...{ action: 'drill-run.confirm', subjectKind: 'drill-run', subjectId: runId },
    details: { ...request, role },
  });
  return confirmationsOf(tx, runId);
}

/** @throws AppError `forbidden` `person-needed` for anybody else than a named person. */
export function requirePerson({ principal: { kind, name } }: Caller, rule: string): void {
  if (kind === 'person') return;
  throw new AppError('forbidden', 'person-needed', `${rule}: ${name} is a ${kind}`);
}

function refusal(step: string, asked: readonly Confirmation[]): AppError {
  const answered = asked.find((one) => one.step === step);
  if (answered) {
    const message = `The step ${step} was answered by ${answered.personName}: ${answered.outcome}`;
    return new AppError('conflict', 'confirmed-already', message);
  }
  const waiting = asked.filter(({ outcome }) => outcome === null).map((one) => one.step);
  const what = waiting.length === 0 ? 'it waits for nothing' : `it waits for ${waiting.join(', ')}`;
  return new AppError('unprocessable', 'not-waiting-for-this', `The drill run does not wait for ${step}: ${what}`, {
    fields: [{ field: '#/step', message: what }],
  });
}
