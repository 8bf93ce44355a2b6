import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { clockById } from './clock.queries.ts';
import {
  holdCalendar,
  insertClock,
  insertMarks,
  insertRebase,
  insertSegment,
  lockClock,
  type RebaseDraft,
} from './clock.store.ts';
import { clockCalendars } from './clock-calendar.queries.ts';
import { clockStateAt } from './clock-due.ts';
import type { ClockKind } from './clock-kind.ts';
import { unrecordedMarks } from './clock-mark.ts';
import { type BackDating, type ClockRecord, type NewClock, versionOfClock } from './clock-record.ts';
import { type ClockSegment, startedAt, withSegment } from './clock-segment.ts';
import { currentPolicy } from './policy.queries.ts';
import { targetsFor, termFor } from './policy.ts';
import { runsAlways } from './term.ts';

/** Which clock is to change, and the version of it that the caller has read. */
export interface ClockTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Starts a clock at the instant of its start event, now unless stated. Its term is that of the policy in force for the kinds
 * that the policy sets, and what the caller states for the others; it is frozen.
 * @throws AppError `not-found` `no-sla-policy`; `unprocessable` `target-in-policy`, `target-unset`, `calendar-needed`,
 *   `unsuitable-calendar`, `unsuitable-service`, `beyond-calendar`, `in-future`, `late-unexplained`.
 */
export async function startClock(tx: Tx, caller: Caller, wanted: NewClock): Promise<ClockRecord> {
  const promised = await promisedTerm(tx, wanted);
  const startedAtMs = happenedAt(wanted, await databaseNowMs(tx));
  return startAt(tx, caller, startedAtMs, { ...wanted, ...promised }, wanted);
}

/** A clock that is started with a term that is known. */
export type PromisedClock = Pick<
  NewClock,
  'kind' | 'severity' | 'subject' | 'serviceId' | 'calendarId' | 'markPercents'
> &
  Pick<ClockRecord, 'term' | 'policyVersion'>;

/**
 * Starts a clock at an instant.
 * @param stated what the audit trail says besides.
 * @throws AppError as `startClock`.
 */
export async function startAt(
  tx: Tx,
  caller: Caller,
  startedAtMs: number,
  wanted: PromisedClock,
  stated: object,
): Promise<ClockRecord> {
  const { kind, severity, subject, markPercents, term, policyVersion } = wanted;
  const calendarId = wanted.calendarId ?? null;
  const serviceId = wanted.serviceId ?? null;
  if (calendarId !== null) await holdCalendar(tx, calendarId);
  else if (!runsAlways(term)) throw calendarNeeded(kind);
  // What cannot be computed is refused now and not when it is due.
  clockStateAt({ term, segments: startedAt(startedAtMs) }, startedAtMs, await clockCalendars(tx)(calendarId));
  const id = newId();
  const createdBy = caller.principal.id;
  await insertClock(tx, {
    ...{
      id,
      kind,
      severity,
      subject,
      serviceId,
      term,
      policyVersion,
      calendarId,
      markPercents,
      startedAtMs,
      createdBy,
    },
  });
  await insertSegment(tx, id, 1, { state: 'running', fromMs: startedAtMs }, { byId: createdBy });
  const details = { ...stated, kind, term, policyVersion, startedAt: new Date(startedAtMs).toISOString() };
  await recordClockAct(tx, caller, 'start', id, details);
  return clockById(tx, id);
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
  return stopAt(tx, caller, clock, { atMs: happenedAt(when, nowMs), nowMs }, when);
}

/**
 * Stops a clock that the caller holds, at an instant.
 * @param stated what the audit trail says besides.
 * @throws AppError `unprocessable` `before-last-segment`.
 */
export async function stopAt(
  tx: Tx,
  caller: Caller,
  clock: ClockRecord,
  { atMs, nowMs }: { readonly atMs: number; readonly nowMs: number },
  stated: BackDating,
): Promise<ClockRecord> {
  const stopped = await append(tx, caller, clock, { state: 'stopped', fromMs: atMs }, stated);
  const marks = unrecordedMarks(stopped, nowMs, await clockCalendars(tx)(stopped.calendarId));
  await insertMarks(
    tx,
    marks.map((mark) => ({ clockId: stopped.id, ...mark })),
  );
  return clockById(tx, clock.id);
}

/**
 * Gives an open clock the target of the policy in force, from its start on: marks that are recorded stay.
 * @throws AppError `not-found`, `stale`; `conflict` `clock-stopped`, `same-policy-version`; `unprocessable` `target-unset`,
 *   `calendar-needed`, `beyond-calendar`.
 */
export async function rebaseClock(
  tx: Tx,
  caller: Caller,
  target: ClockTarget,
  { reason }: { readonly reason: string },
): Promise<ClockRecord> {
  const clock = await heldClock(tx, target);
  if (clock.segments.at(-1)?.state === 'stopped') {
    throw new AppError(
      'conflict',
      'clock-stopped',
      'The clock has been stopped for good: what it was measured by stays',
    );
  }
  const policy = await currentPolicy(tx);
  if (policy.version === clock.policyVersion) {
    throw new AppError(
      'conflict',
      'same-policy-version',
      `The clock has the target of version ${policy.version} already`,
    );
  }
  const term = termFor(targetsFor(policy, clock.severity, clock.serviceId), clock.kind);
  if (term === undefined) throw targetUnset(clock.kind);
  return retargetClock(tx, caller, clock, { term, policyVersion: policy.version, reason });
}

/**
 * Measures an open clock, which the caller holds, by another term from its start on: marks that are recorded stay.
 * @throws AppError `unprocessable` `calendar-needed`, `beyond-calendar`.
 */
export async function retargetClock(
  tx: Tx,
  caller: Caller,
  clock: ClockRecord,
  { reason, ...after }: Omit<RebaseDraft, 'byId'>,
): Promise<ClockRecord> {
  const { term } = after;
  if (clock.calendarId === null && !runsAlways(term)) throw calendarNeeded(clock.kind);
  const nowMs = await databaseNowMs(tx);
  clockStateAt({ ...clock, term }, nowMs, await clockCalendars(tx)(clock.calendarId));
  await insertRebase(tx, clock.id, clock.promises.length, { ...after, reason, byId: caller.principal.id });
  const before = { term: clock.term, policyVersion: clock.policyVersion, severity: clock.severity };
  await recordClockAct(tx, caller, 'rebase', clock.id, { reason, before, after });
  return clockById(tx, clock.id);
}

async function promisedTerm(tx: Tx, wanted: NewClock): Promise<Pick<ClockRecord, 'term' | 'policyVersion'>> {
  const policy = await currentPolicy(tx);
  const term = termFor(targetsFor(policy, wanted.severity, wanted.serviceId), wanted.kind);
  if (term === undefined) {
    if (wanted.term) return { term: wanted.term, policyVersion: null };
    throw targetUnset(wanted.kind);
  }
  if (wanted.term)
    throw termRefused('target-in-policy', `the policy sets the target for ${wanted.kind}: leave the term out`);
  return { term, policyVersion: policy.version };
}

const targetUnset = (kind: ClockKind) =>
  termRefused('target-unset', `the policy sets no target for ${kind}: state the term`);

/** What is entered within a minute is entered at once. */
const LATE_MS = 60_000;

/** Clocks of people and of the database differ a little. */
const AHEAD_MS = 5000;

/**
 * The instant that is meant.
 * @throws AppError `unprocessable` `in-future`, `late-unexplained`.
 */
export function happenedAt({ at, lateBecause }: BackDating, nowMs: number): number {
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

/**
 * Holds a clock as the caller has read it, which nobody else can change until the transaction ends.
 * @throws AppError `not-found`, `stale`.
 */
export async function heldClock(tx: Tx, { id, expectedVersion }: ClockTarget): Promise<ClockRecord> {
  await lockClock(tx, id);
  const clock = await clockById(tx, id);
  const version = versionOfClock(clock);
  if (version === expectedVersion) return clock;
  const message = `The clock is at version ${version}, not ${expectedVersion}: read it and decide again`;
  throw new AppError('stale', 'stale-clock', message);
}

async function append(
  tx: Tx,
  caller: Caller,
  clock: ClockRecord,
  segment: ClockSegment & { readonly state: 'running' | 'stopped' },
  stated: BackDating,
): Promise<ClockRecord> {
  const segments = withSegment(clock.segments, segment);
  await insertSegment(tx, clock.id, segments.length, segment, { byId: caller.principal.id });
  const act = { running: 'resume', stopped: 'stop' }[segment.state];
  await recordClockAct(tx, caller, act, clock.id, { ...stated, from: new Date(segment.fromMs).toISOString() });
  return clockById(tx, clock.id);
}

const calendarNeeded = (kind: ClockKind) =>
  new AppError('unprocessable', 'calendar-needed', `The clock for ${kind} counts by a calendar: none is named`, {
    fields: [{ field: '#/calendarId', message: 'is needed for a term that is not counted around the clock' }],
  });

function termRefused(code: string, message: string): AppError {
  return new AppError('unprocessable', code, `The clock cannot start: ${message}`, {
    fields: [{ field: '#/term', message }],
  });
}

async function recordClockAct(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `sla-clock.${act}`,
    subjectKind: 'sla-clock',
    subjectId,
    details: { ...details },
  });
}
