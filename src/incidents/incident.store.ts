import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { NewIncident } from './incident.ts';
import type { IncidentFacts, IncidentKind } from './incident-kind.ts';
import type { Stage, SubState } from './incident-stage.ts';

/** What a new incident is written with. */
export interface IncidentDraft {
  readonly id: string;
  readonly severity: Severity;
  readonly customer: string;
  readonly receivedAtMs: number;
  readonly createdBy: string;
  readonly wanted: NewIncident;
}

/**
 * Inserts an incident in its first stage.
 * @returns its number, which the database draws.
 * @throws AppError `unprocessable` `unsuitable-reporter`, `unsuitable-calendar`.
 */
export async function insertIncident(tx: Tx, draft: IncidentDraft): Promise<string> {
  const { wanted } = draft;
  const errors = {
    incident_reporter_id_fkey: () => unsuitable('reporter', wanted.reporterId, 'a person'),
    incident_calendar_id_fkey: () => unsuitable('calendar', wanted.calendarId, 'a working calendar'),
  };
  const [row] = await mapConstraints(errors, () =>
    tx.rows<{ number: string }>(
      `INSERT INTO incident (id, kind, severity, title, description, reporter_contact, reporter_id, customer, service_id,
         team_id, calendar_id, symptom, frequency, scope, received_at, late_because, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING number`,
      [
        ...[draft.id, wanted.kind, draft.severity, wanted.title, wanted.description, wanted.reporterContact],
        ...[wanted.reporterId ?? null, draft.customer, wanted.serviceId ?? null, wanted.teamId ?? null],
        ...[wanted.calendarId ?? null, wanted.symptom ?? null, wanted.frequency ?? null, wanted.scope ?? null],
        ...[new Date(draft.receivedAtMs), wanted.lateBecause ?? null, draft.createdBy],
      ],
    ),
  );
  if (!row) throw new Error('INSERT ... RETURNING answered no row');
  return row.number;
}

/** An incident that nobody else changes until the transaction ends. */
export interface LockedIncident extends IncidentFacts {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly serviceId: string | null;
  readonly teamId: string | null;
  readonly assigneeId: string | null;
  readonly stage: Stage;
  readonly subState: SubState | null;
  readonly receivedAt: Date;
  readonly restoredAt: Date | null;
  readonly version: number;
  /** Of its last stage. */
  readonly stageSeq: number;
  readonly enteredAt: Date;
}

/**
 * Reads an incident that is not closed, which nobody else can change until the transaction ends.
 * @param expectedVersion undefined for what may be added whatever others do: contacts, notes.
 * @throws AppError `not-found` `no-such-incident`; `stale` `stale-incident`; `conflict` `incident-closed`.
 */
export async function lockIncident(tx: Tx, id: string, expectedVersion: number | undefined): Promise<LockedIncident> {
  await tx.execute('SELECT FROM incident WHERE id = $1 FOR UPDATE', [id]);
  // A statement of its own: it sees what the holder before has committed, the stages as well.
  const [found] = await tx.rows<LockedIncident>(
    `SELECT i.id, i.number, i.title, i.kind, i.severity, i.service_id AS "serviceId", i.team_id AS "teamId",
       i.assignee_id AS "assigneeId", i.stage, i.sub_state AS "subState", i.received_at AS "receivedAt",
       i.restored_at AS "restoredAt", i.symptom,
       i.frequency, i.scope, i.version, s.seq AS "stageSeq", s.entered_at AS "enteredAt"
     FROM incident i CROSS JOIN LATERAL (
       SELECT seq, entered_at FROM incident_stage WHERE incident_id = i.id ORDER BY seq DESC LIMIT 1) s
     WHERE i.id = $1`,
    [id],
  );
  if (!found) throw noSuchIncident(id);
  if (expectedVersion !== undefined && found.version !== expectedVersion) {
    const message = `${found.number} is at version ${found.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-incident', message);
  }
  if (found.stage === 'closed') {
    throw new AppError('conflict', 'incident-closed', `${found.number} is closed: nothing is added to it any more`);
  }
  return found;
}

/** A stage that an incident enters. */
export interface StageDraft {
  readonly stage: Stage;
  readonly subState: SubState | null;
  readonly atMs: number;
  readonly lateBecause: string | null;
  readonly byId: string;
}

/** An incident that the caller holds enters a stage; the database refuses one that does not follow the last. */
export async function insertStage(tx: Tx, { id, stageSeq }: LockedIncident, draft: StageDraft): Promise<void> {
  await tx.execute(
    `INSERT INTO incident_stage (incident_id, seq, stage, sub_state, entered_at, late_because, by_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, stageSeq + 1, draft.stage, draft.subState, new Date(draft.atMs), draft.lateBecause, draft.byId],
  );
}

/** The facts that are stated; the others stay. */
type StatedFacts = { readonly [Name in keyof IncidentFacts]?: IncidentFacts[Name] | undefined };

/** What is known of it now. The caller holds it, and has entered the same. */
export async function setFacts(tx: Tx, id: string, facts: StatedFacts): Promise<void> {
  await tx.execute(
    `UPDATE incident SET symptom = coalesce($2, symptom), frequency = coalesce($3, frequency), scope = coalesce($4, scope)
     WHERE id = $1`,
    [id, facts.symptom ?? null, facts.frequency ?? null, facts.scope ?? null],
  );
}

/** It runs again. The caller holds it, and has entered who verified that. */
export async function setRestored(tx: Tx, id: string, atMs: number): Promise<void> {
  await tx.execute('UPDATE incident SET restored_at = $2 WHERE id = $1', [id, new Date(atMs)]);
}

/** How bad it is. The caller holds it, and has entered the same. */
export async function setSeverity(tx: Tx, id: string, kind: IncidentKind, severity: Severity): Promise<void> {
  await tx.execute('UPDATE incident SET kind = $2, severity = $3 WHERE id = $1', [id, kind, severity]);
}

/** Who is responsible. The caller holds it, and has entered the same. */
export async function setTeam(tx: Tx, id: string, teamId: string, assigneeId: string | null): Promise<void> {
  await tx.execute('UPDATE incident SET team_id = $2, assignee_id = $3 WHERE id = $1', [id, teamId, assigneeId]);
}

/**
 * A service in use, which nobody can retire until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-service`.
 */
export async function holdService(tx: Tx, id: string): Promise<{ readonly customer: string }> {
  const [found] = await tx.rows<{ name: string; customer: string; retired: boolean }>(
    'SELECT name, customer, retired_at IS NOT NULL AS retired FROM service WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return { customer: found.customer };
  const reason = found ? `${found.name} is retired` : `there is no service ${id}`;
  throw new AppError('unprocessable', 'unsuitable-service', `The service does not do: ${reason}`, {
    fields: [{ field: '#/serviceId', message: `must be the id of a service in use: ${reason}` }],
  });
}

export function noSuchIncident(id: string): AppError {
  return new AppError('not-found', 'no-such-incident', `There is no incident ${id}`);
}

function unsuitable(what: string, id: string | undefined, noun: string): AppError {
  return new AppError('unprocessable', `unsuitable-${what}`, `The ${what} does not do: there is no ${what} ${id}`, {
    fields: [{ field: `#/${what}Id`, message: `must be the id of ${noun}` }],
  });
}
