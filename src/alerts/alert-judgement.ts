import { Temporal } from 'temporal-polyfill';
import { newId } from '../kernel/ids.ts';
import { type SignalReading, subjectKey } from '../signals/signal.ts';
import type { Alert, AlertChange } from './alert.ts';
import { CALM, type KeyState, nextState, type StandingLevel, standingLevel } from './alert-machine.ts';
import { type AlertRule, conditionFor } from './alert-rule.ts';
import { suppressionOf } from './suppression.ts';

/** Characters of a subject's name that an alert keeps, and of a reason. */
const NAME_MAX = 300;
const REASON_MAX = 500;

/** What a rule remembers when it judges. */
export interface Remembered {
  /** By key; a calm subject has none. */
  readonly states: ReadonlyMap<string, KeyState>;
  /** The open alerts of the rule, by key. */
  readonly alerts: ReadonlyMap<string, Alert>;
  /** What lets nobody be told at the moment. */
  readonly suppressions: Parameters<typeof suppressionOf>[0];
}

/** What a rule makes of one subject. */
export interface Judgement {
  readonly key: string;
  readonly before: KeyState;
  readonly state: KeyState;
  /** What becomes of its alert; null: nothing. */
  readonly change: AlertChange | null;
  /** Its open alert, with the value that was read now. */
  readonly alert: Alert | null;
}

/** Judges the readings of a signal, and what is no longer among them. Pure but for the ids of alerts that open. */
export function judgeReadings(
  rule: AlertRule,
  readings: readonly SignalReading[],
  remembered: Remembered,
  atMs: number,
): Judgement[] {
  const seen = new Map(readings.map((reading) => [keyOf(reading), reading]));
  const judged = [...seen].map(([key, reading]) => judgeReading(rule, key, reading, remembered, atMs));
  const known = new Set([...remembered.states.keys(), ...remembered.alerts.keys()]);
  const left = [...known].filter((key) => !seen.has(key));
  const note = rule.enabled && rule.retired === null ? 'its subject is gone' : 'its rule is not in use any more';
  return [...judged, ...left.map((key) => judgeGone(key, remembered, note, atMs))];
}

/** A subject's key as it is kept: names can be long, and ids are not. */
const keyOf = ({ subject }: SignalReading) => subjectKey(subject).slice(0, NAME_MAX);

function judgeReading(
  rule: AlertRule,
  key: string,
  reading: SignalReading,
  { states, alerts, suppressions }: Remembered,
  atMs: number,
): Judgement {
  const condition = conditionFor(rule, reading.serviceId);
  const value = reading.value !== null && Number.isFinite(reading.value) ? reading.value : null;
  const before = states.get(key) ?? CALM;
  const state = nextState(condition, before, value, atMs);
  const standing = standingLevel(condition, state);
  const alert = alerts.get(key);
  if (!alert && standing === 0) return { key, before, state, change: null, alert: null };
  const read = {
    value,
    reason: value === null ? (reading.reason ?? 'there is no value').slice(0, REASON_MAX) : null,
    suppressedBy: suppressionOf(suppressions, { ruleId: rule.id, key, serviceId: reading.serviceId }),
  };
  if (!alert)
    return { key, before, state, change: opened(rule, key, reading, { ...read, standing, state, atMs }), alert: null };
  const current = { ...alert, ...read, serviceId: reading.serviceId, noData: state.noData };
  return { key, before, state, change: changeOf(alert, current, standing, atMs), alert: current };
}

/** What a subject reads as and stands at. */
interface Standing extends Pick<Alert, 'value' | 'reason' | 'suppressedBy'> {
  readonly standing: StandingLevel;
  readonly state: KeyState;
  readonly atMs: number;
}

function opened(
  rule: AlertRule,
  key: string,
  { subject, serviceId }: SignalReading,
  { value, reason, suppressedBy, standing, state, atMs }: Standing,
): AlertChange | null {
  if (standing === 0) return null;
  const at = Temporal.Instant.fromEpochMilliseconds(atMs);
  const alert: Alert = {
    id: newId(),
    ruleId: rule.id,
    ruleName: rule.name,
    key,
    signal: rule.signal,
    subject: { ...subject, name: subject.name.slice(0, NAME_MAX) },
    serviceId,
    level: standing,
    state: 'open',
    noData: state.noData,
    value,
    reason,
    suppressedBy,
    openedAt: at,
    levelSince: at,
    acknowledged: null,
    closedAt: null,
    version: 1,
  };
  return { what: 'opened', alert, previousLevel: null, at, note: '' };
}

/** What becomes of an open alert: the first thing that has changed. What else has is seen by the next pass. */
function changeOf(before: Alert, current: Alert, standing: StandingLevel, atMs: number): AlertChange | null {
  const at = Temporal.Instant.fromEpochMilliseconds(atMs);
  const next = { ...current, version: before.version + 1 };
  const change = (what: AlertChange['what'], alert: Alert): AlertChange => {
    return { what, alert, previousLevel: before.level, at, note: '' };
  };
  if (standing === 0) return change('closed', { ...next, state: 'closed', closedAt: at });
  if (standing > before.level) {
    return change('raised', { ...next, level: standing, levelSince: at, state: 'open', acknowledged: null });
  }
  if (standing < before.level) return change('lowered', { ...next, level: standing, levelSince: at });
  if (before.noData !== next.noData) return change(next.noData ? 'no-data' : 'data-back', next);
  if (before.suppressedBy !== next.suppressedBy) return change(next.suppressedBy ? 'suppressed' : 'unsuppressed', next);
  const remindAt = before.state === 'acknowledged' ? before.acknowledged?.remindAt : null;
  if (remindAt && remindAt.epochMilliseconds <= atMs) {
    return change('reminded', { ...next, state: 'open', acknowledged: null });
  }
  return null;
}

function judgeGone(key: string, { states, alerts }: Remembered, note: string, atMs: number): Judgement {
  const alert = alerts.get(key);
  const before = states.get(key) ?? CALM;
  const change = alert ? changeOf(alert, alert, 0, atMs) : null;
  return { key, before, state: CALM, change: change && { ...change, note }, alert: alert ?? null };
}
