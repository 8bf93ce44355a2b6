import type { Queryable } from '../database/database.ts';
import { resolveFits } from '../inventory/fit.queries.ts';
import { entitlementAvailability } from './availability.queries.ts';
import type { EntitlementAvailability } from './availability.ts';
import { entitlementsToday } from './entitlements-today.queries.ts';
import { freeParts } from './free.queries.ts';
import type { Kit, KitLine } from './kit.ts';
import { countKits, KITS_COUNTED_MAX, type KitCount, type KitFit } from './kit-count.ts';

/** How many whole kits can go out one after the other, without and with what is kept for emergencies. */
export interface KitAvailability {
  readonly ordinary: KitCount;
  readonly withReserve: KitCount;
}

/**
 * What a check-out of kits would find at this moment. What fits under a condition only does not count, because a kit accepts
 * none; seats that over-use allows do, because a check-out takes them with a warning.
 */
export async function kitAvailability(db: Queryable, { lines }: Pick<Kit, 'lines'>): Promise<KitAvailability> {
  const fits = await fitsOf(db, lines);
  const partIds = [
    ...idsOf(lines, 'part'),
    ...[...fits.values()].flatMap((options) => options.map(({ partId }) => partId)),
  ];
  const largest = Math.max(...lines.map(({ quantity }) => quantity));
  const perDevice = Math.max(1, ...[...fits.values()].flat().map(({ quantityPerDevice }) => quantityPerDevice));
  const pieces = await freeParts(db, [...new Set(partIds)], largest * perDevice * (KITS_COUNTED_MAX + 1));
  const seats = await entitlementAvailability(db, await entitlementsToday(db, idsOf(lines, 'product')));
  const countOf = (which: 'ordinary' | 'withReserve') =>
    countKits(lines, {
      pieces: new Map([...pieces].map(([id, part]) => [id, part[which]])),
      seats: seatsOf(seats, which),
      fits,
    });
  return { ordinary: countOf('ordinary'), withReserve: countOf('withReserve') };
}

async function fitsOf(db: Queryable, lines: readonly KitLine[]): Promise<Map<string, KitFit[]>> {
  const fits = new Map<string, KitFit[]>();
  for (const id of idsOf(lines, 'device-model')) {
    const candidates = await resolveFits(db, id);
    fits.set(
      id,
      candidates
        .filter(({ conditions }) => conditions.length === 0)
        .map(({ partId, quantityPerDevice }) => ({ partId, quantityPerDevice })),
    );
  }
  return fits;
}

function idsOf(lines: readonly KitLine[], kind: KitLine['kind']): string[] {
  return lines.filter((line) => line.kind === kind).map(({ id }) => id);
}

/** Seats by product, those that over-use allows included. */
function seatsOf(pools: readonly EntitlementAvailability[], which: 'ordinary' | 'withReserve'): Map<string, number> {
  const seats = new Map<string, number>();
  for (const { entitlement, freeWithoutReserve, freeWithReserve } of pools) {
    const free = which === 'ordinary' ? freeWithoutReserve : freeWithReserve;
    seats.set(entitlement.productId, (seats.get(entitlement.productId) ?? 0) + free);
  }
  return seats;
}
