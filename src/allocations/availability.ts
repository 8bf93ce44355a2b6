import type { Temporal } from 'temporal-polyfill';
import type { Headroom, Place } from './pick-pool.ts';
import { Taking } from './pick-taking.ts';

/** A stretch of time for which something is asked. Without one, it is from now on without end. */
export interface AvailabilityWindow {
  /** Null: from now on, by the database's clock. */
  readonly from: Temporal.Instant | null;
  /** Null: without end. */
  readonly until: Temporal.Instant | null;
}

/** Why pieces that are ours cannot be handed out. */
interface Unusable {
  readonly inRepair: number;
  readonly quarantined: number;
  /** Their test is overdue. */
  readonly untested: number;
  readonly expired: number;
}

/** Pieces of a part in one place. */
interface PlaceAvailability {
  readonly location: Place;
  readonly onHand: number;
  readonly usable: number;
  /** Usable and held by nobody in the window, the reserve included. */
  readonly free: number;
  /** What an ordinary line could have of it, if nothing were taken elsewhere. */
  readonly freeWithoutReserve: number;
}

/** What there is of a part in a window of time. Pieces. */
export interface PartAvailability {
  readonly part: {
    readonly id: string;
    readonly manufacturer: string;
    readonly partNumber: string;
    readonly name: string;
    readonly tracking: 'serial' | 'bulk';
  };
  /** Physically there: neither issued, nor deployed, nor at the vendor's. */
  readonly onHand: number;
  readonly usable: number;
  readonly unusable: Unusable;
  /** Usable, but held at one time of the window. */
  readonly held: number;
  readonly issued: number;
  readonly overdue: number;
  /** Kept for emergencies, everywhere together. */
  readonly reserve: number;
  /** Kept for emergencies below single locations, besides. */
  readonly reserves: readonly { readonly location: Place; readonly quantity: number }[];
  /** What an ordinary line could have. */
  readonly freeWithoutReserve: number;
  /** What an emergency could have before anybody gives way. */
  readonly freeWithReserve: number;
  readonly places: readonly PlaceAvailability[];
}

/** What there is of an entitlement in a window of time. Seats. */
export interface EntitlementAvailability {
  readonly entitlement: {
    readonly id: string;
    readonly name: string;
    readonly productId: string;
    readonly product: string;
    readonly metric: string;
    /** The last day, or null. */
    readonly endsOn: string | null;
  };
  /** By the contract, at the beginning of the window: 0 before its first and after its last day. */
  readonly seats: number;
  /** As many as may be in use where over-use is allowed. */
  readonly seatsMax: number;
  readonly issued: number;
  readonly overdue: number;
  /** The most that are in use or held at one time of the window. */
  readonly usedPeak: number;
  readonly reserve: number;
  readonly freeWithoutReserve: number;
  readonly freeWithReserve: number;
}

/** A place with the locations that have a floor and contain it. */
export interface CountedPlace extends Omit<PlaceAvailability, 'freeWithoutReserve'> {
  readonly zones: readonly string[];
}

/**
 * How many pieces ordinary lines could take together before a floor is touched. Floors lie inside each other or apart, so
 * taking wherever there is room ends at the largest sum.
 */
export function ordinarilyFree(places: readonly CountedPlace[], headrooms: readonly Headroom[]): number {
  const rows = places.map(({ location, zones, free }) => ({
    id: location.id,
    place: location,
    zones,
    free,
    lot: '',
    expiresOn: null,
  }));
  const part = { id: '', partNumber: '', name: '', tracking: 'bulk', headrooms, units: [], rows } as const;
  const taken = new Taking({ mayTakeReserve: false, isIssue: false }).rows(part, rows, Number.MAX_SAFE_INTEGER);
  return taken.reduce((sum, { quantity }) => sum + quantity, 0);
}
