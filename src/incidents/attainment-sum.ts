import type { BreachCauseName } from '../sla/breach-cause.ts';
import type { ClockReading } from '../sla/clock-reading.ts';
import type { AttainmentFigures, AttainmentGroup, Share } from './attainment.ts';

/** A clock with what it shows, as far as figures ask for it. */
export interface ReadClockOf {
  readonly group: Required<AttainmentGroup>;
  /** Undefined when its calendar does not reach far enough. */
  readonly reading: ClockReading | undefined;
  readonly counted: 'always' | 'business';
  /** As it was stated last. */
  readonly cause: BreachCauseName | null;
  /** Why it stood still, each reason once. */
  readonly pauses: readonly string[];
}

/** From this share on an open clock is at risk. */
const AT_RISK_PERCENT = 75;

/** As many causes, and reasons of pauses, are told. */
const TOP = 5;

/** A sum that clocks are added to. */
export class AttainmentSum {
  #met = 0;
  #breached = 0;
  #unreadable = 0;
  readonly #open = { onTrack: 0, atRisk: 0, breached: 0, paused: 0 };
  readonly #measuredMs: number[] = [];
  readonly #kinds = new Set<string>();
  readonly #counted = new Set<'always' | 'business'>();
  readonly #causes = new Map<BreachCauseName | 'not-stated', number>();
  readonly #pauses = new Map<string, number>();

  add(clock: ReadClockOf): void {
    const { reading } = clock;
    if (reading === undefined) {
      this.#unreadable += 1;
      return;
    }
    if (reading.state === 'stopped') this.#addStopped(clock, reading);
    else this.#addOpen(reading);
    if (reading.breachedAtMs !== null) {
      addOne(this.#causes, clock.cause ?? 'not-stated');
      for (const reason of clock.pauses) addOne(this.#pauses, reason);
    }
  }

  #addStopped({ group, counted }: ReadClockOf, reading: ClockReading): void {
    if (reading.breachedAtMs === null) this.#met += 1;
    else this.#breached += 1;
    this.#measuredMs.push(reading.consumedMs);
    this.#kinds.add(group.kind);
    this.#counted.add(counted);
  }

  #addOpen(reading: ClockReading): void {
    if (reading.state === 'paused') this.#open.paused += 1;
    if (reading.breachedAtMs !== null) this.#open.breached += 1;
    else if (reading.consumedPercent >= AT_RISK_PERCENT) this.#open.atRisk += 1;
    else this.#open.onTrack += 1;
  }

  figures(): AttainmentFigures {
    const open = { ...this.#open };
    const decided = this.#met + this.#breached + open.breached;
    return {
      clocks: decided + open.onTrack + open.atRisk + this.#unreadable,
      met: this.#met,
      breached: this.#breached,
      open,
      unreadable: this.#unreadable,
      metPercent: decided === 0 ? null : Math.round((this.#met / decided) * 10_000) / 100,
      measured: this.#measured(),
      causes: topOf(this.#causes),
      pauses: topOf(this.#pauses),
    };
  }

  #measured(): AttainmentFigures['measured'] {
    // The time to a response and the time to a recovery make no common middle.
    if (this.#measuredMs.length === 0 || this.#kinds.size > 1) return null;
    const sorted = Float64Array.from(this.#measuredMs).sort();
    const [counted = 'always'] = this.#counted;
    return {
      clocks: sorted.length,
      p50Seconds: percentileOf(sorted, 50) / 1000,
      p90Seconds: percentileOf(sorted, 90) / 1000,
      counted: this.#counted.size > 1 ? 'mixed' : counted,
    };
  }
}

/**
 * The smallest number that at least so many percent of all are not above (nearest rank): one that was measured, never one
 * between two.
 * @param sorted ascending, not empty.
 */
function percentileOf(sorted: Float64Array, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent * sorted.length) / 100));
  return sorted[rank - 1] ?? Number.NaN;
}

function addOne<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function topOf<Of extends string>(counts: ReadonlyMap<Of, number>): Share<Of>[] {
  return [...counts]
    .map(([of, clocks]) => ({ of, clocks }))
    .toSorted((left, right) => right.clocks - left.clocks || (left.of < right.of ? -1 : 1))
    .slice(0, TOP);
}
