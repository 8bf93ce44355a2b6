import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { clockById, databaseNowMs } from './clock.queries.ts';
import { holdApprover, holdCalendar, insertClock, insertMarks, insertSegment, lockClock } from './clock.store.ts';
import { clockCalendars } from './clock-calendar.queries.ts';
import { clockStateAt } from './clock-due.ts';
import { unrecordedMarks } from './clock-mark.ts';
import { type BackDating, type ClockRecord, type NewClock, POLICY_TARGETS } from './clock-record.ts';
import { type ClockSegment, startedAt, withSegment } from './clock-segment.ts';
import { currentPolicy } from './policy.queries.ts';
import { targetsFor } from './policy.ts';
import { runsAlways, type Term } from './term.ts';

/** Which clock is to change, and the version of it that the caller has read: the number of its segments. */
export interface ClockTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Starts a clock at the instant of the notification, now unless stated. Its term is that of the policy in force for the kinds
 * that the policy sets, and what the caller states for the others; it is frozen.
 * @throws AppError `not-found` `no-sla-policy`; `unprocessable` `target-in-policy`, `target-unset`, `calendar-needed`,
 *   `unsuitable-calendar`, `unsuitable-service`, `beyond-calendar`, `in-future`, `late-unexplained`.
 */
export async function startClock(tx: Tx, caller: Caller, wanted: NewClock): Promise<ClockRecord> {
  const promised = await promisedTerm(tx, wanted);
  const calendarId = wanted.calendarId ?? null;
  if (calendarId !== null) await holdCalendar(tx, calendarId);
  else if (!runsAlways(promised.term)) throw calendarNeeded();
  const startedAtMs = happenedAt(wanted, await databaseNowMs(tx));
  // What cannot be computed is refused now and not when it is due.
  clockStateAt({ ...promised, segments: startedAt(startedAtMs) }, startedAtMs, await clockCalendars(tx)(calendarId));
  const id = newId();
  const { kind, severity, subject, markPercents } = wanted;
  const createdBy = caller.principal.id;
  const serviceId = wanted.serviceId ?? null;
  await insertClock(tx, {
    ...promised,
    id,
    kind,
    severity,
    subject,
    serviceId,
    calendarId,
    markPercents,
    startedAtMs,
    createdBy,
  });
  await insertSegment(tx, id, 1, { state: 'running', fromMs: startedAtMs }, { byId: createdBy });
  await record(tx, caller, 'start', id, { ...wanted, ...promised, startedAt: new Date(startedAtMs).toISOString() });
  return clockById(tx, id);
}

/**
 * Pauses a running clock from now on.
 * @throws AppError `not-found`, `stale`; `conflict` `clock-stopped`, `clock-not-running`, `too-many-segments`;
 *   `unprocessable` `unsuitable-approver`.
 */
export async function pauseClock(
  tx: Tx,
  caller: Caller,
  target: ClockTarget,
  { reason, approvedById }: { readonly reason: string; readonly approvedById: string },
): Promise<ClockRecord> {
  const clock = await heldClock(tx, target);
  const approvedBy = await holdApprover(tx, approvedById, caller.principal.id);
  const fromMs = await databaseNowMs(tx);
  const pause = { state: 'paused', fromMs, reason, by: caller.principal.name, approvedBy } as const;
  return append(tx, caller, clock, pause, { reason, approvedById });
}

/**
 * Lets a paused clock go on from now on.
 * @throws AppError `not-found`, `stale`; `conflict` `clock-stopped`, `clock-not-paused`, `too-many-segments`.
 */
export async function resumeClock(tx: Tx, caller: Caller, target: ClockTarget): Promise<ClockRecord> {
  const clock = await heldClock(tx, target);
  return append(tx, caller, clock, { state: 'running', fromMs: await databaseNowMs(tx) }, {});
}

/**
 * Stops a clock for good, at the instant at which what it measures was reached, now unless stated. The marks that it had
 * reached until then are recorded with it.
 * @throws AppError `not-found`, `stale`; `conflict` `clock-stopped`; `unprocessable` `in-future`, `late-unexplained`,
 *   `before-last-segment`.
 */
export async function stopClock(tx: Tx, caller: Caller, target: ClockTarget, when: BackDating): Promise<ClockRecord> {
  const clock = await heldClock(tx, target);
  const nowMs = await databaseNowMs(tx);
  const stopped = await append(tx, caller, clock, { state: 'stopped', fromMs: happenedAt(when, nowMs) }, when);
  const marks = unrecordedMarks(stopped, nowMs, await clockCalendars(tx)(stopped.calendarId));
  await insertMarks(
    tx,
    marks.map((mark) => ({ clockId: stopped.id, ...mark })),
  );
  return clockById(tx, target.id);
}

async function promisedTerm(tx: Tx, wanted: NewClock): Promise<Pick<ClockRecord, 'term' | 'policyVersion'>> {
  const target = POLICY_TARGETS[wanted.kind];
  if (target === undefined) {
    if (wanted.term) return { term: wanted.term, policyVersion: null };
    throw termRefused('target-unset', `the policy sets no target for ${wanted.kind}: state the term`);
  }
  if (wanted.term)
    throw termRefused('target-in-policy', `the policy sets the target for ${wanted.kind}: leave the term out`);
  const policy = await currentPolicy(tx);
  const amount = targetsFor(policy, wanted.severity)[target];
  const term: Term = { unit: 'seconds', amount, counted: 'always' };
  return { term, policyVersion: policy.version };
}

/** What is entered within a minute is entered at once. */
const LATE_MS = 60_000;

/** Clocks of people and of the database differ a little. */
const AHEAD_MS = 5000;

function happenedAt({ at, lateBecause }: BackDating, nowMs: number): number {
  if (at === undefined) return nowMs;
  const atMs = Date.parse(at);
  const refused = (code: string, message: string) =>
    new AppError('unprocessable', code, `It cannot be entered: ${message}`, { fields: [{ field: '#/at', message }] });
  if (atMs > nowMs + AHEAD_MS) throw refused('in-future', 'at lies in the future');
  if (atMs < nowMs - LATE_MS && lateBecause === undefined) {
    throw refused('late-unexplained', 'at lies in the past: say in lateBecause why it is entered later');
  }
  return Math.min(atMs, nowMs);
}

async function heldClock(tx: Tx, { id, expectedVersion }: ClockTarget): Promise<ClockRecord> {
  await lockClock(tx, id);
  const clock = await clockById(tx, id);
  if (clock.segments.length === expectedVersion) return clock;
  throw new AppError(
    'stale',
    'stale-clock',
    `The clock has ${clock.segments.length} segments, not ${expectedVersion}: read it and decide again`,
  );
}

async function append(
  tx: Tx,
  caller: Caller,
  clock: ClockRecord,
  segment: ClockSegment,
  stated: { readonly approvedById?: string } & BackDating & { readonly reason?: string },
): Promise<ClockRecord> {
  const segments = withSegment(clock.segments, segment);
  const origin = { byId: caller.principal.id, ...(stated.approvedById && { approvedById: stated.approvedById }) };
  await insertSegment(tx, clock.id, segments.length, segment, origin);
  const act = { running: 'resume', paused: 'pause', stopped: 'stop' }[segment.state];
  await record(tx, caller, act, clock.id, { ...stated, from: new Date(segment.fromMs).toISOString() });
  return clockById(tx, clock.id);
}

const calendarNeeded = () =>
  new AppError('unprocessable', 'calendar-needed', 'Business time and working days need a calendar', {
    fields: [{ field: '#/calendarId', message: 'is needed for a term that is not counted around the clock' }],
  });

function termRefused(code: string, message: string): AppError {
  return new AppError('unprocessable', code, `The clock cannot start: ${message}`, {
    fields: [{ field: '#/term', message }],
  });
}

async function record(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-clock.${act}`,
    subjectKind: 'sla-clock',
    subjectId,
    details: { ...details },
  });
}
