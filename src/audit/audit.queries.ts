import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { dateOf, instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';

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
  /** Only what the service did by itself, or only what others did. */
  readonly doneBy?: 'service' | 'principals' | undefined;
  readonly action?: string | undefined;
  readonly subjectKind?: string | undefined;
  readonly subjectId?: string | undefined;
  /** Not before this instant. */
  readonly from?: Temporal.Instant | undefined;
  /** Before this instant. */
  readonly until?: Temporal.Instant | undefined;
  /** Only entries in whose words or details this stands, whatever the case. */
  readonly text?: string | undefined;
}

/** Entries that fit the rest of a filter and that one page looks through for a text: no index knows the words of the details. */
const LOOKED_THROUGH_MAX = 20_000;

/** What a page of entries found. */
export interface FoundEntries {
  readonly entries: readonly AuditEntry[];
  /** Where a search for a text stopped with older entries left to look through; null when it reached the end. */
  readonly stoppedAt: Pick<AuditEntry, 'occurredAt' | 'key'> | null;
}

/**
 * Entries that fit the filter, the newest first; `after` continues behind an entry. A search for a text reads a bounded number
 * of those that the rest of the filter finds, so that it answers in time whatever the size of the trail.
 */
export async function auditEntries(
  db: Queryable,
  filter: AuditEntryFilter,
  page: { readonly limit: number; readonly after?: AuditEntryKey | undefined },
): Promise<FoundEntries> {
  const { text, ...rest } = filter;
  const { where, parameters } = conditions(rest, page.after);
  if (text === undefined) {
    const sql = `SELECT ${COLUMNS} FROM ${SEALED_ENTRIES} ${where} ${NEWEST_FIRST} LIMIT $${parameters.length + 1}`;
    const rows = await db.rows<EntryRow>(sql, [...parameters, page.limit]);
    return { entries: rows.map(entryOf), stoppedAt: null };
  }
  const at = parameters.length;
  // The last row that was looked through comes along, whether it has the text or not: the search goes on behind it.
  const rows = await db.rows<EntryRow & { readonly has_text: boolean; readonly place: string }>(
    `WITH looked AS MATERIALIZED (
       SELECT e.*, row_number() OVER (${NEWEST_FIRST}) AS place, ${WORDS} LIKE $${at + 1} ESCAPE '!' AS has_text
       FROM audit_entry e ${where} ${NEWEST_FIRST} LIMIT $${at + 2}::bigint),
     found AS (SELECT place FROM looked WHERE has_text ORDER BY place LIMIT $${at + 3})
     SELECT ${COLUMNS}, e.has_text, e.place FROM looked e LEFT JOIN audit_seal s ON s.entry_id = e.id
     WHERE e.place IN (SELECT place FROM found) OR e.place = $${at + 2}::bigint ORDER BY e.place`,
    [...parameters, `%${text.toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`, LOOKED_THROUGH_MAX, page.limit],
  );
  const entries = rows.filter((row) => row.has_text).map(entryOf);
  const last = rows.at(-1);
  const isStopped = entries.length < page.limit && last !== undefined && Number(last.place) === LOOKED_THROUGH_MAX;
  return { entries, stoppedAt: isStopped ? entryOf(last) : null };
}

/** @throws AppError `not-found` `no-such-audit-entry`. */
export async function auditEntryById(db: Queryable, id: string): Promise<AuditEntry> {
  const [row] = await db.rows<EntryRow>(`SELECT ${COLUMNS} FROM ${SEALED_ENTRIES} WHERE e.id = $1::bigint`, [id]);
  if (row) return entryOf(row);
  throw new AppError('not-found', 'no-such-audit-entry', `There is no audit entry ${id}`);
}

const MICROS = '(extract(epoch FROM e.occurred_at) * 1000000)::bigint';

const COLUMNS = `e.id::text AS id, e.occurred_at, ${MICROS}::text AS micros, e.actor_id, e.actor_name, e.action,
            e.subject_kind, e.subject_id, e.details, e.request_id, s.seq::text AS seal_seq`;

const SEALED_ENTRIES = 'audit_entry e LEFT JOIN audit_seal s ON s.entry_id = e.id';

const NEWEST_FIRST = 'ORDER BY e.occurred_at DESC, e.id DESC';

/** All that an entry says, as one text. */
const WORDS = `lower(concat_ws(' ', e.actor_name, e.action, e.subject_kind, e.subject_id, e.request_id, e.details::text))`;

// Conditions are put together, not switched off by a null parameter: each combination then has its own plan and index.
function conditions(filter: Omit<AuditEntryFilter, 'text'>, after: AuditEntryKey | undefined) {
  const parameters: unknown[] = [];
  const terms: string[] = [];
  const add = (term: (...names: string[]) => string, ...values: unknown[]) => {
    terms.push(term(...values.map((value) => `$${parameters.push(value)}`)));
  };
  if (filter.actorId !== undefined) add((id) => `e.actor_id = ${id}::uuid`, filter.actorId);
  if (filter.doneBy !== undefined) add(() => `e.actor_id IS ${filter.doneBy === 'service' ? '' : 'NOT '}NULL`);
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
