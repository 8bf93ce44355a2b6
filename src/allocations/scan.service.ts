import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationById } from './allocation.queries.ts';
import { type Allocation, numberOfCode } from './allocation.ts';
import { allocationIdOfNumber, scannedLocation, scannedUnits } from './scan.queries.ts';
import type { ScannedLocation, ScannedUnit } from './scan.ts';

/** One thing that a code stands for. */
export type ScanMatch =
  | { readonly kind: 'unit'; readonly by: 'asset-tag' | 'serial'; readonly unit: ScannedUnit }
  | { readonly kind: 'location'; readonly location: ScannedLocation }
  | { readonly kind: 'allocation'; readonly allocation: Allocation };

/**
 * Everything that a scanned code stands for: an asset tag, a serial (of several parts perhaps), the code of a location or
 * of an allocation. All of them are answered, because a label does not say which it is.
 * @throws AppError `not-found` `code-unknown`, which says what was tried.
 */
export async function resolveScan(db: Queryable, code: string): Promise<ScanMatch[]> {
  const units = await scannedUnits(db, code);
  const location = await scannedLocation(db, code);
  const number = numberOfCode(code);
  const allocationId = number === undefined ? undefined : await allocationIdOfNumber(db, number);
  const isTag = ({ assetTag }: ScannedUnit) => assetTag?.toLowerCase() === code.toLowerCase();
  const matches: ScanMatch[] = [
    ...units.map((unit) => ({ kind: 'unit', by: isTag(unit) ? 'asset-tag' : 'serial', unit }) as const),
    ...(location ? [{ kind: 'location', location } as const] : []),
    ...(allocationId ? [{ kind: 'allocation', allocation: await allocationById(db, allocationId) } as const] : []),
  ];
  if (matches.length > 0) return matches;
  const tried =
    number === undefined ? '; it is no allocation code such as CO-000042' : ', and no allocation has that number';
  throw new AppError(
    'not-found',
    'code-unknown',
    `Nothing has the code ${code}: it is no asset tag, no serial and no location code${tried}`,
  );
}
