import { Temporal } from 'temporal-polyfill';
import type { Clock } from '../../src/kernel/clock.ts';

/** A clock that stands still until it is told to move. */
export interface FixedClock extends Clock {
  advance(seconds: number): void;
}

/** A clock fixed at an instant (ISO 8601, UTC). */
export function fixedClock(iso: string): FixedClock {
  let instant = Temporal.Instant.from(iso);
  let monotonic = 0;
  return {
    now: () => instant,
    monotonicMs: () => monotonic,
    advance(seconds) {
      instant = instant.add({ milliseconds: Math.round(seconds * 1000) });
      monotonic += seconds * 1000;
    },
  };
}
