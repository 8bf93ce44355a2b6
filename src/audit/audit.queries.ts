import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { dateOf, instantOf } from '../kernel/clock.ts';

/** An audit entry as it is shown. */
export interface AuditEntry {
  readonly id: string;
  readonly occurredAt: Temporal.Instant;
  /** Null for the service itself. */
  readonly actorId: string | null;
  readonly actorName: string;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  /** The seal that covers it; null while none does. */
  readonly sealSeq: string | null;
  readonly key: AuditEntryKey;
}

/** Where an entry stands in the order of the list: microseconds since 1970, and its id. */
export type AuditEntryKey = readonly [occurredAtMicros: string, id: string];

export interface AuditEntryFilter {
  readonly actorId?: string | undefined;
  readonly action?: string | undefined;
  readonly subjectKind?: string | undefined;
  readonly subjectId?: string | undefined;
  /** Not before this instant. */
  readonly from?: Temporal.Instant | undefined;
  /** Before this instant. */
  readonly until?: Temporal.Instant | undefined;
}

/** Entries that fit the filter, the newest first; `after` continues behind an entry. */
export async function auditEntries(
  db: Queryable,
  filter: AuditEntryFilter,
  page: { readonly limit: number; readonly after?: AuditEntryKey | undefined },
): Promise<AuditEntry[]> {
  const { where, parameters } = conditions(filter, page.after);
  const rows = await db.rows<EntryRow>(
    `SELECT e.id::text AS id, e.occurred_at, ${MICROS}::text AS micros, e.actor_id, e.actor_name, e.action,
            e.subject_kind, e.subject_id, e.details, e.request_id, s.seq::text AS seal_seq
     FROM audit_entry e LEFT JOIN audit_seal s ON s.entry_id = e.id
     ${where} ORDER BY e.occurred_at DESC, e.id DESC LIMIT $${parameters.length + 1}`,
    [...parameters, page.limit],
  );
  return rows.map(entryOf);
}

const MICROS = '(extract(epoch FROM e.occurred_at) * 1000000)::bigint';

// Conditions are put together, not switched off by a null parameter: each combination then has its own plan and index.
function conditions(filter: AuditEntryFilter, after: AuditEntryKey | undefined) {
  const parameters: unknown[] = [];
  const terms: string[] = [];
  const add = (term: (...names: string[]) => string, ...values: unknown[]) => {
    terms.push(term(...values.map((value) => `$${parameters.push(value)}`)));
  };
  if (filter.actorId !== undefined) add((id) => `e.actor_id = ${id}::uuid`, filter.actorId);
  if (filter.action !== undefined) add((action) => `e.action = ${action}`, filter.action);
  if (filter.subjectKind !== undefined) add((kind) => `e.subject_kind = ${kind}`, filter.subjectKind);
  if (filter.subjectId !== undefined) add((id) => `e.subject_id = ${id}`, filter.subjectId);
  if (filter.from !== undefined) add((from) => `e.occurred_at >= ${from}`, dateOf(filter.from));
  if (filter.until !== undefined) add((until) => `e.occurred_at < ${until}`, dateOf(filter.until));
  if (after !== undefined) {
    const instant = (micros: string) => `timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond'`;
    add((micros, id) => `(e.occurred_at, e.id) < (${instant(micros ?? '')}, ${id}::bigint)`, ...after);
  }
  return { where: terms.length > 0 ? `WHERE ${terms.join(' AND ')}` : '', parameters };
}

interface EntryRow {
  readonly id: string;
  readonly occurred_at: Date;
  readonly micros: string;
  readonly actor_id: string | null;
  readonly actor_name: string;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly details: Record<string, unknown>;
  readonly request_id: string | null;
  readonly seal_seq: string | null;
}

function entryOf(row: EntryRow): AuditEntry {
  return {
    id: row.id,
    occurredAt: instantOf(row.occurred_at),
    actorId: row.actor_id,
    actorName: row.actor_name,
    action: row.action,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    details: row.details,
    requestId: row.request_id,
    sealSeq: row.seal_seq,
    key: [row.micros, row.id],
  };
}
