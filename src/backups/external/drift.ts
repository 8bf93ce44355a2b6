import type { Finding } from '../../verification/finding.ts';

/** A size, or a count of entries, against those of the sound points before it. */
export interface DriftQuestion {
  readonly what: 'bytes' | 'entries';
  readonly value: number;
  /** Of the sound points before this one, oldest first. Only the last of them count. */
  readonly history: readonly number[];
}

/** Points before the one in question that are looked at. */
export const DRIFT_HISTORY_MAX = 20;

const HISTORY_MIN = 5;
/** A median absolute deviation times this estimates the standard deviation (Rousseeuw and Croux 1993). */
const MAD_TO_DEVIATION = 1.4826;
const DEVIATIONS_MAX = 5;
/** Sizes that are always the same do not make every other one suspicious: so much more or less is nothing. */
const FLOOR_FACTOR = 1.2;
const FLOOR_OF = { bytes: 4096, entries: 2 } as const;

/**
 * A finding of kind `suspect` when the figure is far from what the sound points before it let expect; undefined when it is
 * not, or when there are fewer than 5 of them.
 *
 * Median and median absolute deviation are taken of the logarithms: they follow growth, which is a factor a day, and nearly
 * nothing stays far below whatever the spread is. A figure near that of the newest sound point is no drift (somebody accepted
 * that one), nor is one that came and went before (a full backup every seventh day among smaller ones).
 */
export function driftOf(question: DriftQuestion, file: string): Finding | undefined {
  const { what, value } = question;
  const history = question.history.slice(-DRIFT_HISTORY_MAX);
  const newest = history.at(-1);
  if (newest === undefined || history.length < HISTORY_MIN) return undefined;
  const middle = median(history);
  const logarithms = history.map((past) => Math.log1p(past));
  const centre = median(logarithms);
  const deviation = MAD_TO_DEVIATION * median(logarithms.map((past) => Math.abs(past - centre)));
  const reach = Math.max(DEVIATIONS_MAX * deviation, Math.log(FLOOR_FACTOR));
  const lowest = Math.min(Math.expm1(centre - reach), middle - FLOOR_OF[what]);
  const highest = Math.max(Math.expm1(centre + reach), middle + FLOOR_OF[what]);
  if (value >= lowest && value <= highest) return undefined;
  if (isNear(value, newest, what) || timesSeen(value, history, what) >= 2) return undefined;
  const expected = `${Math.max(0, Math.ceil(lowest))} to ${Math.floor(highest)} ${what}`;
  const message = `The recovery point has ${value} ${what}; the last ${history.length} sound ones have a median of ${Math.round(middle)}, and let expect ${expected}.`;
  return { kind: 'suspect', file, expected, actual: `${value} ${what}`, message };
}

function isNear(value: number, past: number, what: DriftQuestion['what']): boolean {
  const [less, more] = value < past ? [value, past] : [past, value];
  return more - less <= FLOOR_OF[what] || more <= less * FLOOR_FACTOR;
}

/** How often the history came to this figure from another one. Growth passes each figure once. */
function timesSeen(value: number, history: readonly number[], what: DriftQuestion['what']): number {
  const near = history.map((past) => isNear(value, past, what));
  return near.filter((isSeen, index) => isSeen && near[index - 1] !== true).length;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}
