import type { Temporal } from 'temporal-polyfill';
import type { ReadingForecast } from './check-forecast.ts';

/** What the present points of a set say of its reading. */
export interface PresentPoints {
  readonly count: number;
  /** Of all of them the earliest: when it was last read in full, or, never read, when it was registered. */
  readonly seenSince: Temporal.Instant | undefined;
  readonly oldestTakenAt: Temporal.Instant | undefined;
  readonly newestTakenAt: Temporal.Instant | undefined;
  /** Points that were read in full longer ago than they should have been, or never. */
  readonly overdueCount: number;
}

/** How long damage in a set could go unseen. */
export interface Exposure {
  /** The longest time that damage could have gone unseen at this moment; 0 without points. */
  readonly unseenSeconds: number;
  /** The longest that it will be under the set's policy; undefined: nothing bounds it. */
  readonly unseenSecondsMax: number | undefined;
  /** The span of time that the present points go back over; undefined with fewer than two. */
  readonly retentionSeconds: number | undefined;
  readonly warnings: readonly ExposureWarning[];
}

/** What is to be said before it fails. */
interface ExposureWarning {
  readonly kind: 'unreachable' | 'overdue' | 'longer-than-retention' | 'never-read-again';
  /** One sentence for people. */
  readonly message: string;
}

const DAY_SECONDS = 86_400;

/** How long damage could go unseen, now and under the policy, and what has to be said of it. */
export function exposureOf(points: PresentPoints, forecast: ReadingForecast, now: Temporal.Instant): Exposure {
  const { fullReadDays } = forecast;
  const unseenSeconds = points.seenSince === undefined ? 0 : Math.max(0, secondsBetween(points.seenSince, now));
  const bound = boundSeconds(forecast);
  const unseenSecondsMax = bound === undefined ? undefined : Math.max(bound, unseenSeconds);
  const { oldestTakenAt: oldest, newestTakenAt: newest } = points;
  const retentionSeconds =
    points.count < 2 || oldest === undefined || newest === undefined ? undefined : secondsBetween(oldest, newest);
  const warnings: ExposureWarning[] = [];
  const warn = (kind: ExposureWarning['kind'], message: string) => warnings.push({ kind, message });
  if (forecast.isReachable === false) warn('unreachable', unreachableMessage(forecast));
  if (points.overdueCount > 0 && fullReadDays !== undefined) {
    warn(
      'overdue',
      `${points.overdueCount} of ${points.count} points were not read in full within ${fullReadDays} days.`,
    );
  }
  if (fullReadDays === undefined && points.count > 0) {
    warn('never-read-again', 'The policy names no number of days: what was read once is not read again by itself.');
  }
  const longest = unseenSecondsMax ?? unseenSeconds;
  if (retentionSeconds !== undefined && longest > retentionSeconds) {
    warn(
      'longer-than-retention',
      `Damage can go unseen for ${daysText(longest)}, longer than the ${daysText(retentionSeconds)} that the points go back over.`,
    );
  }
  return { unseenSeconds, unseenSecondsMax, retentionSeconds, warnings };
}

/** In time when it can be reached; else one round lasts so long, and its window may just have closed. */
function boundSeconds({ fullReadDays, roundDays, isReachable }: ReadingForecast): number | undefined {
  if (fullReadDays === undefined) return undefined;
  const days = isReachable === false ? Math.max(fullReadDays, (roundDays ?? 0) + 1) : fullReadDays;
  return days * DAY_SECONDS;
}

function unreachableMessage({ fullReadDays, roundDays = 0, bytesPerDay = 0, sizeBytes }: ReadingForecast): string {
  return (
    `Not every point can be read in full within ${fullReadDays} days: the set holds ${sizeBytes} bytes, window and rate ` +
    `allow ${Math.round(bytesPerDay)} bytes a day, and one round takes ${roundDays.toFixed(1)} days.`
  );
}

function daysText(seconds: number): string {
  return `${(seconds / DAY_SECONDS).toFixed(1)} days`;
}

function secondsBetween(from: Temporal.Instant, until: Temporal.Instant): number {
  return (until.epochMilliseconds - from.epochMilliseconds) / 1000;
}
