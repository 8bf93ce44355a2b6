import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { NewIncident } from './incident.ts';

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
