import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { reportEvent } from '../sla/case-event.service.ts';
import { happenedAt } from '../sla/clock.service.ts';
import type { CaseEvent } from '../sla/clock-kind.ts';
import type { BackDating } from '../sla/clock-record.ts';
import { type EntryReferences, insertEntry } from './entry.store.ts';
import type { EntryKind } from './entry.ts';
import { insertStage, type LockedIncident, lockIncident } from './incident.store.ts';
import { clocksOf } from './incident-clocks.ts';
import type { Stage, SubState } from './incident-stage.ts';

/** Which incident is acted on. */
export interface IncidentTarget {
  readonly id: string;
  /** What the caller has read; undefined for what may be added whatever others do. */
  readonly expectedVersion: number | undefined;
}

/** Something that is being done about an incident, which nobody else changes meanwhile. */
export interface Act {
  readonly tx: Tx;
  readonly caller: Caller;
  readonly incident: LockedIncident;
  /** When it happened; all that it brings about happened then. */
  readonly atMs: number;
  readonly lateBecause: string | null;
}

/**
 * Begins an act: holds the incident, in one of the stages in which that can be done.
 * @throws AppError `not-found`, `stale`; `conflict` `incident-closed`, `incident-stage`; `unprocessable` `before-receipt`,
 *   `in-future`, `late-unexplained`.
 */
export async function beginAct(
  tx: Tx,
  caller: Caller,
  target: IncidentTarget,
  when: BackDating,
  stages?: readonly Stage[],
): Promise<Act> {
  const incident = await lockIncident(tx, target.id, target.expectedVersion);
  if (stages && !stages.includes(incident.stage)) throw wrongStage(incident, stages);
  const atMs = happenedAt(when, await databaseNowMs(tx));
  if (atMs < incident.receivedAt.getTime()) {
    throw notBefore('before-receipt', `${incident.number} was received at ${incident.receivedAt.toISOString()}`);
  }
  return { tx, caller, incident, atMs, lateBecause: when.lateBecause ?? null };
}

/** Appends what was entered to the incident, and to the audit trail. @throws AppError as {@link insertEntry}. */
export async function enter(act: Act, kind: EntryKind, details: object, references: EntryReferences = {}) {
  const { tx, caller, incident, atMs, lateBecause } = act;
  const about = { incidentId: incident.id, kind, atMs, lateBecause, byId: caller.principal.id };
  const entryId = await insertEntry(tx, { ...about, details, ...references });
  await audit(act, kind, { entryId, ...details, ...references });
}

/**
 * The incident enters a stage at the instant of the act.
 * @returns the act as it goes on in that stage.
 * @throws AppError `unprocessable` `before-last-stage`.
 */
export async function enterStage(act: Act, stage: Stage, subState: SubState | null = null): Promise<Act> {
  const { tx, caller, incident, atMs, lateBecause } = act;
  if (atMs < incident.enteredAt.getTime()) {
    const since = incident.enteredAt.toISOString();
    throw notBefore('before-last-stage', `${incident.number} is in the stage ${incident.stage} since ${since}`);
  }
  await insertStage(tx, incident, { stage, subState, atMs, lateBecause, byId: caller.principal.id });
  await audit(act, 'stage', { stage, subState });
  return {
    ...act,
    incident: { ...incident, stage, subState, stageSeq: incident.stageSeq + 1, enteredAt: new Date(atMs) },
  };
}

/** The SLA clocks follow what has happened. @throws AppError as {@link reportEvent}. */
export async function tellClocks({ tx, caller, incident, atMs, lateBecause }: Act, event: CaseEvent): Promise<void> {
  const at = new Date(atMs).toISOString();
  const when = { at, ...(lateBecause !== null && { lateBecause }) };
  await reportEvent(tx, caller, { subject: incident.number, event, ...when }, clocksOf(incident.kind));
}

async function audit({ tx, caller, incident, atMs, lateBecause }: Act, what: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `incident.${what}`,
    subjectKind: 'incident',
    subjectId: incident.id,
    details: { number: incident.number, at: new Date(atMs).toISOString(), lateBecause, ...details },
  });
}

function wrongStage({ number, stage }: LockedIncident, stages: readonly Stage[]): AppError {
  const message = `${number} is in the stage ${stage}: this belongs to the stage ${stages.join(' or ')}`;
  return new AppError('conflict', 'incident-stage', message);
}

function notBefore(code: string, message: string): AppError {
  return new AppError('unprocessable', code, `It cannot be entered: ${message}`, {
    fields: [{ field: '#/at', message: `must not be before that: ${message}` }],
  });
}
