import type { Queryable } from '../database/database.ts';
import { messageOf } from '../kernel/errors.ts';
import { clockCalendars } from './clock-calendar.queries.ts';
import { readClock } from './clock-reading.ts';
import type { ClockRecord } from './clock-record.ts';

/** A clock that runs, with when it runs out. */
export interface RunningClock {
  readonly clock: ClockRecord;
  /** In milliseconds since 1970; null when its calendar cannot count it. */
  readonly dueMs: number | null;
  /** Why there is no due time. */
  readonly reason: string | null;
  readonly isOverdue: boolean;
}

const NEVER_MS = Number.MAX_SAFE_INTEGER;

/**
 * Those of some clocks that run at an instant, the one that runs out first first. One that its calendar cannot count comes last,
 * and takes no other along.
 */
export async function runningClocks(
  db: Queryable,
  clocks: readonly ClockRecord[],
  nowMs: number,
): Promise<RunningClock[]> {
  const calendars = clockCalendars(db);
  const running: RunningClock[] = [];
  for (const clock of clocks) {
    if (clock.segments.at(-1)?.state !== 'running') continue;
    try {
      const { dueMs, breachedAtMs } = readClock(clock, nowMs, await calendars(clock.calendarId), []);
      running.push({ clock, dueMs, reason: null, isOverdue: breachedAtMs !== null });
    } catch (thrown) {
      running.push({ clock, dueMs: null, reason: messageOf(thrown), isOverdue: false });
    }
  }
  return running.toSorted((one, other) => (one.dueMs ?? NEVER_MS) - (other.dueMs ?? NEVER_MS));
}
