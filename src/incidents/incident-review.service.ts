import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import { openAction } from './improvement-action.service.ts';
import type { Action, NewAction } from './improvement-action.ts';
import { incidentById } from './incident.queries.ts';
import { incidentReviewById, stagesOfIncident } from './incident-review.queries.ts';
import { insertIncidentReview, lockIncidentReview, setFinal, updateIncidentReview } from './incident-review.store.ts';
import type { IncidentReview, IncidentReviewChange, IncidentReviewContent } from './incident-review.ts';

/** Which review is to change, and the version of it that the caller has read. */
export interface IncidentReviewTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** As many stages are the first lines of a timeline. */
const STAGES_MAX = 100;

/**
 * Drafts the review of an incident that is resolved.
 * @throws AppError `not-found` `no-such-incident`; `conflict` `incident-reviewed`, `incident-unresolved`.
 */
export async function draftReview(
  tx: Tx,
  caller: Caller,
  incidentId: string,
  wanted: IncidentReviewChange,
): Promise<IncidentReview> {
  await incidentById(tx, incidentId);
  const { cause = '', factors = '', wentWell = '', wentBadly = '' } = wanted;
  const timeline = wanted.timeline ?? (await stagesOfIncident(tx, incidentId, STAGES_MAX));
  const id = newId();
  const content = { cause, factors, wentWell, wentBadly, timeline };
  await insertIncidentReview(tx, { ...content, id, incidentId, authorId: caller.principal.id });
  await record(tx, caller, 'draft', id, { incidentId });
  return incidentReviewById(tx, id);
}

/**
 * Changes a draft: what the change names replaces what was there. Whoever does so has written of it.
 * @throws AppError `not-found`, `stale`; `conflict` `incident-review-final`.
 */
export async function changeIncidentReview(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: IncidentReviewTarget,
  change: IncidentReviewChange,
): Promise<IncidentReview> {
  const before = await lockIncidentReview(tx, id, expectedVersion);
  await updateIncidentReview(tx, id, contentOf({ ...before, ...stated(change) }), caller.principal.id);
  // The texts are kept with the review: the trail says which of them.
  await record(tx, caller, 'change', id, { fields: Object.keys(stated(change)) });
  return incidentReviewById(tx, id);
}

/**
 * Opens an action that a review has found, before or after it is approved.
 * @throws AppError `not-found`; `unprocessable` `unsuitable-owner`, `due-in-past`.
 */
export async function openActionOfIncidentReview(
  tx: Tx,
  caller: Caller,
  reviewId: string,
  wanted: NewAction,
): Promise<Action> {
  const { id } = await incidentReviewById(tx, reviewId);
  return openAction(tx, caller, { kind: 'incident-review', id }, wanted);
}

/**
 * Approves a draft as a person, who stands for it from then on; that of an emergency as another one than those who wrote it.
 * @throws AppError `not-found`, `stale`; `conflict` `incident-review-final`; `unprocessable` `person-needed`,
 *   `second-person-needed`, `incident-review-incomplete`.
 */
export async function approveReview(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: IncidentReviewTarget,
): Promise<IncidentReview> {
  const draft = await lockIncidentReview(tx, id, expectedVersion);
  const { incident, author, writers } = await incidentReviewById(tx, id);
  const approvedBy = { id: caller.principal.id, name: caller.principal.name };
  const content = JSON.stringify({ incident, ...contentOf(draft), author, writers, approvedBy });
  const sha256 = await setFinal(tx, id, content, caller.principal.id);
  await record(tx, caller, 'approve', id, { incidentId: draft.incidentId, sha256 });
  return incidentReviewById(tx, id);
}

function stated(change: IncidentReviewChange): Partial<IncidentReviewContent> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

const contentOf = ({ cause, factors, wentWell, wentBadly, timeline }: IncidentReviewContent) => ({
  ...{ cause, factors, wentWell, wentBadly, timeline },
});

async function record(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `incident-review.${act}`,
    subjectKind: 'incident-review',
    subjectId,
    details: { ...details },
  });
}
