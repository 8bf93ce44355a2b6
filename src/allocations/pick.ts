import type { PartPool, Pools, SeatPool, StockChoice, UnitChoice } from './pick-pool.ts';
import { type Rights, Taking } from './pick-taking.ts';

/** One line of a wish, resolved to ids. `position` is its place in the wish. */
export type Want = { readonly position: number; readonly quantity: number } & (
  | { readonly kind: 'unit'; readonly partId: string; readonly unitId: string }
  | { readonly kind: 'stock'; readonly partId: string; readonly stockId: string }
  | {
      readonly kind: 'part';
      readonly partId: string;
      readonly locationId: string | null;
      /** As it was read before the lock. */
      readonly tracking?: 'serial' | 'bulk';
    }
  | { readonly kind: 'fit'; readonly deviceModelId: string; readonly options: readonly FitOption[] }
  | { readonly kind: 'seat'; readonly entitlementIds: readonly string[]; readonly assignee: string | null }
);

/** A part that serves, best first, and how many of it stand for one failed device. */
export interface FitOption {
  readonly partId: string;
  readonly quantityPerDevice: number;
}

/** One line to be written. */
export type Pick = {
  readonly position: number;
  readonly quantity: number;
  readonly isFromReserve: boolean;
} & (
  | {
      readonly kind: 'unit';
      readonly part: PartPool;
      readonly unit: UnitChoice;
      readonly isPinned: boolean;
      readonly deviceModelId: string | null;
    }
  | {
      readonly kind: 'stock';
      readonly part: PartPool;
      readonly row: StockChoice;
      readonly deviceModelId: string | null;
    }
  | { readonly kind: 'seat'; readonly entitlement: SeatPool; readonly assignee: string | null }
);

/** A line that cannot be served, and how much of it could be. */
export interface Short {
  readonly want: Want;
  /** Pieces or seats that are asked of it, of the best fit for a device model. */
  readonly asked: number;
  /** How many of them are free for it. */
  readonly free: number;
}

export interface Plan {
  readonly picks: readonly Pick[];
  /** Every line that cannot be served; the picks of the others are not to be used then. */
  readonly short: readonly Short[];
}

/**
 * Decides what serves each line. All lines are judged together, what one takes is gone for the next: first those that name
 * a unit or a stock row, because nothing else can serve them, then the others in their order. An ordinary piece is taken
 * while every floor above it leaves room, a piece of the reserve only after all of those, and only with the right to it.
 */
export function planPicks(wants: readonly Want[], pools: Pools, rights: Rights): Plan {
  const taking = new Taking(rights);
  const picks: Pick[] = [];
  const short: Short[] = [];
  const named = (want: Want) => want.kind === 'unit' || want.kind === 'stock';
  for (const want of [...wants.filter(named), ...wants.filter((want) => !named(want))]) {
    const before = taking.mark();
    const served = serve(want, pools, taking);
    if (served.free >= served.asked) picks.push(...served.picks);
    else {
      taking.backTo(before);
      short.push({ want, asked: served.asked, free: served.free });
    }
  }
  const byPosition = (a: { position: number }, b: { position: number }) => a.position - b.position;
  return {
    picks: picks.toSorted(byPosition),
    short: short.toSorted((a, b) => byPosition(a.want, b.want)),
  };
}

interface Served {
  readonly asked: number;
  readonly free: number;
  readonly picks: readonly Pick[];
}

function serve(want: Want, pools: Pools, taking: Taking): Served {
  switch (want.kind) {
    case 'unit':
      return serveNamedUnit(want, pools, taking);
    case 'stock':
      return serveNamedRow(want, pools, taking);
    case 'part':
      return servePart(want, pools, taking);
    case 'fit':
      return serveFit(want, pools, taking);
    case 'seat':
      return serveSeats(want, pools, taking);
  }
}

type WantOf<Kind extends Want['kind']> = Extract<Want, { kind: Kind }>;

function serveNamedUnit({ position, partId, unitId }: WantOf<'unit'>, pools: Pools, taking: Taking): Served {
  const part = pools.parts.get(partId);
  const units = part?.units.filter(({ id }) => id === unitId) ?? [];
  const taken = part ? taking.units(part, units, 1) : [];
  const picks = taken.map(({ unit, isFromReserve }) => {
    const line = {
      kind: 'unit',
      position,
      quantity: 1,
      isFromReserve,
      unit,
      isPinned: true,
      deviceModelId: null,
    } as const;
    return { ...line, part: part as PartPool };
  });
  return { asked: 1, free: picks.length, picks };
}

function serveNamedRow({ position, quantity, partId, stockId }: WantOf<'stock'>, pools: Pools, taking: Taking): Served {
  const part = pools.parts.get(partId);
  if (!part) return { asked: quantity, free: 0, picks: [] };
  const rows = part.rows.filter(({ id }) => id === stockId);
  return stockServed(part, taking.rows(part, rows, quantity), { position, asked: quantity, deviceModelId: null });
}

function servePart({ position, quantity, partId, locationId }: WantOf<'part'>, pools: Pools, taking: Taking): Served {
  const part = pools.parts.get(partId);
  if (!part) return { asked: quantity, free: 0, picks: [] };
  return servePieces(part, locationId, { position, asked: quantity, deviceModelId: null }, taking);
}

interface PieceLine {
  readonly position: number;
  readonly asked: number;
  readonly deviceModelId: string | null;
}

function servePieces(part: PartPool, preferredId: string | null, line: PieceLine, taking: Taking): Served {
  if (part.tracking === 'bulk') {
    return stockServed(part, taking.rows(part, preferring(part.rows, preferredId), line.asked), line);
  }
  const taken = taking.units(part, preferring(part.units, preferredId), line.asked);
  const { position, deviceModelId } = line;
  const picks = taken.map(
    ({ unit, isFromReserve }): Pick => ({
      kind: 'unit',
      position,
      quantity: 1,
      isFromReserve,
      part,
      unit,
      isPinned: false,
      deviceModelId,
    }),
  );
  return { asked: line.asked, free: picks.length, picks };
}

function stockServed(part: PartPool, taken: ReturnType<Taking['rows']>, line: PieceLine): Served {
  const { position, deviceModelId } = line;
  return {
    asked: line.asked,
    free: taken.reduce((sum, { quantity }) => sum + quantity, 0),
    picks: taken.map(
      ({ row, quantity, isFromReserve }): Pick => ({
        kind: 'stock',
        position,
        quantity,
        isFromReserve,
        part,
        row,
        deviceModelId,
      }),
    ),
  };
}

/** What lies in the preferred place first, otherwise in the given order. */
function preferring<Choice extends { readonly zones: readonly string[] }>(
  choices: readonly Choice[],
  preferredId: string | null,
): readonly Choice[] {
  if (preferredId === null) return choices;
  const isPreferred = ({ zones }: Choice) => zones.includes(preferredId);
  return [...choices.filter(isPreferred), ...choices.filter((choice) => !isPreferred(choice))];
}

/** One part serves all devices of the line: the best that can do so whole. */
function serveFit({ position, quantity, deviceModelId, options }: WantOf<'fit'>, pools: Pools, taking: Taking): Served {
  let best: Served | undefined;
  for (const { partId, quantityPerDevice } of options) {
    const part = pools.parts.get(partId);
    if (!part) continue;
    const before = taking.mark();
    const served = servePieces(part, null, { position, asked: quantity * quantityPerDevice, deviceModelId }, taking);
    if (served.free >= served.asked) return served;
    taking.backTo(before);
    best ??= served;
  }
  return best ?? { asked: quantity, free: 0, picks: [] };
}

/** Seats of the first entitlement, and of the next ones for what is left. */
function serveSeats(want: WantOf<'seat'>, pools: Pools, taking: Taking): Served {
  const { position, quantity, entitlementIds, assignee } = want;
  const picks: Pick[] = [];
  let left = quantity;
  const entitlements = entitlementIds.flatMap((id) => pools.entitlements.get(id) ?? []);
  for (const isFromReserve of [false, true]) {
    for (const entitlement of entitlements) {
      const seats = taking.seats(entitlement, { wanted: left, assignee, isFromReserve });
      if (seats > 0) picks.push({ kind: 'seat', position, quantity: seats, isFromReserve, entitlement, assignee });
      left -= seats;
    }
  }
  return { asked: quantity, free: quantity - left, picks };
}
