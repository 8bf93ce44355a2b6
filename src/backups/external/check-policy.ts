import type { Temporal } from 'temporal-polyfill';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { type DailyWindow, windowAt } from './check-window.ts';

/** When the points of a set are to be read. */
export interface CheckPolicy {
  /** Every point is read in full at least this often; undefined: only when it is new or changed, and on demand. */
  readonly fullReadDays: number | undefined;
  readonly window: DailyWindow | undefined;
  /** IANA name of the zone in which the window's times are read. */
  readonly zone: string;
}

/** What is known of a point when it is asked whether a check is due. */
export interface PointStanding extends Pick<RecoveryPoint, 'state' | 'verdict' | 'verdictAt' | 'readInFullAt'> {
  /** When its newest finished check ended; undefined when there was none. */
  readonly checkedAt: Temporal.Instant | undefined;
}

/** New, changed or back; its turn to be read again; nothing. */
export type DueCheck = 'arrival' | 'full-read' | 'none';

const DAY_MS = 86_400_000;

/**
 * Which kind of check a point is due for at an instant. An arrival check is due at any hour, a full read only while the
 * window is open.
 * @param lead the part of `fullReadDays` by which full reads begin early, from `forecastReading`: with it the last one of a
 * round still ends in time.
 */
export function dueCheck(point: PointStanding, policy: CheckPolicy, lead: number, now: Temporal.Instant): DueCheck {
  if (isArrival(point)) return 'arrival';
  const before = fullReadsBefore(policy, lead, now);
  if (point.state !== 'present' || before === undefined) return 'none';
  if (isAfter(point.readInFullAt, before) || isAfter(point.verdictAt, before)) return 'none';
  return 'full-read';
}

/**
 * Full reads are due of the points that were last read at this instant or before; undefined while none is, because the
 * window is closed or the set asks for none.
 */
export function fullReadsBefore(
  { fullReadDays, window, zone }: CheckPolicy,
  lead: number,
  now: Temporal.Instant,
): Temporal.Instant | undefined {
  if (fullReadDays === undefined || !windowAt(window, zone, now).isOpen) return undefined;
  return now.subtract({ milliseconds: Math.round(fullReadDays * (1 - lead) * DAY_MS) });
}

/** Never judged; missing and back; or changed since it was judged: discovery says `altered` after the newest check. */
function isArrival({ state, verdict, verdictAt, checkedAt }: PointStanding): boolean {
  if (state !== 'present') return false;
  if (verdict === undefined || verdict === 'missing') return true;
  return verdict === 'altered' && verdictAt !== undefined && !(checkedAt && !isAfter(verdictAt, checkedAt));
}

function isAfter(instant: Temporal.Instant | undefined, other: Temporal.Instant): boolean {
  return instant !== undefined && instant.epochMilliseconds > other.epochMilliseconds;
}
