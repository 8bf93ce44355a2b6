import { stringify } from 'csv-stringify/sync';
import { type AuditEntry, type AuditEntryFilter, type AuditEntryKey, auditEntries } from '../audit/audit.queries.ts';
import type { Queryable } from '../database/database.ts';
import { guarded } from './formula.ts';

/** Entries that are read at once. */
const BATCH_ENTRIES = 1000;

const COLUMNS = [
  'id',
  'occurred_at',
  'actor_id',
  'actor',
  'action',
  'subject_kind',
  'subject_id',
  'details',
  'request_id',
  'seal',
];

/** Every entry that fits a filter as CSV, the newest first, a batch at a time. */
export async function* auditCsv(db: Queryable, filter: AuditEntryFilter): AsyncGenerator<string> {
  yield stringify([COLUMNS], { bom: true });
  for (let after: AuditEntryKey | undefined; ; ) {
    const { entries, stoppedAt } = await auditEntries(db, filter, { limit: BATCH_ENTRIES, after });
    yield stringify(entries.map(cellsOf));
    after = stoppedAt?.key ?? (entries.length < BATCH_ENTRIES ? undefined : entries.at(-1)?.key);
    if (after === undefined) return;
  }
}

const cellsOf = (entry: AuditEntry): string[] => [
  ...[entry.id, entry.occurredAt.toString(), entry.actorId ?? '', guarded(entry.actorName), entry.action],
  ...[entry.subjectKind, guarded(entry.subjectId), guarded(JSON.stringify(entry.details))],
  ...[guarded(entry.requestId ?? ''), entry.sealSeq ?? ''],
];
