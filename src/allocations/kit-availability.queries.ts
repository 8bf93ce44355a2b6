import type { Queryable } from '../database/database.ts';
import { resolveFits } from '../inventory/fit.queries.ts';
import { entitlementAvailability, partAvailability } from './availability.queries.ts';
import { entitlementsToday } from './entitlements-today.queries.ts';
import type { Kit, KitLine } from './kit.ts';
import { countKits, type KitCount, type KitFit } from './kit-count.ts';

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
  const pieces = await partAvailability(db, [...new Set(partIds)]);
  const seats = await entitlementAvailability(db, await entitlementsToday(db, idsOf(lines, 'product')));
  const countOf = (which: 'freeWithoutReserve' | 'freeWithReserve') =>
    countKits(lines, {
      pieces: summed(pieces.map((found) => [found.part.id, found[which]])),
      seats: summed(seats.map((found) => [found.entitlement.productId, found[which]])),
      fits,
    });
  return { ordinary: countOf('freeWithoutReserve'), withReserve: countOf('freeWithReserve') };
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

function summed(amounts: readonly (readonly [id: string, amount: number])[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [id, amount] of amounts) sums.set(id, (sums.get(id) ?? 0) + amount);
  return sums;
}
