import type { Queryable } from '../database/database.ts';
import { resolveFits } from '../inventory/fit.queries.ts';
import { freeEntitlements, freeParts } from './free.queries.ts';
import { type Free, freeOf, freeSeatsOf, sumOfFree } from './free.ts';
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
  const parts = await freeParts(db, [...new Set(partIds)], largest * perDevice * (KITS_COUNTED_MAX + 1));
  const entitlements = Map.groupBy(await freeEntitlements(db, idsOf(lines, 'product')), ({ productId }) => productId);
  const pieces = new Map([...parts].map(([id, part]) => [id, freeOf(part)]));
  const seats = new Map(
    [...entitlements].map(([id, pools]) => [id, sumOfFree(pools.map((pool) => freeSeatsOf(pool, 'over-use')))]),
  );
  const countOf = (which: keyof Free) =>
    countKits(lines, { pieces: picked(pieces, which), seats: picked(seats, which), fits });
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

function picked(free: ReadonlyMap<string, Free>, which: keyof Free): Map<string, number> {
  return new Map([...free].map(([id, amounts]) => [id, amounts[which]]));
}
