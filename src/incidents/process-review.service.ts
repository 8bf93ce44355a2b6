import { Temporal } from 'temporal-polyfill';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { periodOf } from './attainment-month.ts';
import { openAction } from './improvement-action.service.ts';
import type { Action, NewAction } from './improvement-action.ts';
import { processReviewById } from './process-review.queries.ts';
import {
  insertProcessReview,
  lockProcessReview,
  setCancelled,
  setHeld,
  shareDueReview,
  updateProcessReview,
} from './process-review.store.ts';
import type { NewProcessReview, ProcessReview, ProcessReviewChange, ProcessReviewHeld } from './process-review.ts';

/** Which review is to change, and the version of it that the caller has read. */
export interface ProcessReviewTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Plans a review of a period.
 * @throws AppError `unprocessable` `unsuitable-owner`, `due-before-end`.
 */
export async function planReview(tx: Tx, caller: Caller, wanted: NewProcessReview): Promise<ProcessReview> {
  const { dueAt, ...review } = wanted;
  await holdOwner(tx, wanted.ownerId, '#/ownerId');
  requireAfter(dueAt, wanted);
  const id = newId();
  await insertProcessReview(tx, { ...review, id, dueAt: dateOf(dueAt), plannedBy: caller.principal.id });
  await record(tx, caller, 'plan', id, { ...review, dueAt: dueAt.toString() });
  return processReviewById(tx, id);
}

/**
 * Changes a review that is not over; when it is due only while it is planned.
 * @throws AppError `not-found`, `stale`; `conflict` `process-review-state`; `unprocessable` `unsuitable-owner`, `due-before-end`.
 */
export async function changeReview(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ProcessReviewTarget,
  { dueAt, ...change }: ProcessReviewChange,
): Promise<ProcessReview> {
  const allowed = dueAt === undefined ? (['planned', 'due'] as const) : (['planned'] as const);
  const before = await lockProcessReview(tx, id, expectedVersion, allowed);
  if (change.ownerId !== undefined) await holdOwner(tx, change.ownerId, '#/ownerId');
  if (dueAt !== undefined) requireAfter(dueAt, before);
  await updateProcessReview(tx, id, {
    title: change.title ?? before.title,
    ownerId: change.ownerId ?? before.ownerId,
    dueAt: dueAt === undefined ? before.dueAt : dateOf(dueAt),
  });
  await record(tx, caller, 'change', id, { ...change, ...(dueAt && { dueAt: dueAt.toString() }) });
  return processReviewById(tx, id);
}

/**
 * Opens an action that a review which is due has decided on.
 * @throws AppError `not-found`; `conflict` `process-review-state`; `unprocessable` `unsuitable-owner`, `due-in-past`.
 */
export async function openActionOfReview(tx: Tx, caller: Caller, id: string, wanted: NewAction): Promise<Action> {
  await shareDueReview(tx, id);
  return openAction(tx, caller, { kind: 'process-review', id }, wanted);
}

/**
 * Says what came out of a review that is due; then nothing of it changes any more.
 * @throws AppError `not-found`, `stale`; `conflict` `process-review-state`; `unprocessable` `unsuitable-participant`.
 */
export async function holdReview(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ProcessReviewTarget,
  held: ProcessReviewHeld,
): Promise<ProcessReview> {
  await lockProcessReview(tx, id, expectedVersion, ['due']);
  await setHeld(tx, id, { ...held, endedBy: caller.principal.id });
  const { sha256 } = (await processReviewById(tx, id)).attainment ?? {};
  // The texts are kept with the review; the trail names what they rest on.
  await record(tx, caller, 'hold', id, { participantIds: held.participantIds, attainmentSha256: sha256 });
  return processReviewById(tx, id);
}

/** @throws AppError `not-found`, `stale`; `conflict` `process-review-state`. */
export async function cancelReview(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ProcessReviewTarget,
  reason: string,
): Promise<ProcessReview> {
  await lockProcessReview(tx, id, expectedVersion, ['planned', 'due']);
  await setCancelled(tx, id, reason, caller.principal.id);
  await record(tx, caller, 'cancel', id, { reason });
  return processReviewById(tx, id);
}

function requireAfter(dueAt: Temporal.Instant, period: { from: string; until: string; zone: string }): void {
  const end = Temporal.Instant.fromEpochMilliseconds(periodOf(period).untilMs);
  if (Temporal.Instant.compare(dueAt, end) >= 0) return;
  const message = `must not lie before the end of the period, ${end}`;
  throw new AppError('unprocessable', 'due-before-end', `What is not over cannot be reviewed: dueAt ${message}`, {
    fields: [{ field: '#/dueAt', message }],
  });
}

async function record(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `process-review.${act}`,
    subjectKind: 'process-review',
    subjectId,
    details: { ...details },
  });
}
