/** Pieces of a part in one place that nobody holds or is promised from now on. */
export interface FreePlace {
  readonly location: { readonly id: string; readonly code: string; readonly name: string };
  readonly pieces: number;
  /** The locations with a floor of the part in which it lies. */
  readonly zones: readonly string[];
}

/** What is free of a part from now on, for as long as it takes. */
export interface FreePart {
  readonly partId: string;
  readonly places: readonly FreePlace[];
  /** What each floor leaves to ordinary lines: below one location, or everywhere (null). Negative below the floor. */
  readonly headrooms: readonly { readonly locationId: string | null; readonly pieces: number }[];
}

/** Seats of one entitlement of a product, as far as they can be taken today. */
export interface FreeEntitlement {
  readonly productId: string;
  readonly entitlement: { readonly id: string; readonly name: string };
  /** Seats that the contract gives today. */
  readonly seats: number;
  /** Seats up to which check-outs may go where over-use is allowed. */
  readonly seatsMax: number;
  /** The most seats in use or promised at one time from now on, and of these the ordinary ones. */
  readonly used: number;
  readonly ordinarilyUsed: number;
  readonly emergencyReserve: number;
}

/** How much can be taken without what is kept for emergencies, and with it. */
export interface Free {
  readonly ordinary: number;
  readonly withReserve: number;
}

/**
 * What is free of a part as a whole. Floors contain one another or lie apart, so taking place by place while every floor
 * above leaves room takes as much as any other way.
 */
export function freeOf({ places, headrooms }: FreePart): Free {
  const left = new Map(headrooms.map(({ locationId, pieces }) => [locationId, pieces]));
  let ordinary = 0;
  for (const place of places) {
    const floors = floorsOver(place, left);
    const taken = Math.max(0, Math.min(place.pieces, ...floors.map((floor) => left.get(floor) ?? 0)));
    for (const floor of floors) left.set(floor, (left.get(floor) ?? 0) - taken);
    ordinary += taken;
  }
  return { ordinary, withReserve: sumOf(places.map(({ pieces }) => pieces)) };
}

/** What is free in one place, as if nothing were taken elsewhere. */
export function freeAt(place: FreePlace, { headrooms }: FreePart): Free {
  const left = new Map(headrooms.map(({ locationId, pieces }) => [locationId, pieces]));
  const room = floorsOver(place, left).map((floor) => left.get(floor) ?? 0);
  return { ordinary: Math.max(0, Math.min(place.pieces, ...room)), withReserve: place.pieces };
}

/** What is free of one entitlement: of the seats of the contract, or also of those that over-use allows. */
export function freeSeatsOf(pool: FreeEntitlement, limit: 'contract' | 'over-use'): Free {
  const seats = limit === 'contract' ? pool.seats : pool.seatsMax;
  const withReserve = Math.max(0, seats - pool.used);
  const ordinary = Math.max(0, seats - pool.emergencyReserve - pool.ordinarilyUsed);
  return { ordinary: Math.min(ordinary, withReserve), withReserve };
}

/** The sum of what is free of several pools. */
export function sumOfFree(pools: readonly Free[]): Free {
  return {
    ordinary: sumOf(pools.map(({ ordinary }) => ordinary)),
    withReserve: sumOf(pools.map(({ withReserve }) => withReserve)),
  };
}

function floorsOver({ zones }: FreePlace, left: ReadonlyMap<string | null, number>): (string | null)[] {
  return [null, ...zones].filter((floor) => left.has(floor));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
