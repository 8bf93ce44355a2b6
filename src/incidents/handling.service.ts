import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { beginAct, enter, enterStage, type IncidentTarget, tellClocks } from './act.ts';
import { entriesOfKind, knownResources } from './entry.store.ts';
import type { NewContact, NewPlan, NewSubState, NewVerification } from './entry.ts';
import { setRestored } from './incident.store.ts';
import { needsRecovery } from './incident-kind.ts';

/**
 * Enters that somebody was spoken to. The first contact is the response; later ones keep the customer informed.
 * @throws AppError as {@link beginAct} and {@link tellClocks}.
 */
export async function enterContact(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewContact): Promise<void> {
  const { at, lateBecause, ...contact } = wanted;
  const act = await beginAct(tx, caller, target, { at, lateBecause });
  const before = await entriesOfKind(tx, target.id, 'contact');
  await enter(act, 'contact', contact);
  if (before.latestMs === null) await tellClocks(act, 'response');
  // One that is entered after a later one informs nobody anew.
  else if (act.atMs >= before.latestMs) await tellClocks(act, 'update');
}

/**
 * Enters how it is to be put right: the first version of the plan is the plan of the SLA clocks.
 * @throws AppError `unprocessable` `no-plan-needed`, `unknown-resource`, and as {@link beginAct} and {@link tellClocks}.
 */
export async function enterPlan(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewPlan): Promise<void> {
  const { at, lateBecause, text, resources } = wanted;
  const act = await beginAct(tx, caller, target, { at, lateBecause }, ['handle']);
  requireRecovery(act.incident, 'planned');
  await requireResources(tx, resources);
  const { count } = await entriesOfKind(tx, target.id, 'plan');
  await enter(act, 'plan', { version: count + 1, text, resources });
  if (count === 0) await tellClocks(act, 'plan');
}

/**
 * Enters that somebody looked whether it runs again. The first time that it does is the recovery.
 * @throws AppError `unprocessable` `unsuitable-person`, `no-recovery-needed`, and as {@link beginAct} and {@link tellClocks}.
 */
export async function enterVerification(
  tx: Tx,
  caller: Caller,
  target: IncidentTarget,
  wanted: NewVerification,
): Promise<void> {
  const { at, lateBecause, personId, ...verification } = wanted;
  const act = await beginAct(tx, caller, target, { at, lateBecause }, ['handle']);
  requireRecovery(act.incident, 'restored');
  await enter(act, 'verification', verification, { personId });
  if (verification.result === 'failed' || act.incident.restoredAt !== null) return;
  await setRestored(tx, target.id, act.atMs);
  await tellClocks(act, 'recovery');
}

/**
 * Goes on with another part of the handling.
 * @throws AppError `conflict` `same-sub-state`, and as {@link beginAct} and {@link enterStage}.
 */
export async function goOnWith(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewSubState): Promise<void> {
  const act = await beginAct(tx, caller, target, wanted, ['handle']);
  const { number, subState } = act.incident;
  if (subState === wanted.subState) {
    throw new AppError('conflict', 'same-sub-state', `${number} is ${subState} already`);
  }
  await enterStage(act, 'handle', wanted.subState);
}

/** Adds a remark. @throws AppError as {@link beginAct}. */
export async function addNote(tx: Tx, caller: Caller, id: string, text: string): Promise<void> {
  await enter(await beginAct(tx, caller, { id, expectedVersion: undefined }, {}), 'note', { text });
}

function requireRecovery(
  { number, kind }: { number: string; kind: Parameters<typeof needsRecovery>[0] },
  what: string,
) {
  if (needsRecovery(kind)) return;
  const message = `${number} is a ${kind}: nothing is down, and nothing is to be ${what}`;
  throw new AppError('unprocessable', 'no-recovery-needed', message);
}

async function requireResources(tx: Tx, resources: NewPlan['resources']): Promise<void> {
  const named = resources.flatMap(({ partId, productId }, index) =>
    Object.entries({ partId, productId }).flatMap(([key, id]) =>
      id === undefined ? [] : [{ id, field: `#/resources/${index}/${key}` }],
    ),
  );
  const known = await knownResources(
    tx,
    named.map(({ id }) => id),
  );
  const unknown = named.filter(({ id }) => !known.has(id));
  if (unknown.length === 0) return;
  throw new AppError('unprocessable', 'unknown-resource', 'The plan names a part or a product that there is not', {
    fields: unknown.map(({ field, id }) => ({ field, message: `there is no such thing: ${id}` })),
  });
}
