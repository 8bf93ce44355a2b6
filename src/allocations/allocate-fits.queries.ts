import type { Queryable } from '../database/database.ts';
import { resolveFits } from '../inventory/fit.queries.ts';
import { fitsKey, type ModelFits } from './allocate-resolve.ts';
import type { WishLine } from './checkout-request.ts';

/** The parts that a line for a failed device model may be served with; the rest have no statement to pay. */
export async function fitsOfLines(db: Queryable, lines: readonly WishLine[]): Promise<ReadonlyMap<string, ModelFits>> {
  const fits = new Map<string, ModelFits>();
  for (const line of lines) {
    if (!('deviceModelId' in line) || fits.has(fitsKey(line))) continue;
    const candidates = await resolveFits(db, line.deviceModelId);
    const isAccepted = ({ conditions }: { readonly conditions: readonly string[] }) =>
      conditions.length === 0 || line.acceptConditions === true;
    fits.set(fitsKey(line), {
      options: candidates.filter(isAccepted).map(({ partId, quantityPerDevice }) => ({ partId, quantityPerDevice })),
      notAccepted: candidates.filter((candidate) => !isAccepted(candidate)),
    });
  }
  return fits;
}
