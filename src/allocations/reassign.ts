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

/** How much the search may look at before it gives up: about a tenth of a second. */
const WORK_MAX = 3_000_000;

/** A larger pool is searched in part: the units that fewest bookings keep from the new ones. */
const UNITS_MAX = 60;

/**
 * Finds units for new bookings of a part, moving kept ones to other units where that makes room. Only those move that the
 * new ones reach over a chain of overlaps. Kept bookings must not overlap on their unit, nor meet what is fixed there.
 */
export function findRoom(
  units: readonly UnitCalendar[],
  kept: readonly Booking[],
  wanted: readonly Booking[],
  workMax = WORK_MAX,
): Assignment {
  if (wanted.some(({ from }) => isCrowded(from, units, [...kept, ...wanted]))) return { outcome: 'impossible' };
  const pool = units.length > UNITS_MAX ? easiest(units, kept, wanted) : units;
  const chosen = new Set(pool.map(({ id }) => id));
  const within = (booking: Booking) => ({ ...booking, unitIds: booking.unitIds.filter((id) => chosen.has(id)) });
  const reached = wanted.map(within);
  const rest = new Set(kept.filter(({ unitId }) => unitId !== null && chosen.has(unitId)));
  for (const from of reached) {
    for (const booking of rest) {
      if (!overlap(from, booking)) continue;
      reached.push(within(booking));
      rest.delete(booking);
    }
  }
  const found = assignUnits(pool, reached, workMax);
  return found.outcome === 'impossible' && pool !== units ? { outcome: 'undecided' } : found;
}

/** More bookings and fixed spans at one instant than there are units: the usual proof that there is no way. */
function isCrowded(at: number, units: readonly UnitCalendar[], bookings: readonly Booking[]): boolean {
  const covers = (span: Span) => span.from <= at && at < span.until;
  const taken = units.filter(({ fixed }) => fixed.some(covers)).length;
  return bookings.filter(covers).length > units.length - taken;
}

/**
 * A part of a large pool where a way is likely: the units that the fewest kept bookings keep from the new ones, and units
 * that are free for those bookings.
 */
function easiest(units: readonly UnitCalendar[], kept: readonly Booking[], wanted: readonly Booking[]): UnitCalendar[] {
  const on = Map.groupBy(kept, ({ unitId }) => unitId);
  const inTheWay = (unit: UnitCalendar, span: Span) => (on.get(unit.id) ?? []).filter((other) => overlap(other, span));
  const suitable = new Set(wanted.flatMap(({ unitIds }) => unitIds));
  const targets = units
    .filter(({ id, fixed }) => suitable.has(id) && !fixed.some((span) => wanted.some((one) => overlap(one, span))))
    .map((unit) => ({ unit, others: wanted.flatMap((one) => inTheWay(unit, one)) }))
    .toSorted((a, b) => a.others.length - b.others.length)
    .slice(0, UNITS_MAX / 3);
  const pool = new Set(targets.map(({ unit }) => unit));
  for (const other of targets.flatMap(({ others }) => others)) {
    const isFree = (unit: UnitCalendar) =>
      !pool.has(unit) && !unit.fixed.some((span) => overlap(span, other)) && inTheWay(unit, other).length === 0;
    const another = pool.size < UNITS_MAX ? units.find(isFree) : undefined;
    if (another) pool.add(another);
  }
  return [...pool];
}

/**
 * Gives each booking a unit of its own for its whole span. To decide that is hard in general (windows of units that are
 * taken already colour an interval graph in part), so this is a search: the booking with the fewest units left first,
 * units that are alike for all that is left tried once. Before it, instants at which the bookings cannot even all have a
 * unit at once are looked for: they prove that there is no way.
 */
export function assignUnits(
  units: readonly UnitCalendar[],
  bookings: readonly Booking[],
  workMax = WORK_MAX,
): Assignment {
  const calendarOf = new Map(units.map((unit) => [unit.id, unit]));
  const domains = bookings.map((booking) => {
    const order = booking.unitId === null ? booking.unitIds : [booking.unitId, ...booking.unitIds];
    const allowed = new Set(booking.unitIds);
    const isFree = (id: string) => calendarOf.get(id)?.fixed.every((span) => !overlap(span, booking)) ?? false;
    return new Set(order.filter((id) => allowed.has(id) && isFree(id)));
  });
  // Where nothing new is, the kept ones have their units already.
  const fresh = bookings.filter(({ unitId }) => unitId === null);
  const critical = new Set(
    bookings.map(({ from }) => from).filter((at) => fresh.some(({ from, until }) => from <= at && at < until)),
  );
  for (const at of critical) if (!enoughAt(at, bookings, domains)) return { outcome: 'impossible' };
  const search = new Search(bookings, domains, workMax);
  const outcome = search.run();
  if (outcome !== 'assigned') return { outcome };
  return { outcome, unitOf: new Map(bookings.map((booking, index) => [booking.id, search.unitOf[index] ?? ''])) };
}

function overlap(a: Span, b: Span): boolean {
  return a.from < b.until && b.from < a.until;
}

/** Whether the bookings of one instant can all have a unit at once: kept ones begin on theirs, paths are augmented. */
function enoughAt(at: number, bookings: readonly Booking[], domains: readonly ReadonlySet<string>[]): boolean {
  const takenBy = new Map<string, number>();
  const waiting: number[] = [];
  for (const [index, { from, until, unitId }] of bookings.entries()) {
    if (from > at || until <= at) continue;
    if (unitId !== null && domains[index]?.has(unitId) && !takenBy.has(unitId)) takenBy.set(unitId, index);
    else waiting.push(index);
  }
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
  return waiting.every((index) => place(index, new Set()));
}

class Search {
  readonly unitOf: (string | undefined)[];
  readonly #domains: Set<string>[];
  readonly #rivals: readonly (readonly number[])[];
  readonly #open: Set<number>;
  #workLeft: number;

  constructor(bookings: readonly Booking[], domains: readonly Set<string>[], workMax: number) {
    this.unitOf = bookings.map(() => undefined);
    this.#domains = [...domains];
    this.#rivals = bookings.map((a) => bookings.flatMap((b, index) => (a !== b && overlap(a, b) ? [index] : [])));
    this.#open = new Set(bookings.keys());
    this.#workLeft = workMax;
  }

  /** Leaves the answer in `unitOf` when it is `assigned`. */
  run(): Assignment['outcome'] {
    const booking = this.#narrowest();
    if (booking === undefined) return 'assigned';
    const tried = new Set<string>();
    this.#open.delete(booking);
    for (const unit of [...(this.#domains[booking] ?? [])]) {
      this.#workLeft -= 1 + this.#open.size;
      if (this.#workLeft < 0) return 'undecided';
      const likeness = [...this.#open].filter((other) => this.#domains[other]?.has(unit)).join();
      if (tried.has(likeness)) continue;
      tried.add(likeness);
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
      this.#workLeft -= before[index]?.size ?? 0;
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
