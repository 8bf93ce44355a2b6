/** A stretch of time `[from, until)` on any one scale. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** A unit, and when something that cannot move to another unit has it. */
export interface UnitCalendar {
  readonly id: string;
  readonly fixed: readonly Span[];
}

/** Something that one unit has to serve for the whole span, whichever of these it is. */
export interface Booking extends Span {
  readonly id: string;
  /** The unit that it is kept on now; null for a new one. It stays there where that is possible. */
  readonly unitId: string | null;
  /** The units that may serve it, the preferred ones first. */
  readonly unitIds: readonly string[];
}

/** `impossible` is proved; `undecided` means that the search ended at its bound without an answer. */
export type Assignment =
  | { readonly outcome: 'assigned'; readonly unitOf: ReadonlyMap<string, string> }
  | { readonly outcome: 'impossible' | 'undecided' };

/** Units tried for bookings before the search gives up. Cases of 40 units and 80 bookings need a few hundred. */
const STEPS_MAX = 20_000;

/**
 * Finds units for new bookings of a part, moving kept ones to other units where that makes room. Only those move that the
 * new ones reach over a chain of overlaps. Kept bookings must not overlap on their unit, nor meet what is fixed there.
 */
export function findRoom(
  units: readonly UnitCalendar[],
  kept: readonly Booking[],
  wanted: readonly Booking[],
  stepsMax = STEPS_MAX,
): Assignment {
  const reached = [...wanted];
  const rest = new Set(kept);
  for (const from of reached) {
    for (const booking of rest) {
      if (!overlap(from, booking)) continue;
      reached.push(booking);
      rest.delete(booking);
    }
  }
  return assignUnits(units, reached, stepsMax);
}

/**
 * Gives each booking a unit of its own for its whole span. To decide that is hard in general (windows of units that are
 * taken already colour an interval graph in part), so this is a search: the booking with the fewest units left first,
 * units that are alike for all that is left tried once. An instant with more bookings than units for them is the usual
 * proof that there is no way, and is looked for before the search.
 */
export function assignUnits(
  units: readonly UnitCalendar[],
  bookings: readonly Booking[],
  stepsMax = STEPS_MAX,
): Assignment {
  const calendarOf = new Map(units.map((unit) => [unit.id, unit]));
  const domains = bookings.map((booking) => {
    const order = booking.unitId === null ? booking.unitIds : [booking.unitId, ...booking.unitIds];
    const isFree = (id: string) => calendarOf.get(id)?.fixed.every((span) => !overlap(span, booking)) ?? false;
    return new Set(order.filter((id) => booking.unitIds.includes(id) && isFree(id)));
  });
  if (bookings.some((booking) => !enoughAt(booking.from, bookings, domains))) return { outcome: 'impossible' };
  const search = new Search(bookings, domains, stepsMax);
  const outcome = search.run();
  if (outcome !== 'assigned') return { outcome };
  return { outcome, unitOf: new Map(bookings.map((booking, index) => [booking.id, search.unitOf[index] ?? ''])) };
}

function overlap(a: Span, b: Span): boolean {
  return a.from < b.until && b.from < a.until;
}

/** Whether the bookings of one instant can all have a unit at once: a matching by augmenting paths. */
function enoughAt(at: number, bookings: readonly Booking[], domains: readonly ReadonlySet<string>[]): boolean {
  const takenBy = new Map<string, number>();
  const place = (index: number, seen: Set<string>): boolean => {
    for (const unit of domains[index] ?? []) {
      if (seen.has(unit)) continue;
      seen.add(unit);
      const before = takenBy.get(unit);
      if (before !== undefined && !place(before, seen)) continue;
      takenBy.set(unit, index);
      return true;
    }
    return false;
  };
  return bookings.every((booking, index) => booking.from > at || booking.until <= at || place(index, new Set()));
}

class Search {
  readonly unitOf: (string | undefined)[];
  readonly #domains: Set<string>[];
  readonly #rivals: readonly (readonly number[])[];
  readonly #open: Set<number>;
  #stepsLeft: number;

  constructor(bookings: readonly Booking[], domains: readonly Set<string>[], stepsMax: number) {
    this.unitOf = bookings.map(() => undefined);
    this.#domains = [...domains];
    this.#rivals = bookings.map((a) => bookings.flatMap((b, index) => (a !== b && overlap(a, b) ? [index] : [])));
    this.#open = new Set(bookings.keys());
    this.#stepsLeft = stepsMax;
  }

  /** Leaves the answer in `unitOf` when it is `assigned`. */
  run(): Assignment['outcome'] {
    const booking = this.#narrowest();
    if (booking === undefined) return 'assigned';
    const tried = new Set<string>();
    this.#open.delete(booking);
    for (const unit of [...(this.#domains[booking] ?? [])]) {
      const likeness = [...this.#open].filter((other) => this.#domains[other]?.has(unit)).join();
      if (tried.has(likeness)) continue;
      tried.add(likeness);
      if (this.#stepsLeft === 0) return 'undecided';
      this.#stepsLeft -= 1;
      const outcome = this.#try(booking, unit);
      if (outcome !== 'impossible') return outcome;
    }
    this.#open.add(booking);
    return 'impossible';
  }

  #try(booking: number, unit: string): Assignment['outcome'] {
    const touched = (this.#rivals[booking] ?? []).filter(
      (rival) => this.#open.has(rival) && this.#domains[rival]?.has(unit),
    );
    // A new set for each, so that the order of preference is as it was when the old one is put back.
    const before = touched.map((rival) => this.#domains[rival] ?? new Set<string>());
    for (const [index, rival] of touched.entries()) {
      this.#domains[rival] = new Set([...(before[index] ?? [])].filter((id) => id !== unit));
    }
    this.unitOf[booking] = unit;
    const outcome = touched.some((rival) => this.#domains[rival]?.size === 0) ? 'impossible' : this.run();
    if (outcome === 'impossible') {
      for (const [index, rival] of touched.entries()) this.#domains[rival] = before[index] ?? new Set();
    }
    return outcome;
  }

  #narrowest(): number | undefined {
    let best: number | undefined;
    let bestSize = Number.POSITIVE_INFINITY;
    for (const booking of this.#open) {
      const size = this.#domains[booking]?.size ?? 0;
      if (size < bestSize) [best, bestSize] = [booking, size];
    }
    return best;
  }
}
