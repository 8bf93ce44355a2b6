import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { ProcessReviewHeld, ProcessReviewState } from './process-review.ts';

/** A review as it is written. */
export interface ProcessReviewDraft {
  readonly id: string;
  readonly title: string;
  readonly from: string;
  readonly until: string;
  readonly zone: string;
  readonly dueAt: Date;
  readonly ownerId: string | null;
  /** Null: the schedule. */
  readonly plannedBy: string | null;
}

/** @returns false when the schedule has planned this period already. */
export async function insertProcessReview(tx: Tx, draft: ProcessReviewDraft): Promise<boolean> {
  const { id, title, from, until, zone, dueAt, ownerId, plannedBy } = draft;
  const made = await tx.execute(
    `INSERT INTO process_review (id, title, period_from, period_until, zone, is_scheduled, due_at, owner_id, planned_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (period_from) WHERE is_scheduled DO NOTHING`,
    [id, title, from, until, zone, plannedBy === null, dueAt, ownerId, plannedBy],
  );
  return made === 1;
}

/** What of a review is there to be changed. */
export interface LockedProcessReview {
  readonly id: string;
  readonly title: string;
  readonly ownerId: string | null;
  readonly dueAt: Date;
  readonly from: string;
  readonly until: string;
  readonly zone: string;
  readonly state: ProcessReviewState;
}

const LOCKED = `id, title, owner_id AS "ownerId", due_at AS "dueAt", period_from::text AS from, period_until::text AS until,
  zone, state, version`;

/**
 * Reads a review, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-process-review`; `stale` `stale-process-review`; `conflict` `process-review-state`.
 */
export async function lockProcessReview(
  tx: Tx,
  id: string,
  expectedVersion: number,
  allowed: readonly ProcessReviewState[],
): Promise<LockedProcessReview> {
  const [found] = await tx.rows<LockedProcessReview & { readonly version: number }>(
    `SELECT ${LOCKED} FROM process_review WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchProcessReview(id);
  if (found.version !== expectedVersion) {
    const message = `The review is at version ${found.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-process-review', message);
  }
  requireState(found.state, allowed);
  return found;
}

/**
 * Keeps a review due until the transaction ends.
 * @throws AppError `not-found` `no-such-process-review`; `conflict` `process-review-state`.
 */
export async function shareDueReview(tx: Tx, id: string): Promise<void> {
  const [found] = await tx.rows<{ readonly state: ProcessReviewState }>(
    'SELECT state FROM process_review WHERE id = $1 FOR SHARE',
    [id],
  );
  if (!found) throw noSuchProcessReview(id);
  requireState(found.state, ['due']);
}

const SITUATION: Readonly<Record<ProcessReviewState, string>> = {
  planned: 'is planned, and not due yet',
  due: 'is due already',
  held: 'was held: it stays as it is',
  cancelled: 'was cancelled: it stays as it is',
};

function requireState(state: ProcessReviewState, allowed: readonly ProcessReviewState[]): void {
  if (allowed.includes(state)) return;
  throw new AppError('conflict', 'process-review-state', `The review ${SITUATION[state]}`);
}

export const noSuchProcessReview = (id: string) =>
  new AppError('not-found', 'no-such-process-review', `There is no review of the process ${id}`);

/** The caller holds it. */
export async function updateProcessReview(
  tx: Tx,
  id: string,
  { title, ownerId, dueAt }: Pick<LockedProcessReview, 'title' | 'ownerId' | 'dueAt'>,
): Promise<void> {
  await tx.execute(
    'UPDATE process_review SET title = $2, owner_id = $3, due_at = $4, version = version + 1 WHERE id = $1',
    [id, title, ownerId, dueAt],
  );
}

/** Attaches the attainment of a review that is due. @returns its digest; undefined when somebody else was faster, or it is over. */
export async function attachAttainment(
  tx: Tx,
  id: string,
  { attainment, readAtMs }: { readonly attainment: string; readonly readAtMs: number },
): Promise<string | undefined> {
  const [row] = await tx.rows<{ readonly sha256: string }>(
    `UPDATE process_review SET state = 'due', attainment = $2, attainment_at = $3, version = version + 1,
       attainment_sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex')
     WHERE id = $1 AND state = 'planned' AND due_at <= clock_timestamp() RETURNING attainment_sha256 AS sha256`,
    [id, attainment, new Date(readAtMs)],
  );
  return row?.sha256;
}

/**
 * Says that a review was held; the caller holds it.
 * @throws AppError `unprocessable` `unsuitable-participant`.
 */
export async function setHeld(
  tx: Tx,
  id: string,
  { participantIds, findings, decisions, endedBy }: ProcessReviewHeld & { readonly endedBy: string },
): Promise<void> {
  const unsuitable = () =>
    new AppError('unprocessable', 'unsuitable-participant', 'Persons take part: one of the ids is of none', {
      fields: [{ field: '#/participantIds', message: 'must be ids of persons' }],
    });
  const errors = {
    process_review_participant_when_due: unsuitable,
    process_review_participant_person_fkey: unsuitable,
  };
  await mapConstraints(errors, () =>
    tx.execute('INSERT INTO process_review_participant (review_id, person_id) SELECT $1, unnest($2::uuid[])', [
      id,
      participantIds,
    ]),
  );
  await tx.execute(
    `UPDATE process_review SET state = 'held', findings = $2, decisions = $3, ended_by = $4, ended_at = clock_timestamp(),
       version = version + 1 WHERE id = $1`,
    [id, findings, decisions, endedBy],
  );
}

/** The caller holds it. */
export async function setCancelled(tx: Tx, id: string, reason: string, endedBy: string): Promise<void> {
  await tx.execute(
    `UPDATE process_review SET state = 'cancelled', cancel_reason = $2, ended_by = $3, ended_at = clock_timestamp(),
       version = version + 1 WHERE id = $1`,
    [id, reason, endedBy],
  );
}
