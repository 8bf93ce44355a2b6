import { Temporal } from 'temporal-polyfill';
import { AppError } from '../kernel/errors.ts';
import type { LineState } from './allocation.ts';
import { type AllocationWish, HOLD_DAYS_MAX } from './checkout-request.ts';

/** The furthest day for which anything can be reserved. */
const RESERVATION_DAYS_MAX = 366;

/** When the lines of a wish occupy what they take. Ranges as PostgreSQL reads them. */
export interface Span {
  readonly state: Extract<LineState, 'held' | 'issued'>;
  readonly from: Temporal.Instant;
  /** Null: without end. */
  readonly until: Temporal.Instant | null;
  readonly range: string;
  readonly expiresAt: Temporal.Instant | null;
  readonly dueAt: Temporal.Instant | null;
  /** The day in UTC on which it begins, `2026-11-22`: what has expired by then does not serve. */
  readonly firstDay: string;
}

/**
 * The span of a wish: a check-out from now until it is due, or for ever; a hold from now until it expires; a reservation its
 * window, in which it dies when nobody has come within the grace.
 * @param now by the database's clock.
 * @throws AppError `unprocessable` `not-ahead`, `too-far-ahead`, `window-without-length`.
 */
export function spanOf(wish: AllocationWish, now: Temporal.Instant): Span {
  // As exact as the driver reads instants back.
  const at = (text: string) => Temporal.Instant.fromEpochMilliseconds(Temporal.Instant.from(text).epochMilliseconds);
  switch (wish.form) {
    case 'checkout': {
      const dueAt = wish.dueAt === undefined ? null : at(wish.dueAt);
      if (dueAt) requireAhead('#/dueAt', dueAt, now);
      return span({ state: 'issued', from: now, until: dueAt, expiresAt: null, dueAt });
    }
    case 'hold': {
      const expiresAt = at(wish.expiresAt);
      requireAhead('#/expiresAt', expiresAt, now, HOLD_DAYS_MAX);
      return span({ state: 'held', from: now, until: expiresAt, expiresAt, dueAt: null });
    }
    case 'reservation': {
      const from = at(wish.window.from);
      const until = at(wish.window.until);
      requireAhead('#/window/from', from, now, RESERVATION_DAYS_MAX);
      if (Temporal.Instant.compare(until, from) <= 0) {
        throw refused('window-without-length', '#/window/until', 'must be after the beginning of the window');
      }
      requireAhead('#/window/until', until, now, 2 * RESERVATION_DAYS_MAX);
      const graceEnd = from.add({ minutes: wish.pickupGraceMinutes });
      const expiresAt = Temporal.Instant.compare(graceEnd, until) < 0 ? graceEnd : until;
      return span({ state: 'held', from, until, expiresAt, dueAt: null });
    }
  }
}

/** The span on the scale that peaks are counted on. */
export function windowOf({ from, until }: Span): { readonly fromMs: number; readonly untilMs: number } {
  return { fromMs: from.epochMilliseconds, untilMs: until?.epochMilliseconds ?? Number.POSITIVE_INFINITY };
}

function span(bounds: Pick<Span, 'state' | 'from' | 'until' | 'expiresAt' | 'dueAt'>): Span {
  const { from, until } = bounds;
  return {
    ...bounds,
    range: rangeOf(from, until),
    firstDay: from.toString().slice(0, 10),
  };
}

function rangeOf(from: Temporal.Instant, until: Temporal.Instant | null): string {
  return `[${from.toString()},${until?.toString() ?? 'infinity'})`;
}

function requireAhead(field: string, instant: Temporal.Instant, now: Temporal.Instant, daysMax?: number): void {
  if (Temporal.Instant.compare(instant, now) <= 0) {
    throw refused('not-ahead', field, `must lie ahead: it is ${now.toString()} now`);
  }
  if (daysMax !== undefined && Temporal.Instant.compare(instant, now.add({ hours: 24 * daysMax })) > 0) {
    throw refused('too-far-ahead', field, `must be at most ${daysMax} days ahead`);
  }
}

function refused(code: string, field: string, message: string): AppError {
  return new AppError('unprocessable', code, `The time does not do: ${field.slice(2)} ${message}`, {
    fields: [{ field, message }],
  });
}
