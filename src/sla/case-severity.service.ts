import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import type { Severity } from '../kernel/severity.ts';
import { caseEvent, caseEvents, insertCaseSeverity, lockCase } from './case-event.store.ts';
import type { CaseEventRecord } from './case-event.ts';
import { clockKindsOf, openClocksAbout } from './clock.queries.ts';
import { retargetClock, startAt } from './clock.service.ts';
import { lockClock } from './clock.store.ts';
import { type ClockKind, STOP_EVENTS } from './clock-kind.ts';
import { MARK_PERCENTS } from './clock-record.ts';
import { policyVersion } from './policy.queries.ts';
import { type SlaPolicy, startOf, targetsFor, termFor } from './policy.ts';

/** More events than any case has that is still worked on; what lies behind starts no clock. */
const EVENTS_MAX = 10_000;

/**
 * The severity of a case has changed: its open clocks get the targets of that one from their start on, by the policy version of
 * the case. Clocks that only that severity has are started at the instant of their event. One that it has no target for keeps
 * the target that it has.
 * @param concerned the clocks that the case can have.
 * @throws AppError `unprocessable` `calendar-needed`, `beyond-calendar`.
 */
export async function changeCaseSeverity(
  tx: Tx,
  caller: Caller,
  change: { readonly subject: string; readonly severity: Severity; readonly reason: string },
  concerned: readonly ClockKind[],
): Promise<void> {
  const { subject, severity, reason } = change;
  await lockCase(tx, subject);
  const notification = await caseEvent(tx, subject, 'notification');
  if (!notification) throw new Error(`${subject}: a case without a notification`);
  await insertCaseSeverity(tx, { ...change, byId: caller.principal.id });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'sla-case.change-severity',
    subjectKind: 'sla-case',
    subjectId: subject,
    details: { severity, reason },
  });
  for (const { id } of await openClocksAbout(tx, subject)) await lockClock(tx, id);
  for (const clock of await openClocksAbout(tx, subject)) {
    // One that was re-based keeps the version that it was re-based to.
    const promised = await policyVersion(tx, clock.policyVersion ?? notification.policyVersion);
    const term = termFor(targetsFor(promised, severity, notification.serviceId), clock.kind) ?? clock.term;
    await retargetClock(tx, caller, clock, { term, policyVersion: promised.version, severity, reason });
  }
  const policy = await policyVersion(tx, notification.policyVersion);
  await startMissing(tx, caller, { notification, policy, severity, concerned });
}

async function startMissing(
  tx: Tx,
  caller: Caller,
  about: {
    readonly notification: CaseEventRecord;
    readonly policy: SlaPolicy;
    readonly severity: Severity;
    readonly concerned: readonly ClockKind[];
  },
): Promise<void> {
  const { notification, policy, severity, concerned } = about;
  const { subject, serviceId, calendarId } = notification;
  const targets = targetsFor(policy, severity, serviceId);
  const had = await clockKindsOf(tx, subject);
  const events = await caseEvents(tx, subject, { limit: EVENTS_MAX });
  for (const kind of concerned) {
    const term = termFor(targets, kind);
    const beginsWith = [startOf(policy, kind), ...(kind === 'update' ? ['update' as const] : [])];
    const begun = events.findLast(({ event }) => beginsWith.includes(event));
    const isOver = events.some(({ event }) => event !== 'update' && STOP_EVENTS[kind].includes(event));
    if (term === undefined || begun === undefined || isOver || had.has(kind)) continue;
    const place = { serviceId: serviceId ?? undefined, calendarId: calendarId ?? undefined };
    const clock = {
      kind,
      severity,
      subject,
      term,
      policyVersion: policy.version,
      markPercents: MARK_PERCENTS,
      ...place,
    };
    await startAt(tx, caller, begun.atMs, clock, { event: begun.event });
  }
}
