/** A place as it is shown. */
export interface Place {
  readonly id: string;
  readonly code: string;
}

/** What one floor still leaves to ordinary lines: below one location, or everywhere (null). Negative below the floor. */
export interface Headroom {
  readonly locationId: string | null;
  readonly pieces: number;
}

/** A unit that may be picked. */
export interface UnitChoice {
  readonly id: string;
  readonly serial: string;
  readonly assetTag: string | null;
  readonly place: Place | null;
  /** Those locations with a floor, or that a line prefers, in which it lies. */
  readonly zones: readonly string[];
  /** Usable, and no live line overlaps the span. */
  readonly isFree: boolean;
}

/** Pieces of a bulk part in one place, of one lot. */
export interface StockChoice {
  readonly id: string;
  readonly lot: string;
  readonly expiresOn: string | null;
  readonly place: Place;
  readonly zones: readonly string[];
  /** Pieces that nobody holds at any time of the span. */
  readonly free: number;
}

/** A part as a wish sees it, read under its lock. Units and rows come in the order in which they are to be picked. */
export interface PartPool {
  readonly id: string;
  readonly partNumber: string;
  readonly name: string;
  readonly tracking: 'serial' | 'bulk';
  readonly headrooms: readonly Headroom[];
  readonly units: readonly UnitChoice[];
  readonly rows: readonly StockChoice[];
}

/** An entitlement as a wish sees it, read under its lock. */
export interface SeatPool {
  readonly id: string;
  readonly name: string;
  readonly product: string;
  readonly productId: string;
  readonly metric: 'named-user' | 'device' | 'concurrent' | 'core' | 'site';
  /** Seats that the contract gives at the span's beginning; 0 when it has ended or not begun. */
  readonly seats: number;
  /** Seats up to which check-outs may go where over-use is allowed. */
  readonly seatsMax: number;
  /** The most seats in use or held at one time of the span. */
  readonly used: number;
  readonly ordinarilyUsed: number;
  readonly emergencyReserve: number;
  readonly endsOn: string | null;
  /** Who has a live seat already, among those whom the wish names, in lower case. */
  readonly seated: readonly string[];
}

/** Everything that a wish may take from, by id. */
export interface Pools {
  readonly parts: ReadonlyMap<string, PartPool>;
  readonly entitlements: ReadonlyMap<string, SeatPool>;
}
