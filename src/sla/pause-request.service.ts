import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { postNotice } from '../notices/notice.store.ts';
import { clockById } from './clock.queries.ts';
import { type ClockTarget, heldClock } from './clock.service.ts';
import { insertSegment, lockClock } from './clock.store.ts';
import { withSegment } from './clock-segment.ts';
import { pauseRequestById } from './pause-request.queries.ts';
import { holdApprover, insertPauseDecision, insertPauseRequest } from './pause-request.store.ts';
import type { NewPauseRequest, PauseApproval, PauseDecision, PauseRequest } from './pause-request.ts';

/**
 * Asks that a clock stand still. It runs on until another person has approved. Whoever is asked gets a notice.
 * @throws AppError `not-found`, `stale`; `conflict` `clock-stopped`, `clock-not-running`, `pause-requested`; `unprocessable`
 *   `unsuitable-approver`.
 */
export async function requestPause(
  tx: Tx,
  caller: Caller,
  target: ClockTarget,
  { reason, askedId }: NewPauseRequest,
): Promise<PauseRequest> {
  const clock = await heldClock(tx, target);
  if (askedId !== null) await holdApprover(tx, askedId, caller.principal.id);
  const id = newId();
  await insertPauseRequest(tx, { id, clockId: clock.id, reason, askedId, requestedById: caller.principal.id });
  await recordPauseAct(tx, caller, 'request-pause', clock.id, { requestId: id, reason, askedId });
  const request = await pauseRequestById(tx, id);
  await postNotice(tx, {
    ...noticeAbout(request, 'requested'),
    recipients: askedId === null ? [] : [askedId],
    summary: `${request.requestedBy.name} asks you to approve that the clock for ${titleOf(request)} stands still: ${reason}`,
  });
  return request;
}

/**
 * Approves a request: the clock stands still from now on, or from the instant of the request if the approver accepts that.
 * @throws AppError `not-found` `no-such-pause-request`; `conflict` `pause-request-closed`, `clock-stopped`, `too-many-segments`;
 *   `unprocessable` `second-person-needed`.
 */
export async function approvePause(tx: Tx, caller: Caller, id: string, how: PauseApproval): Promise<PauseRequest> {
  const { clock: about } = await pauseRequestById(tx, id);
  await lockClock(tx, about.id);
  const request = await openRequest(tx, id);
  requireSecondPerson(caller, request);
  const isBackDated = how.since === 'request';
  const outcome = { outcome: 'approved', note: how.note, isBackDated, decidedById: caller.principal.id } as const;
  const fromMs = await insertPauseDecision(tx, id, outcome);
  if (fromMs === null) throw new Error(`request ${id} was approved without an instant`);
  const { segments } = await clockById(tx, about.id);
  const { reason, requestedBy } = request;
  const pause = { state: 'paused', fromMs, reason, by: requestedBy.name, approvedBy: caller.principal.name } as const;
  const origin = { byId: requestedBy.id, approvedById: caller.principal.id, pauseRequestId: id };
  await insertSegment(tx, about.id, withSegment(segments, pause).length, pause, origin);
  const from = new Date(fromMs).toISOString();
  const details = { requestId: id, requestedById: requestedBy.id, reason, from, isBackDated, note: how.note };
  await recordPauseAct(tx, caller, 'pause', about.id, details);
  return decided(tx, request, `approved: it stands still since ${from}`);
}

/**
 * Refuses a request: the clock runs on. Whoever asked withdraws instead.
 * @throws AppError `not-found` `no-such-pause-request`; `conflict` `pause-request-closed`; `unprocessable`
 *   `second-person-needed`.
 */
export async function refusePause(tx: Tx, caller: Caller, id: string, note: string): Promise<PauseRequest> {
  const request = await openRequest(tx, id);
  if (caller.principal.id === request.requestedBy.id) throw secondPersonNeeded('you have asked for it: withdraw it');
  await end(tx, caller, request, { outcome: 'refused', note });
  return decided(tx, request, `refused: it runs on${note === '' ? '' : ` (${note})`}`);
}

/**
 * Takes a request back; only whoever asked can.
 * @throws AppError `not-found` `no-such-pause-request`; `conflict` `pause-request-closed`; `forbidden` `not-your-pause-request`.
 */
export async function withdrawPause(tx: Tx, caller: Caller, id: string, note: string): Promise<PauseRequest> {
  const request = await openRequest(tx, id);
  const { requestedBy } = request;
  if (caller.principal.id !== requestedBy.id) {
    const message = `Only ${requestedBy.name}, who has asked for it, can withdraw it: refuse it instead`;
    throw new AppError('forbidden', 'not-your-pause-request', message);
  }
  await end(tx, caller, request, { outcome: 'withdrawn', note });
  return pauseRequestById(tx, id);
}

async function openRequest(tx: Tx, id: string): Promise<PauseRequest> {
  const request = await pauseRequestById(tx, id);
  if (request.state === 'open') return request;
  const by = request.decision
    ? `${request.state} by ${request.decision.decidedBy.name}`
    : 'closed when its clock stopped';
  throw new AppError('conflict', 'pause-request-closed', `Request ${id} was ${by}: it cannot be decided any more`);
}

function requireSecondPerson({ principal }: Caller, { requestedBy }: PauseRequest): void {
  if (principal.id === requestedBy.id) throw secondPersonNeeded(`${principal.name} has asked for it`);
  if (principal.kind !== 'person') throw secondPersonNeeded(`${principal.name} is no person`);
}

const secondPersonNeeded = (why: string) =>
  new AppError('unprocessable', 'second-person-needed', `Another person decides about a pause: ${why}`);

async function end(
  tx: Tx,
  caller: Caller,
  { id, clock, reason }: PauseRequest,
  { outcome, note }: { readonly outcome: 'refused' | 'withdrawn'; readonly note: string },
): Promise<void> {
  await insertPauseDecision(tx, id, { outcome, note, isBackDated: false, decidedById: caller.principal.id });
  const act = outcome === 'refused' ? 'refuse-pause' : 'withdraw-pause';
  await recordPauseAct(tx, caller, act, clock.id, { requestId: id, reason, note });
}

/** Tells whoever asked. */
async function decided(tx: Tx, request: PauseRequest, what: string): Promise<PauseRequest> {
  const after = await pauseRequestById(tx, request.id);
  const by = (after.decision as PauseDecision).decidedBy.name;
  await postNotice(tx, {
    ...noticeAbout(request, 'decided'),
    recipients: [request.requestedBy.id],
    summary: `The pause of the clock for ${titleOf(request)} was ${what}. Decided by ${by}`,
  });
  return after;
}

const titleOf = ({ clock }: PauseRequest) => `${clock.kind} of ${clock.subject}`;

const noticeAbout = ({ id, clock }: PauseRequest, event: 'requested' | 'decided') => ({
  kind: `sla-pause.${event}`,
  subjectKind: 'sla-clock',
  subjectId: clock.id,
  details: { requestId: id, subject: clock.subject },
  onceKey: `sla-pause.${event}/${id}`,
});

async function recordPauseAct(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-clock.${act}`,
    subjectKind: 'sla-clock',
    subjectId,
    details: { ...details },
  });
}
