import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { AuditEvent } from './entry.ts';

/** The largest `details` of one entry, as JSON text. The table holds the same bound. */
const DETAILS_BYTES_MAX = 64 * 1024;

/**
 * Writes one audit entry in the caller's transaction, so that the entry exists exactly when its effect does. The database
 * stamps the time and the transaction; nobody can choose them. The entry goes out with the transaction's next statement.
 *
 * @throws AppError `internal` when the details are larger than 64 KiB: record what changed, not whole documents.
 */
export async function recordAudit(tx: Tx, event: AuditEvent): Promise<void> {
  tx.defer(
    `INSERT INTO audit_entry (actor_id, actor_name, action, subject_kind, subject_id, details, request_id)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)`,
    [
      event.actor.principalId,
      event.actor.name,
      event.action,
      event.subjectKind,
      event.subjectId,
      detailsOf(event),
      event.requestId ?? null,
    ],
  );
}

/** Writes many entries as `recordAudit` writes one, in their order. */
export async function recordAudits(tx: Tx, events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  tx.defer(
    `INSERT INTO audit_entry (actor_id, actor_name, action, subject_kind, subject_id, details, request_id)
     SELECT actor_id, actor_name, action, subject_kind, subject_id, details::jsonb, request_id
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
            AS e (actor_id, actor_name, action, subject_kind, subject_id, details, request_id, place)
      ORDER BY place`,
    [
      events.map(({ actor }) => actor.principalId),
      events.map(({ actor }) => actor.name),
      events.map(({ action }) => action),
      events.map(({ subjectKind }) => subjectKind),
      events.map(({ subjectId }) => subjectId),
      events.map(detailsOf),
      events.map(({ requestId }) => requestId ?? null),
    ],
  );
}

/** @throws AppError `internal` `audit-details-too-large`. */
function detailsOf(event: AuditEvent): string {
  const details = JSON.stringify(event.details ?? {});
  const bytes = Buffer.byteLength(details);
  if (bytes <= DETAILS_BYTES_MAX) return details;
  throw new AppError(
    'internal',
    'audit-details-too-large',
    `The audit details of ${event.action} are ${bytes} bytes; at most ${DETAILS_BYTES_MAX} are kept`,
  );
}
