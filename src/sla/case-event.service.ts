import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { caseEvent, currentSeverity, insertCaseEvent, lockCase, reportedEvents } from './case-event.store.ts';
import type { CaseEventRecord, NewCaseEvent } from './case-event.ts';
import { openClocksAbout } from './clock.queries.ts';
import { happenedAt, startAt, stopAt } from './clock.service.ts';
import { lockClock } from './clock.store.ts';
import { type CaseEvent, CLOCK_KINDS, type ClockKind, STOP_EVENTS } from './clock-kind.ts';
import { type ClockRecord, MARK_PERCENTS } from './clock-record.ts';
import { currentPolicy, policyVersion } from './policy.queries.ts';
import { type SlaPolicy, startOf, targetsFor, termFor } from './policy.ts';

/** What an event brought about. */
export interface ReportedEvent {
  readonly event: Omit<CaseEventRecord, 'by'>;
  readonly started: readonly ClockRecord[];
  readonly stopped: readonly ClockRecord[];
}

/**
 * Reports what has happened in a case: the open clocks that measure up to it are stopped, and those that it starts are started,
 * all at the instant at which it happened. The notification freezes the policy for the whole case. Kinds without a target start
 * no clock, and neither do those whose end was reported before their beginning.
 * @param concerned the clocks that the case can have: all, unless stated.
 * @throws AppError `not-found` `no-sla-policy`; `conflict` `event-reported`; `unprocessable` `no-notification`,
 *   `before-notification`, and as `startClock` and `stopClock`.
 */
export async function reportEvent(
  tx: Tx,
  caller: Caller,
  wanted: NewCaseEvent,
  concerned: readonly ClockKind[] = CLOCK_KINDS,
): Promise<ReportedEvent> {
  await lockCase(tx, wanted.subject);
  const ending = await heldClocksUpTo(tx, wanted);
  const nowMs = await databaseNowMs(tx);
  const atMs = happenedAt(wanted, nowMs);
  const { about, policy } = await caseOf(tx, wanted, atMs);
  const { subject, event, lateBecause = null } = wanted;
  const recorded = { ...about, id: newId(), subject, event, atMs, lateBecause };
  await insertCaseEvent(tx, { ...recorded, byId: caller.principal.id });
  const stated = { event, ...(wanted.lateBecause !== undefined && { lateBecause: wanted.lateBecause }) };
  const stopped = [];
  for (const clock of ending) stopped.push(await stopAt(tx, caller, clock, { atMs, nowMs }, stated));
  const started = [];
  const reported = await reportedEvents(tx, subject);
  for (const kind of concerned.filter((each) => isStartedBy(each, event, policy, reported))) {
    const term = termFor(targetsFor(policy, about.severity, about.serviceId), kind);
    if (term === undefined) continue;
    const { severity, policyVersion } = about;
    const clock = { kind, severity, subject, term, policyVersion, markPercents: MARK_PERCENTS };
    const place = { serviceId: about.serviceId ?? undefined, calendarId: about.calendarId ?? undefined };
    started.push(await startAt(tx, caller, atMs, { ...clock, ...place }, stated));
  }
  return { event: recorded, started, stopped };
}

/** The open clocks of a case that measure up to an event, which nobody else can change until the transaction ends. */
async function heldClocksUpTo(tx: Tx, { subject, event }: NewCaseEvent): Promise<ClockRecord[]> {
  const isUpTo = ({ kind }: ClockRecord) => STOP_EVENTS[kind].includes(event);
  for (const { id } of (await openClocksAbout(tx, subject)).filter(isUpTo)) await lockClock(tx, id);
  // Somebody may have paused or stopped one before it was held.
  return (await openClocksAbout(tx, subject)).filter(isUpTo);
}

type AboutCase = Pick<CaseEventRecord, 'severity' | 'serviceId' | 'calendarId' | 'policyVersion'>;

async function caseOf(
  tx: Tx,
  wanted: NewCaseEvent,
  atMs: number,
): Promise<{ readonly about: AboutCase; readonly policy: SlaPolicy }> {
  if (wanted.severity !== undefined) {
    const policy = await currentPolicy(tx);
    const { severity, serviceId = null, calendarId = null } = wanted;
    return { about: { severity, serviceId, calendarId, policyVersion: policy.version }, policy };
  }
  const notification = await caseEvent(tx, wanted.subject, 'notification');
  if (!notification) throw refused('no-notification', '#/subject', `no notification of ${wanted.subject} was reported`);
  if (atMs < notification.atMs) {
    const since = new Date(notification.atMs).toISOString();
    throw refused('before-notification', '#/at', `the notification was at ${since}`);
  }
  const { serviceId, calendarId } = notification;
  const severity = await currentSeverity(tx, notification);
  const policy = await policyVersion(tx, notification.policyVersion);
  return { about: { severity, serviceId, calendarId, policyVersion: policy.version }, policy };
}

function refused(code: string, field: string, message: string): AppError {
  return new AppError('unprocessable', code, `The event cannot be reported: ${message}`, {
    fields: [{ field, message }],
  });
}

function isStartedBy(kind: ClockKind, event: CaseEvent, policy: SlaPolicy, reported: ReadonlySet<CaseEvent>): boolean {
  // The customer is kept informed until the case is over.
  if (kind === 'update' && event === 'update') return !reported.has('resolution');
  return startOf(policy, kind) === event && !STOP_EVENTS[kind].some((end) => end !== event && reported.has(end));
}
