import type { PartPool, SeatPool, StockChoice, UnitChoice } from './pick-pool.ts';

/** What the wish as a whole is allowed. */
export interface Rights {
  /** It may take from the emergency reserve. */
  readonly mayTakeReserve: boolean;
  /** It hands things out now; otherwise it keeps them where they are. */
  readonly isIssue: boolean;
}

/** Where a taking stood, to go back to. */
export interface Mark {
  readonly pieces: ReadonlyMap<string, number>;
  readonly seated: ReadonlySet<string>;
}

/**
 * What the lines of one wish have taken so far. Pools are what was there before it; this knows what is left for the next
 * line.
 */
export class Taking {
  readonly #rights: Rights;
  #pieces = new Map<string, number>();
  #seated = new Set<string>();

  constructor(rights: Rights) {
    this.#rights = rights;
  }

  mark(): Mark {
    return { pieces: new Map(this.#pieces), seated: new Set(this.#seated) };
  }

  backTo(mark: Mark): void {
    this.#pieces = new Map(mark.pieces);
    this.#seated = new Set(mark.seated);
  }

  /** Takes up to so many free units, in their order, those of the reserve last. */
  units(part: PartPool, choices: readonly UnitChoice[], wanted: number) {
    const taken: { unit: UnitChoice; isFromReserve: boolean }[] = [];
    for (const isFromReserve of this.#passes()) {
      for (const unit of choices) {
        if (taken.length >= wanted) return taken;
        if (!unit.isFree || this.#taken(unit.id) > 0) continue;
        if (!isFromReserve && this.#room(part, unit.zones) < 1) continue;
        this.#take(unit.id, 1);
        this.#takeBelowFloors(part, unit.zones, 1, isFromReserve);
        taken.push({ unit, isFromReserve });
      }
    }
    return taken;
  }

  /** Takes up to so many pieces, row by row, those of the reserve last. */
  rows(part: PartPool, choices: readonly StockChoice[], wanted: number) {
    const taken: { row: StockChoice; quantity: number; isFromReserve: boolean }[] = [];
    let left = wanted;
    for (const isFromReserve of this.#passes()) {
      for (const row of choices) {
        const room = isFromReserve ? left : this.#room(part, row.zones);
        const quantity = Math.min(left, room, row.free - this.#taken(row.id));
        if (quantity < 1) continue;
        this.#take(row.id, quantity);
        this.#takeBelowFloors(part, row.zones, quantity, isFromReserve);
        taken.push({ row, quantity, isFromReserve });
        left -= quantity;
      }
    }
    return taken;
  }

  /** Takes up to so many seats of one entitlement, and says how many. */
  seats(
    pool: SeatPool,
    { wanted, assignee, isFromReserve }: { wanted: number; assignee: string | null; isFromReserve: boolean },
  ): number {
    if (isFromReserve && !this.#rights.mayTakeReserve) return 0;
    const seat = pool.metric === 'named-user' ? `${pool.id}/${assignee?.toLowerCase()}` : undefined;
    if (seat && (this.#seated.has(seat) || pool.seated.includes(assignee?.toLowerCase() ?? ''))) return 0;
    const all = pool.seatsMax - pool.used - this.#taken(pool.id);
    const ordinary = pool.seatsMax - pool.emergencyReserve - pool.ordinarilyUsed - this.#taken(`${pool.id}/ordinary`);
    const seats = Math.max(0, Math.min(seat ? 1 : wanted, wanted, all, isFromReserve ? all : ordinary));
    if (seats === 0) return 0;
    this.#take(pool.id, seats);
    if (!isFromReserve) this.#take(`${pool.id}/ordinary`, seats);
    if (seat) this.#seated.add(seat);
    return seats;
  }

  #passes(): readonly boolean[] {
    return this.#rights.mayTakeReserve ? [false, true] : [false];
  }

  /** How many pieces an ordinary line can take here before it touches a floor. */
  #room(part: PartPool, zones: readonly string[]): number {
    return floorsAbove(part, zones).reduce(
      (least, { locationId, pieces }) => Math.min(least, pieces - this.#taken(floorKey(part, locationId))),
      Number.POSITIVE_INFINITY,
    );
  }

  // What is kept of the reserve stays below the floor; what is handed out of it is gone for everybody.
  #takeBelowFloors(part: PartPool, zones: readonly string[], quantity: number, isFromReserve: boolean): void {
    if (isFromReserve && !this.#rights.isIssue) return;
    for (const { locationId } of floorsAbove(part, zones)) this.#take(floorKey(part, locationId), quantity);
  }

  #taken(key: string): number {
    return this.#pieces.get(key) ?? 0;
  }

  #take(key: string, quantity: number): void {
    this.#pieces.set(key, this.#taken(key) + quantity);
  }
}

function floorsAbove(part: PartPool, zones: readonly string[]) {
  return part.headrooms.filter(({ locationId }) => locationId === null || zones.includes(locationId));
}

const floorKey = (part: PartPool, locationId: string | null) => `${part.id}/floor/${locationId ?? ''}`;
