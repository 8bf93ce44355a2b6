import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { BackDating } from '../sla/clock-record.ts';
import { beginAct, enter, enterStage, type IncidentTarget, tellClocks } from './act.ts';
import type { NewFacts } from './entry.ts';
import { setFacts } from './incident.store.ts';
import { type IncidentFacts, type IncidentKind, missingFacts } from './incident-kind.ts';

/**
 * Somebody begins to record an incident that was received.
 * @throws AppError as {@link beginAct} and {@link enterStage}.
 */
export async function takeUp(tx: Tx, caller: Caller, target: IncidentTarget, when: BackDating): Promise<void> {
  await enterStage(await beginAct(tx, caller, target, when, ['receive']), 'record');
}

/**
 * Enters what has become known; what is stated replaces what was known before, which stays in the timeline.
 * @throws AppError as {@link beginAct}.
 */
export async function enterFacts(tx: Tx, caller: Caller, target: IncidentTarget, wanted: NewFacts): Promise<void> {
  const { at, lateBecause, ...facts } = wanted;
  const act = await beginAct(tx, caller, target, { at, lateBecause }, UNTIL_RESOLVED);
  await enter(act, 'facts', facts);
  await setFacts(tx, target.id, facts);
}

/** Everything before it was said how it ended. */
const UNTIL_RESOLVED = ['receive', 'record', 'classify', 'transfer', 'handle'] as const;

/**
 * The incident is recorded: what its severity asks for is known, and it is to be classified.
 * @throws AppError `unprocessable` `facts-missing`, and as {@link beginAct}, {@link enterStage} and {@link tellClocks}.
 */
export async function finishRecord(tx: Tx, caller: Caller, target: IncidentTarget, when: BackDating): Promise<void> {
  const act = await beginAct(tx, caller, target, when, ['receive', 'record']);
  const { incident } = act;
  requireFacts(incident, incident.kind, incident.severity);
  // Whoever records at once what was received does both at one instant.
  const recording = incident.stage === 'receive' ? await enterStage(act, 'record') : act;
  await enterStage(recording, 'classify');
  await tellClocks(act, 'record');
}

/** @throws AppError `unprocessable` `facts-missing`, naming each of them. */
export function requireFacts(
  incident: IncidentFacts & { readonly number: string },
  kind: IncidentKind,
  severity: Severity,
): void {
  const missing = missingFacts(kind, severity, incident);
  if (missing.length === 0) return;
  const message = `${incident.number} is of severity ${severity}, which asks for the ${missing.join(' and the ')}: enter it first`;
  throw new AppError('unprocessable', 'facts-missing', message, {
    fields: missing.map((fact) => ({ field: `#/${fact}`, message: 'is not known yet' })),
  });
}
