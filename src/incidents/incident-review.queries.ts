import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { noSuchIncidentReview } from './incident-review.store.ts';
import type { IncidentReview, IncidentReviewState, MissingReview } from './incident-review.ts';

interface PageBounds {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** One review. @throws AppError `not-found` `no-such-incident-review`. */
export async function incidentReviewById(db: Queryable, id: string): Promise<IncidentReview> {
  const [row] = await db.rows<ReviewRow>(`${SELECT_REVIEW} WHERE r.id = $1`, [id]);
  if (!row) throw noSuchIncidentReview(id);
  return reviewOf(row);
}

/** The review of an incident. @throws AppError `not-found` `no-such-incident-review`, also when there is no such incident. */
export async function reviewOfIncident(db: Queryable, incidentId: string): Promise<IncidentReview> {
  const [row] = await db.rows<ReviewRow>(`${SELECT_REVIEW} WHERE r.incident_id = $1`, [incidentId]);
  if (row) return reviewOf(row);
  throw new AppError('not-found', 'no-such-incident-review', `The incident ${incidentId} has no review`);
}

/** The id of the review of an incident; null when it has none. */
export async function reviewIdOf(db: Queryable, incidentId: string): Promise<string | null> {
  const [row] = await db.rows<{ id: string }>('SELECT id FROM incident_review WHERE incident_id = $1', [incidentId]);
  return row?.id ?? null;
}

/** Reviews from the newest down; `after` continues below an id. */
export async function listIncidentReviews(
  db: Queryable,
  { state }: { readonly state: IncidentReviewState | 'all' },
  page: PageBounds,
): Promise<IncidentReview[]> {
  const rows = await db.rows<ReviewRow>(
    `${SELECT_REVIEW} WHERE ($1 = 'all' OR r.state = $1) AND ($2::uuid IS NULL OR r.id < $2) ORDER BY r.id DESC LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map(reviewOf);
}

/** Emergencies that are resolved and of which no review was approved, the oldest first; `after` continues behind an incident. */
export async function missingReviews(db: Queryable, page: PageBounds): Promise<MissingReview[]> {
  const rows = await db.rows<Omit<MissingReview, 'resolvedAt'> & { readonly resolvedAt: Date }>(
    `SELECT i.id AS "incidentId", i.number, i.title, i.resolved_at AS "resolvedAt", r.id AS "reviewId"
     FROM incident i LEFT JOIN incident_review r ON r.incident_id = i.id
     WHERE i.severity = 'emergency' AND i.stage IN ('feedback', 'closed') AND r.state IS DISTINCT FROM 'final'
       AND ($1::uuid IS NULL OR i.id > $1)
     ORDER BY i.id LIMIT $2`,
    [page.after ?? null, page.limit],
  );
  return rows.map(({ resolvedAt, ...missing }) => ({ ...missing, resolvedAt: instantOf(resolvedAt) }));
}

/** The stages of an incident as the first lines of a timeline: `handle: analysing`. */
export async function stagesOfIncident(
  db: Queryable,
  incidentId: string,
  limit: number,
): Promise<{ readonly at: string; readonly text: string }[]> {
  const rows = await db.rows<{ readonly at: Date; readonly text: string }>(
    `SELECT entered_at AS at, concat_ws(': ', stage, sub_state) AS text FROM incident_stage
     WHERE incident_id = $1 ORDER BY seq LIMIT $2`,
    [incidentId, limit],
  );
  return rows.map(({ at, text }) => ({ at: at.toISOString(), text }));
}

const named = (alias: string) => `jsonb_build_object('id', ${alias}.id, 'name', ${alias}.name)`;

const SELECT_REVIEW = `
  SELECT r.id, r.state, r.cause, r.factors, r.went_well AS "wentWell", r.went_badly AS "wentBadly", r.timeline,
    jsonb_build_object('id', i.id, 'number', i.number, 'title', i.title, 'severity', i.severity) AS incident,
    ${named('a')} AS author, CASE WHEN p.id IS NOT NULL THEN ${named('p')} END AS approved_by, r.approved_at,
    r.content_sha256, r.created_at, r.version,
    (SELECT jsonb_agg(${named('w')} ORDER BY w.name, w.id) FROM incident_review_writer m
      JOIN principal w ON w.id = m.writer_id WHERE m.review_id = r.id) AS writers
  FROM incident_review r JOIN incident i ON i.id = r.incident_id JOIN principal a ON a.id = r.author_id
    LEFT JOIN principal p ON p.id = r.approved_by`;

interface ReviewRow extends Omit<IncidentReview, 'approval' | 'createdAt'> {
  readonly approved_by: IncidentReview['author'] | null;
  readonly approved_at: Date | null;
  readonly content_sha256: string | null;
  readonly created_at: Date;
}

function reviewOf({ approved_by: by, approved_at: at, content_sha256: sha256, ...row }: ReviewRow): IncidentReview {
  const { created_at: createdAt, ...review } = row;
  return {
    ...review,
    approval: by && at && sha256 !== null ? { by, at: instantOf(at), sha256 } : null,
    createdAt: instantOf(createdAt),
  };
}
