import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { IncidentReviewContent, IncidentReviewState } from './incident-review.ts';

/** @throws AppError `conflict` `incident-reviewed`, `incident-unresolved`. */
export async function insertIncidentReview(
  tx: Tx,
  review: IncidentReviewContent & { readonly id: string; readonly incidentId: string; readonly authorId: string },
): Promise<void> {
  const { id, incidentId, authorId } = review;
  const conflict = (code: string, message: string) => () => new AppError('conflict', code, message);
  const errors = {
    incident_review_one: conflict('incident-reviewed', 'The incident has a review already: change that one'),
    incident_review_of_resolved: conflict('incident-unresolved', 'What is not resolved cannot be reviewed yet'),
  };
  await mapConstraints(errors, () =>
    tx.execute(
      `INSERT INTO incident_review (id, incident_id, author_id, cause, factors, went_well, went_badly, timeline)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)`,
      [id, incidentId, authorId, ...columnsOf(review)],
    ),
  );
  await noteWriter(tx, id, authorId);
}

/** A draft that nobody else changes until the transaction ends. */
export interface LockedReview extends IncidentReviewContent {
  readonly id: string;
  readonly incidentId: string;
  readonly state: IncidentReviewState;
}

/**
 * Reads a draft, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-incident-review`; `stale` `stale-incident-review`; `conflict` `incident-review-final`.
 */
export async function lockIncidentReview(tx: Tx, id: string, expectedVersion: number): Promise<LockedReview> {
  const [found] = await tx.rows<LockedReview & { readonly version: number }>(
    `SELECT id, incident_id AS "incidentId", state, cause, factors, went_well AS "wentWell", went_badly AS "wentBadly",
       timeline, version FROM incident_review WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchIncidentReview(id);
  if (found.version !== expectedVersion) {
    const message = `The review is at version ${found.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-incident-review', message);
  }
  if (found.state === 'final') {
    throw new AppError('conflict', 'incident-review-final', 'The review was approved: it stays as it is');
  }
  return found;
}

export const noSuchIncidentReview = (id: string) =>
  new AppError('not-found', 'no-such-incident-review', `There is no review of an incident ${id}`);

/** The caller holds it. */
export async function updateIncidentReview(
  tx: Tx,
  id: string,
  content: IncidentReviewContent,
  writerId: string,
): Promise<void> {
  await tx.execute(
    `UPDATE incident_review SET cause = $2, factors = $3, went_well = $4, went_badly = $5, timeline = $6::jsonb,
       version = version + 1 WHERE id = $1`,
    [id, ...columnsOf(content)],
  );
  await noteWriter(tx, id, writerId);
}

/**
 * Approves a draft that the caller holds. @returns the digest of what was approved.
 * @throws AppError `unprocessable` `person-needed`, `second-person-needed`, `incident-review-incomplete`.
 */
export async function setFinal(tx: Tx, id: string, content: string, approvedBy: string): Promise<string> {
  const refused = (code: string, message: string) => () => new AppError('unprocessable', code, message);
  const errors = {
    incident_review_by_person: refused('person-needed', 'A person approves a review'),
    incident_review_by_another: refused(
      'second-person-needed',
      'The review of an emergency is approved by another person than those who have written it',
    ),
    incident_review_whole: refused(
      'incident-review-incomplete',
      'The cause, what went well and what went badly must be said before it is approved',
    ),
  };
  const [row] = await mapConstraints(errors, () =>
    tx.rows<{ readonly sha256: string }>(
      `UPDATE incident_review SET state = 'final', content = $2, approved_by = $3, approved_at = clock_timestamp(),
         content_sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex'), version = version + 1
       WHERE id = $1 RETURNING content_sha256 AS sha256`,
      [id, content, approvedBy],
    ),
  );
  if (!row) throw new Error(`the review ${id} was held a moment ago`);
  return row.sha256;
}

async function noteWriter(tx: Tx, id: string, writerId: string): Promise<void> {
  await tx.execute('INSERT INTO incident_review_writer (review_id, writer_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
    id,
    writerId,
  ]);
}

const columnsOf = ({ cause, factors, wentWell, wentBadly, timeline }: IncidentReviewContent) => [
  ...[cause, factors, wentWell, wentBadly],
  JSON.stringify(timeline),
];
