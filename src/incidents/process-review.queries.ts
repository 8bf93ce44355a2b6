import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { noSuchProcessReview } from './process-review.store.ts';
import type { ProcessReview, ProcessReviewState } from './process-review.ts';

/**
 * One review.
 * @throws AppError `not-found` `no-such-process-review`.
 */
export async function processReviewById(db: Queryable, id: string): Promise<ProcessReview> {
  const [row] = await db.rows<ReviewRow>(`${SELECT_REVIEW} WHERE r.id = $1`, [id]);
  if (!row) throw noSuchProcessReview(id);
  return reviewOf(row);
}

/** Reviews from the newest down; `after` continues below an id. */
export async function listProcessReviews(
  db: Queryable,
  { state }: { readonly state: ProcessReviewState | 'all' },
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ProcessReview[]> {
  const rows = await db.rows<ReviewRow>(
    `${SELECT_REVIEW} WHERE ($1 = 'all' OR r.state = $1) AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map(reviewOf);
}

/** The attainment that is attached to a review, byte for byte; null while none is. @throws AppError as {@link processReviewById}. */
export async function attachedAttainment(db: Queryable, id: string): Promise<string | null> {
  const [row] = await db.rows<{ readonly attainment: string | null }>(
    'SELECT attainment FROM process_review WHERE id = $1',
    [id],
  );
  if (!row) throw noSuchProcessReview(id);
  return row.attainment;
}

/** As many are looked at in one go; the others come in the next. */
const LOOK_MAX = 50;

/** Reviews that are planned and due by now, as far as their attainment asks for it. */
export async function reviewsToAttach(db: Queryable) {
  return db.rows<{ readonly id: string; readonly from: string; readonly until: string; readonly zone: string }>(
    `SELECT id, period_from::text AS from, period_until::text AS until, zone FROM process_review
     WHERE state = 'planned' AND due_at <= clock_timestamp() ORDER BY due_at, id LIMIT $1`,
    [LOOK_MAX],
  );
}

/** Reviews that were not held so many days after they were due, and of which nobody was told that. */
export async function untoldOverdueReviews(db: Queryable, days: number): Promise<ProcessReview[]> {
  const rows = await db.rows<ReviewRow>(
    `${SELECT_REVIEW} WHERE r.state = 'due' AND r.due_at < clock_timestamp() - make_interval(days => $1)
       AND NOT EXISTS (SELECT FROM notice n WHERE n.subject_kind = 'process-review' AND n.subject_id = r.id
         AND n.kind = 'process-review.overdue')
     ORDER BY r.due_at, r.id LIMIT $2`,
    [days, LOOK_MAX],
  );
  return rows.map(reviewOf);
}

/** Until when the schedule has planned reviews, as a date; null before the first. */
export async function scheduledUntil(db: Queryable): Promise<string | null> {
  const [row] = await db.rows<{ readonly until: string | null }>(
    'SELECT max(period_until)::text AS until FROM process_review WHERE is_scheduled',
  );
  return row?.until ?? null;
}

/** Active persons who administer: they are told of what nobody has taken on. */
export async function administratorIds(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ readonly id: string }>(
    `SELECT id FROM principal WHERE 'admin' = ANY (roles) AND kind = 'person' AND disabled_at IS NULL ORDER BY id LIMIT 100`,
  );
  return rows.map(({ id }) => id);
}

const named = (alias: string) =>
  `CASE WHEN ${alias}.id IS NOT NULL THEN jsonb_build_object('id', ${alias}.id, 'name', ${alias}.name) END`;

const SELECT_REVIEW = `
  SELECT r.id, r.title, r.period_from::text AS from, r.period_until::text AS until, r.zone, r.is_scheduled AS "isScheduled",
    r.due_at, ${named('o')} AS owner, r.state, r.attainment_sha256, r.attainment_at, r.findings, r.decisions,
    r.cancel_reason AS "cancelReason", ${named('e')} AS ended_by, r.ended_at, r.created_at, r.version,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name) ORDER BY p.name, p.id)
      FROM process_review_participant m JOIN principal p ON p.id = m.person_id WHERE m.review_id = r.id), '[]') AS participants
  FROM process_review r LEFT JOIN principal o ON o.id = r.owner_id LEFT JOIN principal e ON e.id = r.ended_by`;

type Plain =
  | 'id'
  | 'title'
  | 'from'
  | 'until'
  | 'zone'
  | 'isScheduled'
  | 'owner'
  | 'state'
  | 'participants'
  | 'version';

interface ReviewRow extends Pick<ProcessReview, Plain | 'findings' | 'decisions' | 'cancelReason'> {
  readonly due_at: Date;
  readonly attainment_sha256: string | null;
  readonly attainment_at: Date | null;
  readonly ended_by: ProcessReview['owner'];
  readonly ended_at: Date | null;
  readonly created_at: Date;
}

function reviewOf(row: ReviewRow): ProcessReview {
  const { due_at: dueAt, attainment_sha256: sha256, attainment_at: at, ended_by: by, ended_at: end, ...rest } = row;
  const { created_at: createdAt, ...plain } = rest;
  return {
    ...plain,
    dueAt: instantOf(dueAt),
    attainment: sha256 === null || at === null ? null : { sha256, at: instantOf(at) },
    ended: by === null || end === null ? null : { by, at: instantOf(end) },
    createdAt: instantOf(createdAt),
  };
}
