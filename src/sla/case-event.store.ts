import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Severity } from '../kernel/severity.ts';
import type { CaseEventRecord } from './case-event.ts';
import type { CaseEvent } from './clock-kind.ts';

/** Makes whoever reports on the same case take turns until the transaction ends. */
export async function lockCase(tx: Tx, subject: string): Promise<void> {
  await tx.execute('SELECT pg_advisory_xact_lock($1, hashtext($2))', [ADVISORY_LOCKS.slaCase, subject]);
}

/** What was recorded of a case, in the order in which it was entered; `after` continues behind an id. */
export async function caseEvents(
  db: Queryable,
  subject: string,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<CaseEventRecord[]> {
  return db.rows<CaseEventRecord>(
    `${SELECT_EVENT} WHERE e.subject = $1 AND ($2::uuid IS NULL OR e.id > $2) ORDER BY e.id LIMIT $3`,
    [subject, page.after ?? null, page.limit],
  );
}

/** The one event of a kind that a case has, if it was reported. */
export async function caseEvent(
  db: Queryable,
  subject: string,
  event: Exclude<CaseEvent, 'update'>,
): Promise<CaseEventRecord | undefined> {
  const rows = await db.rows<CaseEventRecord>(`${SELECT_EVENT} WHERE e.subject = $1 AND e.event = $2`, [
    subject,
    event,
  ]);
  return rows[0];
}

/** The kinds of what was reported of a case so far. */
export async function reportedEvents(db: Queryable, subject: string): Promise<ReadonlySet<CaseEvent>> {
  const rows = await db.rows<{ event: CaseEvent }>('SELECT DISTINCT event FROM sla_case_event WHERE subject = $1', [
    subject,
  ]);
  return new Set(rows.map(({ event }) => event));
}

/** The severity that a case has now: that of its notification until it was changed. */
export async function currentSeverity(db: Queryable, notification: CaseEventRecord): Promise<Severity> {
  const [row] = await db.rows<{ severity: Severity }>(
    'SELECT severity FROM sla_case_severity WHERE subject = $1 ORDER BY id DESC LIMIT 1',
    [notification.subject],
  );
  return row?.severity ?? notification.severity;
}

/** Keeps that the severity of a case has changed. */
export async function insertCaseSeverity(
  tx: Tx,
  change: { readonly subject: string; readonly severity: Severity; readonly reason: string; readonly byId: string },
): Promise<void> {
  await tx.execute('INSERT INTO sla_case_severity (id, subject, severity, reason, by_id) VALUES ($1, $2, $3, $4, $5)', [
    ...[newId(), change.subject, change.severity, change.reason, change.byId],
  ]);
}

const SELECT_EVENT = `
  SELECT e.id, e.subject, e.event, e.severity, e.service_id AS "serviceId", e.calendar_id AS "calendarId",
    e.policy_version AS "policyVersion", trunc(extract(epoch FROM e.happened_at) * 1000)::float8 AS "atMs",
    e.late_because AS "lateBecause", b.name AS by
  FROM sla_case_event e JOIN principal b ON b.id = e.by_id`;

/** @throws AppError `conflict` `event-reported`; `unprocessable` `unsuitable-service`, `unsuitable-calendar`. */
export async function insertCaseEvent(
  tx: Tx,
  event: Omit<CaseEventRecord, 'by'> & { readonly byId: string },
): Promise<void> {
  const unsuitable = (field: 'service' | 'calendar', id: string | null) =>
    new AppError('unprocessable', `unsuitable-${field}`, `There is no ${field} ${id}`, {
      fields: [{ field: `#/${field}Id`, message: `must be the id of a ${field}` }],
    });
  const reported = () =>
    new AppError('conflict', 'event-reported', `The ${event.event} of ${event.subject} has been reported already`);
  await mapConstraints(
    {
      sla_case_event_once: reported,
      sla_case_event_service_id_fkey: () => unsuitable('service', event.serviceId),
      sla_case_event_calendar_id_fkey: () => unsuitable('calendar', event.calendarId),
    },
    () =>
      tx.execute(
        `INSERT INTO sla_case_event (id, subject, event, severity, service_id, calendar_id, policy_version, happened_at,
           late_because, by_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          event.id,
          event.subject,
          event.event,
          event.severity,
          event.serviceId,
          event.calendarId,
          event.policyVersion,
          new Date(event.atMs),
          event.lateBecause,
          event.byId,
        ],
      ),
  );
}
