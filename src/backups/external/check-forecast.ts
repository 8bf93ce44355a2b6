import type { CheckPolicy } from './check-policy.ts';
import { windowSeconds, windowsOverlap } from './check-window.ts';

/** What the present points of a set hold, and how often they are to be read. */
export interface ReadingDemand extends CheckPolicy {
  readonly setId: string;
  readonly sizeBytes: number;
  /** The largest point of the set: while it is read, nothing else is. */
  readonly largestBytes: number;
}

/** Whether a set can be read in full as often as it is to be, with the figures. */
export interface ReadingForecast {
  readonly setId: string;
  readonly sizeBytes: number;
  readonly fullReadDays: number | undefined;
  /** What its window and the rate allow in a day, shared with the other sets of the repository. */
  readonly bytesPerDay: number | undefined;
  /** How long one round over its points takes, those of sets with a window at the same time included. */
  readonly roundDays: number | undefined;
  /** Undefined while no rate is known, or when nothing has to be reached. */
  readonly isReachable: boolean | undefined;
  /** The part of `fullReadDays` by which full reads have to begin early, so that the last one of a round ends in time. */
  readonly lead: number;
}

/** Full reads begin as late as they can: reading every disk all the time helps nobody. */
const LEADS = [1 / 8, 1 / 4, 1 / 2, 3 / 4, 1] as const;

/** What a change of the clocks takes from a window, and what passes until a waiting reader begins. */
const LOST_SECONDS = 3600;
const BREAKPOINTS_MAX = 4000;

/**
 * Whether all points of a repository can be read in full as often as its sets say, before it fails.
 *
 * Points are read in the order of their deadlines. In a stretch of `d` days a window of `w` seconds a day is open for at
 * least `w (d - 1)` seconds; what has its deadline in there is each point once, `lead * fullReadDays` after it fell due, and
 * once more every `fullReadDays`. When that fits into every stretch no deadline is missed (the processor demand criterion of
 * Baruah, Rosier and Howell for the earliest deadline first).
 *
 * @param bytesPerSecond what all readers of the repository read together; undefined when it is not known yet.
 */
export function forecastReading(
  demands: readonly ReadingDemand[],
  bytesPerSecond: number | undefined,
): ReadingForecast[] {
  const dated = demands.filter(isDated);
  const fitting = (lead: number) => (set: DatedDemand) =>
    bytesPerSecond === undefined ? undefined : fits(set, dated, lead, bytesPerSecond);
  // Where nothing suffices, whatever the window allows is read.
  const isEnough = (lead: number) => dated.every((set) => fitting(lead)(set) !== false);
  const lead = LEADS.find(isEnough) ?? 1;
  return demands.map((set) => ({
    ...figuresOf(set, dated, bytesPerSecond),
    isReachable: isDated(set) ? fitting(lead)(set) : undefined,
    lead,
  }));
}

type DatedDemand = ReadingDemand & { readonly fullReadDays: number };

function isDated(demand: ReadingDemand): demand is DatedDemand {
  return demand.fullReadDays !== undefined && demand.sizeBytes > 0;
}

function figuresOf(set: ReadingDemand, dated: readonly DatedDemand[], bytesPerSecond: number | undefined) {
  const { setId, sizeBytes, fullReadDays } = set;
  const bytesPerDay = bytesPerSecond === undefined ? undefined : bytesPerSecond * windowSeconds(set.window);
  const others = dated.filter((other) => other.setId !== setId && windowsOverlap(set, other));
  const roundBytes = others.reduce((sum, other) => sum + other.sizeBytes, sizeBytes);
  const roundDays = bytesPerDay === undefined ? undefined : roundBytes / bytesPerDay;
  return { setId, sizeBytes, fullReadDays, bytesPerDay, roundDays };
}

/** Whether the demand of all sets that are read beside this one fits into every stretch of days. */
function fits(set: DatedDemand, dated: readonly DatedDemand[], lead: number, bytesPerSecond: number): boolean {
  const rivals = dated.filter((other) => windowsOverlap(set, other));
  const perDay = bytesPerSecond * windowSeconds(set.window);
  const perDayNeeded = rivals.reduce((sum, { sizeBytes, fullReadDays }) => sum + sizeBytes / fullReadDays, 0);
  if (perDayNeeded >= perDay) return false;
  const largest = Math.max(...rivals.map(({ largestBytes }) => largestBytes));
  const startDays = set.window === undefined ? 0 : 1;
  const capacity = (days: number) => perDay * (days - startDays) - bytesPerSecond * LOST_SECONDS;
  const demand = (days: number) => largest + rivals.reduce((sum, rival) => sum + demandOf(rival, set, lead, days), 0);
  // Beyond this many days the capacity has outgrown whatever came together at the beginning.
  const together = rivals.reduce((sum, { sizeBytes }) => sum + 3 * sizeBytes, 0) + largest;
  const horizon = (together + perDay * startDays + bytesPerSecond * LOST_SECONDS) / (perDay - perDayNeeded);
  const days = breakpoints(rivals, lead, horizon);
  return days?.every((day) => demand(day) <= capacity(day)) ?? false;
}

/** Bytes of a set with a deadline in a stretch of so many days. Of one with other hours some may have been left over. */
function demandOf(rival: DatedDemand, set: DatedDemand, lead: number, days: number): number {
  const { fullReadDays, sizeBytes } = rival;
  const leadDays = lead * fullReadDays;
  if (leadDays > days) return 0;
  return sizeBytes * ((hasSameHours(rival, set) ? 1 : 2) + Math.floor((days - leadDays) / fullReadDays + 1e-9));
}

function hasSameHours(one: CheckPolicy, other: CheckPolicy): boolean {
  if (one.window === undefined || other.window === undefined) return one.window === other.window;
  return one.zone === other.zone && one.window.from === other.window.from && one.window.until === other.window.until;
}

/** Where the demand grows, in days; undefined when those are too many to look at. */
function breakpoints(rivals: readonly DatedDemand[], lead: number, horizon: number): number[] | undefined {
  const days: number[] = [];
  for (const { fullReadDays } of rivals) {
    for (let day = lead * fullReadDays; day <= Math.max(horizon, lead * fullReadDays); day += fullReadDays) {
      days.push(day);
      if (days.length > BREAKPOINTS_MAX) return undefined;
    }
  }
  return days;
}
