import type { Queryable } from '../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import type { Severity } from '../kernel/severity.ts';
import { noSuchIncident } from './incident.store.ts';
import type { Incident } from './incident.ts';
import type { StageEntry } from './incident-stage.ts';

const named = (alias: string) =>
  `CASE WHEN ${alias}.id IS NOT NULL THEN json_build_object('id', ${alias}.id, 'name', ${alias}.name) END`;

const SELECT = `i.id, i.number, i.kind, i.severity, i.title, i.description, i.reporter_contact AS "reporterContact",
  ${named('r')} AS reporter, i.customer, ${named('s')} AS service, ${named('t')} AS team, ${named('a')} AS assignee,
  i.calendar_id AS "calendarId", i.symptom, i.frequency, i.scope, i.stage, i.sub_state AS "subState",
  i.received_at AS "receivedAt", i.restored_at AS "restoredAt", i.resolved_at AS "resolvedAt", i.closed_at AS "closedAt",
  ${named('c')} AS "createdBy", i.created_at AS "createdAt", i.version`;
const FROM = `incident i JOIN principal c ON c.id = i.created_by LEFT JOIN principal r ON r.id = i.reporter_id
  LEFT JOIN service s ON s.id = i.service_id LEFT JOIN principal t ON t.id = i.team_id
  LEFT JOIN principal a ON a.id = i.assignee_id`;

type IncidentFilter = 'number' | 'isOpen' | 'stage' | 'severity' | 'serviceId' | 'teamId';

/** Incidents, by id: the order in which they were entered. */
export const INCIDENT_LIST: ListDeclaration<IncidentFilter, 'id'> = {
  select: SELECT,
  from: FROM,
  sorts: { id: { keys: [{ sql: 'i.id', type: 'uuid' }] } },
  filters: {
    number: (value) => `i.number = ${value}`,
    isOpen: (value) => `(i.stage <> 'closed') = ${value}`,
    stage: (value) => `i.stage = ${value}`,
    severity: (value) => `i.severity = ${value}`,
    serviceId: (value) => `i.service_id = ${value}::uuid`,
    teamId: (value) => `i.team_id = ${value}::uuid`,
  },
  pairs: [
    { filters: ['number'], sorts: ['id'] },
    { filters: ['stage'], sorts: ['id'] },
    { filters: ['severity', 'isOpen'], sorts: ['id'] },
    { filters: ['serviceId', 'severity', 'isOpen'], sorts: ['id'] },
    { filters: ['teamId', 'severity', 'isOpen'], sorts: ['id'] },
  ],
};

/** A page of incidents. @throws AppError as {@link listRows}. */
export async function listIncidents(db: Queryable, request: ListRequest<IncidentFilter, 'id'>) {
  const rows = await listRows<IncidentRecord, IncidentFilter, 'id'>(db, INCIDENT_LIST, request);
  return rows.map((row) => ({ incident: incidentOf(row), listCursor: row.listCursor }));
}

/** How many incidents the filters let pass: a number, or `10,000+`. */
export function countIncidents(db: Queryable, request: ListRequest<IncidentFilter, 'id'>): Promise<string> {
  return countRows<IncidentFilter, 'id'>(db, { ...INCIDENT_LIST, from: 'incident i' }, request);
}

/** How many incidents are not closed, by severity; a severity without any is left out. */
export async function openIncidentsBySeverity(db: Queryable): Promise<Map<Severity, number>> {
  const rows = await db.rows<{ severity: Severity; count: number }>(
    `SELECT severity, count(*)::integer AS count FROM incident WHERE stage <> 'closed' GROUP BY severity`,
  );
  return new Map(rows.map(({ severity, count }) => [severity, count]));
}

/** The ids of the incidents of these numbers, by the number. */
export async function incidentIdsByNumber(db: Queryable, numbers: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.rows<{ id: string; number: string }>(
    'SELECT id, number FROM incident WHERE number = ANY ($1::text[])',
    [[...numbers]],
  );
  return new Map(rows.map(({ id, number }) => [number, id]));
}

/** One incident. @throws AppError `not-found` `no-such-incident`. */
export async function incidentById(db: Queryable, id: string): Promise<Incident> {
  const [row] = await db.rows<IncidentRecord>(`SELECT ${SELECT} FROM ${FROM} WHERE i.id = $1`, [id]);
  if (!row) throw noSuchIncident(id);
  return incidentOf(row);
}

/** The stages of an incident in the order in which it entered them: at least its receipt. */
export async function stagesOf(db: Queryable, id: string): Promise<StageEntry[]> {
  return db.rows<StageEntry>(
    `SELECT h.stage, h.sub_state AS "subState", trunc(extract(epoch FROM h.entered_at) * 1000)::float8 AS "enteredAtMs",
       h.late_because AS "lateBecause", b.name AS by
     FROM incident_stage h JOIN principal b ON b.id = h.by_id WHERE h.incident_id = $1 ORDER BY h.seq`,
    [id],
  );
}

type Instants = 'receivedAt' | 'restoredAt' | 'resolvedAt' | 'closedAt' | 'createdAt';

type IncidentRecord = Omit<Incident, Instants> & {
  readonly receivedAt: Date;
  readonly restoredAt: Date | null;
  readonly resolvedAt: Date | null;
  readonly closedAt: Date | null;
  readonly createdAt: Date;
};

function incidentOf(row: IncidentRecord): Incident {
  const { id, number, kind, severity, title, description, reporterContact, reporter, customer, service } = row;
  const { team, assignee, calendarId, symptom, frequency, scope, stage, subState, createdBy, version } = row;
  return {
    ...{ id, number, kind, severity, title, description, reporterContact, reporter, customer, service },
    ...{ team, assignee, calendarId, symptom, frequency, scope, stage, subState, createdBy, version },
    receivedAt: instantOf(row.receivedAt),
    restoredAt: row.restoredAt && instantOf(row.restoredAt),
    resolvedAt: row.resolvedAt && instantOf(row.resolvedAt),
    closedAt: row.closedAt && instantOf(row.closedAt),
    createdAt: instantOf(row.createdAt),
  };
}
