import type { AlertLevel } from './alert.ts';

/** Where a level is reached and left. The dead band lies between: there it stays as it is. */
export interface Threshold {
  readonly level: AlertLevel;
  /** The level is reached at this value and beyond. */
  readonly raise: number;
  /** The level is held at this value and beyond, and left on the calm side of it. */
  readonly clear: number;
}

/** What silence of a signal does: nothing, ends what its values have raised, or raises a level. */
export const NO_DATA_ACTS = ['keep', 'clear', 'alert'] as const;

type NoDataAct = (typeof NO_DATA_ACTS)[number];

/** How a rule judges one subject of its signal. */
export interface AlertCondition {
  /** `above`: high values are bad. */
  readonly direction: 'above' | 'below';
  /** From the lowest level up, raise and clear values rising with them (falling for `below`). */
  readonly thresholds: readonly Threshold[];
  /** How long a level must be reached, at every reading, until it is raised. */
  readonly raiseForSeconds: number;
  /** How long a level must be left, at every reading, until it is lowered. */
  readonly clearForSeconds: number;
  readonly noData: {
    /** How long nothing must be known until that is a state of its own. */
    readonly afterSeconds: number;
    readonly does: NoDataAct;
    /** That no data raises; null unless it alerts. */
    readonly level: AlertLevel | null;
  };
}

/** Where a subject stands; 0: no level is reached. */
export type StandingLevel = 0 | AlertLevel;

type Since = number | null;

/** All that a rule remembers of one subject between two readings. */
export interface KeyState {
  /** The level that values have raised. */
  readonly level: StandingLevel;
  /** For each level, since when it would be raised (one above the present level) or left (one up to it), in ms since 1970. */
  readonly since: readonly [Since, Since, Since, Since];
  /** Since when nothing is known. */
  readonly missingSinceMs: number | null;
  /** Nothing has been known for as long as the rule lets pass. */
  readonly noData: boolean;
}

/** The state that needs no remembering. */
export const CALM: KeyState = { level: 0, since: [null, null, null, null], missingSinceMs: null, noData: false };

export function isCalm({ level, since, missingSinceMs }: KeyState): boolean {
  return level === 0 && missingSinceMs === null && since.every((ms) => ms === null);
}

/**
 * The next state of a subject after a reading. Each level has a timer of its own: a value that climbs from one level to the next
 * while the first one waits does not make it wait again. Pure: the same readings at the same instants give the same states.
 * @param value null: nothing is known.
 * @param atMs the instant of the reading, in milliseconds since 1970, not before that of the one before.
 */
export function nextState(condition: AlertCondition, state: KeyState, value: number | null, atMs: number): KeyState {
  return value === null ? withoutData(condition, state, atMs) : withValue(condition, state, value, atMs);
}

/** The level that a subject stands at, with what silence raises. */
export function standingLevel({ noData }: AlertCondition, state: KeyState): StandingLevel {
  if (!state.noData || noData.does !== 'alert' || noData.level === null) return state.level;
  return state.level > noData.level ? state.level : noData.level;
}

function withoutData({ noData }: AlertCondition, state: KeyState, atMs: number): KeyState {
  const missingSinceMs = state.missingSinceMs ?? atMs;
  if (atMs - missingSinceMs < noData.afterSeconds * 1000) return { ...state, missingSinceMs };
  // What was waited for has not been seen all the while.
  const level = noData.does === 'clear' ? 0 : state.level;
  return { level, since: CALM.since, missingSinceMs, noData: true };
}

function withValue(condition: AlertCondition, state: KeyState, value: number, atMs: number): KeyState {
  const { thresholds, raiseForSeconds, clearForSeconds } = condition;
  const sinceOf = ({ level }: Threshold) => state.since[level - 1] ?? null;
  const timers = new Map<AlertLevel, number>();
  let level: StandingLevel = 0;
  for (const threshold of thresholds) {
    const isUp = threshold.level <= state.level;
    const changes = isUp ? isLeft(condition, threshold, value) : isReached(condition, threshold, value);
    const sinceMs = sinceOf(threshold) ?? atMs;
    const forMs = (isUp ? clearForSeconds : raiseForSeconds) * 1000;
    const isUpNow = changes && atMs - sinceMs >= forMs ? !isUp : isUp;
    if (isUpNow) level = threshold.level;
    if (changes && isUpNow === isUp) timers.set(threshold.level, sinceMs);
  }
  const since = (at: AlertLevel) => timers.get(at) ?? null;
  return { level, since: [since(1), since(2), since(3), since(4)], missingSinceMs: null, noData: false };
}

function isReached({ direction }: AlertCondition, { raise }: Threshold, value: number): boolean {
  return direction === 'above' ? value >= raise : value <= raise;
}

function isLeft({ direction }: AlertCondition, { clear }: Threshold, value: number): boolean {
  return direction === 'above' ? value < clear : value > clear;
}
