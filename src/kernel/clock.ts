import { Temporal } from 'temporal-polyfill';

/** The wall clock and a monotonic one, passed as an argument so that tests can hold time still. */
export interface Clock {
  /** The wall clock's instant. Leases and slots use the database's clock instead. */
  now(): Temporal.Instant;
  /** Milliseconds from an arbitrary origin that no clock change moves; for measuring durations. */
  monotonicMs(): number;
}

/** The clocks of this machine. */
export const systemClock: Clock = {
  now: () => Temporal.Now.instant(),
  monotonicMs: () => performance.now(),
};

/** A Date, which is how the driver returns a `timestamptz`, as an instant of millisecond precision. */
export function instantOf(date: Date): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(date.getTime());
}

/** An instant as a Date, which is how the driver takes a `timestamptz` (millisecond precision). */
export function dateOf(instant: Temporal.Instant): Date {
  return new Date(instant.epochMilliseconds);
}
