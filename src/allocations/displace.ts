import type { Purpose } from './allocation.ts';
import { peakWithin } from './floor-peak.ts';
import type { PartPool, Place, Pools, SeatPool, StockChoice, UnitChoice } from './pick-pool.ts';

/** A line that was taken from its holder for an emergency. */
export interface Displaced {
  readonly lineId: string;
  readonly allocationId: string;
  /** Of the allocation: what a label knows it by. */
  readonly code: string;
  readonly purpose: Purpose;
  readonly holder: string;
  readonly what: string;
  readonly quantity: number;
}

/** A live hold or reservation that meets the span of a wish, on a pool of it. */
export interface HeldLine {
  readonly lineId: string;
  readonly purpose: Purpose;
  readonly quantity: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly isFromReserve: boolean;
  /** Null for seats. */
  readonly partId: string | null;
  /** The floors of the part above the place where it lies. */
  readonly zones: readonly string[];
  /** False: it holds something that is of no use any more, so nothing is won by taking it. */
  readonly isUsable: boolean;
  readonly unit: { readonly id: string; readonly serial: string; readonly assetTag: string | null } | null;
  readonly row: {
    readonly id: string;
    readonly lot: string;
    readonly expiresOn: string | null;
    readonly quantity: number;
  } | null;
  readonly place: Place | null;
  readonly entitlementId: string | null;
}

interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Who has to give way first. An incident never does. */
const ORDER: readonly Purpose[] = ['drill', 'loan', 'maintenance'];

/**
 * The lines that have to give way so that a wish can be served: of drills first, then of loans, then of maintenance, the
 * latest first, and none that the wish can do without.
 * @param held every live hold on the wish's pools that meets its span.
 * @param isServed whether the wish can be served from such pools.
 * @returns undefined when not even all of them together would do.
 */
export function chooseDisplaced(
  held: readonly HeldLine[],
  pools: Pools,
  span: Window,
  isServed: (pools: Pools) => boolean,
): readonly HeldLine[] | undefined {
  const candidates = ORDER.flatMap((purpose) =>
    held.filter((line) => line.purpose === purpose && line.isUsable).toSorted((a, b) => (a.lineId < b.lineId ? 1 : -1)),
  );
  const servedWithout = (gone: readonly HeldLine[]) => isServed(poolsWithout(pools, held, gone, span));
  if (!servedWithout(candidates)) return undefined;
  let chosen = candidates.slice(
    0,
    shortestPrefix(candidates.length, (length) => servedWithout(candidates.slice(0, length))),
  );
  for (const line of chosen.toReversed()) {
    const others = chosen.filter((other) => other !== line);
    if (servedWithout(others)) chosen = others;
  }
  return chosen;
}

/** The smallest length that does, when every longer one does too, and the longest is known to. */
function shortestPrefix(longest: number, does: (length: number) => boolean): number {
  let least = 0;
  let most = longest;
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (does(middle)) most = middle;
    else least = middle + 1;
  }
  return most;
}

/** The pools as they would be without some of the lines that are held on them. */
export function poolsWithout(pools: Pools, held: readonly HeldLine[], gone: readonly HeldLine[], span: Window): Pools {
  const isGone = new Set(gone);
  const ofPart = Map.groupBy(held, ({ partId }) => partId);
  const ofEntitlement = Map.groupBy(held, ({ entitlementId }) => entitlementId);
  const wonOf = (lines: readonly HeldLine[]) =>
    peakWithin(span, lines) -
    peakWithin(
      span,
      lines.filter((line) => !isGone.has(line)),
    );
  const remainsOf = (lines: readonly HeldLine[]) => lines.filter((line) => !isGone.has(line));
  const part = (pool: PartPool): PartPool => {
    const lines = ofPart.get(pool.id) ?? [];
    return {
      ...pool,
      headrooms: headrooms(pool, lines, wonOf),
      units: units(pool, lines, remainsOf),
      rows: rows(pool, lines, remainsOf, span),
    };
  };
  const entitlement = (pool: SeatPool): SeatPool => {
    const lines = ofEntitlement.get(pool.id) ?? [];
    const ordinary = lines.filter(({ isFromReserve }) => !isFromReserve);
    return { ...pool, used: pool.used - wonOf(lines), ordinarilyUsed: pool.ordinarilyUsed - wonOf(ordinary) };
  };
  return {
    parts: new Map([...pools.parts].map(([id, pool]) => [id, part(pool)])),
    entitlements: new Map([...pools.entitlements].map(([id, pool]) => [id, entitlement(pool)])),
  };
}

type Count = (lines: readonly HeldLine[]) => number;
type Remains = (lines: readonly HeldLine[]) => readonly HeldLine[];

function headrooms(pool: PartPool, lines: readonly HeldLine[], wonOf: Count): PartPool['headrooms'] {
  const counted = lines.filter(({ isFromReserve, isUsable }) => !isFromReserve && isUsable);
  return pool.headrooms.map(({ locationId, pieces }) => {
    const below = counted.filter(({ zones }) => locationId === null || zones.includes(locationId));
    return { locationId, pieces: pieces + wonOf(below) };
  });
}

function units(pool: PartPool, lines: readonly HeldLine[], remainsOf: Remains): UnitChoice[] {
  const byUnit = Map.groupBy(
    lines.filter(({ unit }) => unit !== null),
    ({ unit }) => unit?.id,
  );
  const isFree = (onUnit: readonly HeldLine[]) =>
    onUnit.every(({ isUsable }) => isUsable) && remainsOf(onUnit).length === 0;
  const known = pool.units.map((choice) => {
    const onUnit = byUnit.get(choice.id);
    byUnit.delete(choice.id);
    return onUnit ? { ...choice, isFree: isFree(onUnit) } : choice;
  });
  const more = [...byUnit.values()].flatMap((onUnit): UnitChoice[] => {
    const [line] = onUnit;
    return line?.unit ? [{ ...line.unit, place: line.place, zones: line.zones, isFree: isFree(onUnit) }] : [];
  });
  return [...known, ...more];
}

function rows(pool: PartPool, lines: readonly HeldLine[], remainsOf: Remains, span: Window): StockChoice[] {
  const byRow = Map.groupBy(
    lines.filter(({ row }) => row !== null),
    ({ row }) => row?.id,
  );
  const freeOf = (onRow: readonly HeldLine[], quantity: number) =>
    onRow.every(({ isUsable }) => isUsable) ? quantity - peakWithin(span, remainsOf(onRow)) : 0;
  const known = pool.rows.map((choice) => {
    const onRow = byRow.get(choice.id) ?? [];
    byRow.delete(choice.id);
    const quantity = onRow[0]?.row?.quantity;
    return quantity === undefined ? choice : { ...choice, free: freeOf(onRow, quantity) };
  });
  const more = [...byRow.values()].flatMap((onRow): StockChoice[] => {
    const [line] = onRow;
    if (!line?.row || !line.place) return [];
    const { quantity, ...row } = line.row;
    return [{ ...row, place: line.place, zones: line.zones, free: freeOf(onRow, quantity) }];
  });
  return [...known, ...more];
}
