import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { ClockRecord } from './clock-record.ts';
import type { ClockSegment } from './clock-segment.ts';
import type { Term } from './term.ts';

/** What a new clock says; it never changes. */
export type ClockDraft = Pick<
  ClockRecord,
  | 'id'
  | 'kind'
  | 'severity'
  | 'subject'
  | 'serviceId'
  | 'term'
  | 'policyVersion'
  | 'calendarId'
  | 'markPercents'
  | 'createdBy'
> & { readonly startedAtMs: number };

/** @throws AppError `unprocessable` `unsuitable-service`. */
export async function insertClock(tx: Tx, draft: ClockDraft): Promise<void> {
  await mapConstraints({ sla_clock_service_id_fkey: () => unsuitableService(draft.serviceId) }, () =>
    tx.execute(
      `INSERT INTO sla_clock (id, kind, severity, subject, service_id, term, policy_version, calendar_id, mark_percents,
         started_at, created_by)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11)`,
      [
        draft.id,
        draft.kind,
        draft.severity,
        draft.subject,
        draft.serviceId,
        JSON.stringify(draft.term),
        draft.policyVersion,
        draft.calendarId,
        draft.markPercents,
        new Date(draft.startedAtMs),
        draft.createdBy,
      ],
    ),
  );
}

/** Who brought a segment about, by ids; a pause with whoever has approved it, and the request. */
interface SegmentOrigin {
  readonly byId: string | null;
  readonly approvedById?: string;
  readonly pauseRequestId?: string;
}

/** Appends a segment; the database refuses one that does not follow the last. @param seq 1 for the first. */
export async function insertSegment(
  tx: Tx,
  clockId: string,
  seq: number,
  segment: ClockSegment,
  origin: SegmentOrigin,
): Promise<void> {
  await tx.execute(
    `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at, reason, by_id, approved_by_id, pause_request_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      clockId,
      seq,
      segment.state,
      new Date(segment.fromMs),
      segment.state === 'paused' ? segment.reason : null,
      origin.byId,
      origin.approvedById ?? null,
      origin.pauseRequestId ?? null,
    ],
  );
}

/** Another term of an open clock, and who says so. */
export interface RebaseDraft {
  readonly term: Term;
  readonly policyVersion: number;
  /** Undefined: as before. */
  readonly severity?: Severity;
  readonly reason: string;
  readonly byId: string;
}

/** Gives an open clock another term. @param seq 1 for the first time. */
export async function insertRebase(
  tx: Tx,
  clockId: string,
  seq: number,
  { term, policyVersion, severity, reason, byId }: RebaseDraft,
): Promise<void> {
  await tx.execute(
    `INSERT INTO sla_clock_rebase (clock_id, seq, term, policy_version, severity, reason, by_id)
     VALUES ($1, $2, $3::jsonb, $4, $5, $6, $7)`,
    [clockId, seq, JSON.stringify(term), policyVersion, severity ?? null, reason, byId],
  );
}

/** Holds an open clock, which nobody else can change until the transaction ends. Does nothing for one that is stopped. */
export async function lockClock(tx: Tx, id: string): Promise<void> {
  await tx.execute('SELECT FROM sla_clock_open WHERE clock_id = $1 FOR UPDATE', [id]);
}

/** Keeps open clocks as they are until the transaction ends. */
export async function keepClocks(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute('SELECT FROM sla_clock_open WHERE clock_id = ANY ($1::uuid[]) ORDER BY clock_id FOR SHARE', [ids]);
}

/** A mark that a clock has reached. */
export interface ReachedMark {
  readonly clockId: string;
  readonly percent: number;
  readonly reachedAtMs: number;
}

/** Records marks, each once whoever records it. @returns how many are new. */
export async function insertMarks(tx: Tx, marks: readonly ReachedMark[]): Promise<number> {
  if (marks.length === 0) return 0;
  return tx.execute(
    `INSERT INTO sla_clock_mark (clock_id, percent, reached_at)
     SELECT * FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[]) ON CONFLICT DO NOTHING`,
    [
      marks.map(({ clockId }) => clockId),
      marks.map(({ percent }) => percent),
      marks.map(({ reachedAtMs }) => new Date(reachedAtMs)),
    ],
  );
}

/**
 * Keeps a calendar in use until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-calendar`.
 */
export async function holdCalendar(tx: Tx, id: string): Promise<void> {
  const [found] = await tx.rows<{ readonly name: string; readonly retired: boolean }>(
    'SELECT name, retired_at IS NOT NULL AS retired FROM sla_calendar WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return;
  const reason = found ? `${found.name} is retired` : `there is no calendar ${id}`;
  throw new AppError('unprocessable', 'unsuitable-calendar', `The clock needs a calendar in use: ${reason}`, {
    fields: [{ field: '#/calendarId', message: `must be the id of a calendar in use: ${reason}` }],
  });
}

function unsuitableService(id: string | null): AppError {
  return new AppError('unprocessable', 'unsuitable-service', `There is no service ${id}`, {
    fields: [{ field: '#/serviceId', message: 'must be the id of a service' }],
  });
}
