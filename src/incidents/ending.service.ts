import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError, type FieldProblem } from '../kernel/errors.ts';
import { type Act, beginAct, enter, enterStage, type IncidentTarget, tellClocks } from './act.ts';
import { type EndingNeed, neededToResolve } from './ending.queries.ts';
import type { NewFeedback, NewResolution } from './entry.ts';

/**
 * Says how it ended. That is not the recovery: what runs again is restored, and resolved once it is known why and what was done.
 * @throws AppError `conflict` `not-restored`, `no-plan`, `no-contact`; `unprocessable` `decision-needed`, `no-decision-here`,
 *   `before-recovery`, and as {@link beginAct}, {@link enterStage} and {@link tellClocks}.
 */
export async function resolve(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewResolution): Promise<void> {
  const { at, lateBecause, ...resolution } = wanted;
  const act = await beginAct(tx, caller, target, { at, lateBecause }, ['handle']);
  requireDecision(act, wanted);
  await requireDone(act);
  await enter(act, 'resolution', { ...resolution, cause: resolution.cause ?? null });
  await enterStage(act, 'feedback');
  await tellClocks(act, 'resolution');
}

/**
 * Enters what the customer was told, and closes the incident for good.
 * @throws AppError as {@link beginAct}, {@link enterStage} and {@link tellClocks}.
 */
export async function close(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewFeedback): Promise<void> {
  const { at, lateBecause, ...feedback } = wanted;
  const act = await beginAct(tx, caller, target, { at, lateBecause }, ['feedback']);
  await enter(act, 'feedback', { ...feedback, isSatisfied: feedback.isSatisfied ?? null });
  await tellClocks(act, 'feedback');
  await enterStage(act, 'closed');
}

function requireDecision({ incident: { number, kind } }: Act, { decision }: NewResolution): void {
  const refused = (code: string, message: string) =>
    new AppError('unprocessable', code, message, { fields: [{ field: '#/decision', message } satisfies FieldProblem] });
  if (kind === 'suggestion' && decision === undefined) {
    throw refused('decision-needed', `${number} is a suggestion: it ends with a decision`);
  }
  if (kind !== 'suggestion' && decision !== undefined) {
    throw refused('no-decision-here', `${number} is no suggestion: leave the decision out`);
  }
}

async function requireDone({ tx, incident, atMs }: Act): Promise<void> {
  const { number, restoredAt } = incident;
  const [missing] = await neededToResolve(tx, incident);
  if (missing !== undefined) {
    const { code, message } = REFUSALS[missing];
    throw new AppError('conflict', code, `${number} is not over: ${message}`);
  }
  if (restoredAt !== null && atMs < restoredAt.getTime()) {
    const message = `it was restored at ${restoredAt.toISOString()}, and is resolved no earlier`;
    throw new AppError('unprocessable', 'before-recovery', message, { fields: [{ field: '#/at', message }] });
  }
}

const REFUSALS = {
  contact: { code: 'no-contact', message: 'nobody was spoken to; record the contact first' },
  plan: { code: 'no-plan', message: 'it has no plan; record it first' },
  recovery: { code: 'not-restored', message: 'nobody has verified that it runs again' },
} as const satisfies Record<EndingNeed, object>;
