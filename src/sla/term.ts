import { z } from 'zod';
import { addOpenTime, isProvisional, type OpenTimes, openTimeBetween, subtractOpenTime } from './business-time.ts';
import { addWorkingDays } from './working-day.ts';

/** The longest target there can be: a year. What is longer than that is no emergency figure but a slip of the keyboard. */
export const MAX_TARGET_SECONDS = 366 * 86_400;

const countedSchema = z
  .enum(['always', 'business'])
  .describe('always: around the clock, every day. business: only while the calendar is open');

const SECONDS_OF_UNIT = { seconds: 1, minutes: 60, hours: 3600 } as const;

const spanOf = <Unit extends keyof typeof SECONDS_OF_UNIT>(unit: Unit) =>
  z.strictObject({
    unit: z.literal(unit),
    amount: z
      .int()
      .min(1)
      .max(MAX_TARGET_SECONDS / SECONDS_OF_UNIT[unit]),
    counted: countedSchema,
  });

/** How long a target gives. */
export const termSchema = z.discriminatedUnion('unit', [
  spanOf('seconds'),
  spanOf('minutes'),
  spanOf('hours'),
  z.strictObject({
    unit: z.literal('working-days'),
    amount: z.int().min(1).max(366),
    due: z
      .enum(['same-time', 'end-of-day'])
      .describe('On the last working day: at the time of the start, or when the last window ends'),
  }),
]);

export type Term = z.infer<typeof termSchema>;

/** A term as an amount that can be compared with others that are counted in the same way. */
export function amountOfTerm(term: Term): { readonly counted: string; readonly amount: number } {
  return term.unit === 'working-days'
    ? { counted: `${term.unit} ${term.due}`, amount: term.amount }
    : { counted: term.counted, amount: term.amount * SECONDS_OF_UNIT[term.unit] };
}

/** What passes for a term: all time, or the open time of its calendar. Instants and amounts are in milliseconds. */
export interface Reckoning {
  /** The instant at which an amount has passed; for 0 the first instant from there on that counts. */
  add(fromMs: number, amountMs: number): number;
  /** The last instant from which an amount above 0 passes until `untilMs`. */
  subtract(untilMs: number, amountMs: number): number;
  between(fromMs: number, untilMs: number): number;
  /** Whether holidays that are not published yet could still change what was computed over a span. */
  isProvisional(fromMs: number, untilMs: number): boolean;
}

const ALL_TIME: Reckoning = {
  add: (fromMs, amountMs) => fromMs + amountMs,
  subtract: (untilMs, amountMs) => untilMs - amountMs,
  between: (fromMs, untilMs) => Math.max(0, untilMs - fromMs),
  isProvisional: () => false,
};

/** True for a term that runs around the clock and asks no calendar. */
export function runsAlways(term: Term): boolean {
  return term.unit !== 'working-days' && term.counted === 'always';
}

export function reckoningOf(term: Term, open: OpenTimes): Reckoning {
  if (runsAlways(term)) return ALL_TIME;
  return {
    add: (fromMs, amountMs) => addOpenTime(open, fromMs, amountMs),
    subtract: (untilMs, amountMs) => subtractOpenTime(open, untilMs, amountMs),
    between: (fromMs, untilMs) => openTimeBetween(open, fromMs, untilMs),
    isProvisional: (fromMs, untilMs) => isProvisional(open, fromMs, untilMs),
  };
}

/**
 * When a term that starts at an instant is due if nothing pauses it.
 * @throws AppError `unprocessable` `beyond-calendar`.
 */
export function termDueMs(term: Term, startMs: number, open: OpenTimes): number {
  if (term.unit === 'working-days') return addWorkingDays(open, startMs, term.amount, term.due);
  return reckoningOf(term, open).add(startMs, term.amount * SECONDS_OF_UNIT[term.unit] * 1000);
}
