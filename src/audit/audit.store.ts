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
  const details = JSON.stringify(event.details ?? {});
  if (Buffer.byteLength(details) > DETAILS_BYTES_MAX) {
    throw new AppError(
      'internal',
      'audit-details-too-large',
      `The audit details of ${event.action} are ${Buffer.byteLength(details)} bytes; at most ${DETAILS_BYTES_MAX} are kept`,
    );
  }
  tx.defer(
    `INSERT INTO audit_entry (actor_id, actor_name, action, subject_kind, subject_id, details, request_id)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)`,
    [
      event.actor.principalId,
      event.actor.name,
      event.action,
      event.subjectKind,
      event.subjectId,
      details,
      event.requestId ?? null,
    ],
  );
}
