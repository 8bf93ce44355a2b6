import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { entitlementsInUseOf, productById } from './product.queries.ts';
import { insertProduct, lockProduct, retireProductRow, updateProductRow } from './product.store.ts';
import type { NewProduct, Product, ProductChange } from './product.ts';

/** What is to change, and the version of it that the caller has read. */
export interface LicenceTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** Adds a licensed product. @throws AppError `conflict` `product-taken`. */
export async function createProduct(tx: Tx, caller: Caller, wanted: NewProduct): Promise<Product> {
  const id = newId();
  await insertProduct(tx, { id, ...wanted, productVersion: wanted.productVersion ?? '' });
  await recordAudit(tx, { ...originOf(caller), action: 'licence-product.create', ...subject(id), details: wanted });
  return productById(tx, id);
}

/**
 * Changes a licensed product: what the change names replaces what was there.
 * @throws AppError `not-found`, `stale`; `conflict` `product-retired`, `product-taken`.
 */
export async function updateProduct(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: LicenceTarget,
  change: ProductChange,
): Promise<Product> {
  await lockProduct(tx, id, expectedVersion);
  const { productVersion, ...columns } = change;
  await updateProductRow(tx, id, {
    ...columns,
    productVersion: productVersion === undefined ? undefined : (productVersion ?? ''),
  });
  await recordAudit(tx, { ...originOf(caller), action: 'licence-product.update', ...subject(id), details: change });
  return productById(tx, id);
}

/**
 * Takes a product out of use for good. It stays readable, because entitlements name it.
 * @throws AppError `not-found`, `stale`; `conflict` `product-retired`, or `product-still-entitled` while an entitlement to
 *   it is in use.
 */
export async function retireProduct(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: LicenceTarget,
  reason: string,
): Promise<Product> {
  const { title } = await lockProduct(tx, id, expectedVersion);
  const entitlements = await entitlementsInUseOf(tx, id);
  if (entitlements > 0) {
    throw new AppError(
      'conflict',
      'product-still-entitled',
      `${title} has ${entitlements} entitlement${entitlements === 1 ? '' : 's'} in use: retire those first`,
    );
  }
  await retireProductRow(tx, id, reason);
  const details = { title, reason };
  await recordAudit(tx, { ...originOf(caller), action: 'licence-product.retire', ...subject(id), details });
  return productById(tx, id);
}

const subject = (id: string) => ({ subjectKind: 'licence-product', subjectId: id });
