import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { type ColumnChanges, statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';
import { ProductEntity, type ProductRow } from './licence.entity.ts';

type NewProductRow = Pick<ProductRow, 'id' | 'vendor' | 'name' | 'productVersion'>;

/** A product as it is before a change, as messages call it. */
export interface ProductState {
  readonly title: string;
}

/**
 * Reads a product in use, which nobody else can change until the transaction ends.
 * @throws AppError `not-found`; `conflict` `product-retired`; `stale` when its version is not the expected one.
 */
export async function lockProduct(tx: Tx, id: string, expectedVersion: number): Promise<ProductState> {
  const [found] = await tx.rows<ProductState & { version: number; retired: boolean }>(
    `SELECT vendor || ' ' || name AS title, version, retired_at IS NOT NULL AS retired
     FROM licence_product WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw new AppError('not-found', 'no-such-product', `There is no licensed product ${id}`);
  if (found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-product',
      `${found.title} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (found.retired) throw new AppError('conflict', 'product-retired', `${found.title} is retired and changes no more`);
  return found;
}

/**
 * Keeps a product in use until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-product` when there is none, or it is retired.
 */
export async function holdProduct(tx: Tx, id: string): Promise<void> {
  const [found] = await tx.rows<{ retired: boolean }>(
    'SELECT retired_at IS NOT NULL AS retired FROM licence_product WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return;
  const reason = found ? `the product ${id} is retired` : `there is no product ${id}`;
  throw new AppError('unprocessable', 'unsuitable-product', `An entitlement is for a product in use: ${reason}`, {
    fields: [{ field: '#/productId', message: `must be the id of a product in use: ${reason}` }],
  });
}

/** @throws AppError `conflict` `product-taken`. */
export async function insertProduct(tx: Tx, row: NewProductRow): Promise<void> {
  await mapConstraints({ licence_product_unique: productTaken }, () => tx.repository(ProductEntity).insert(row));
}

/** Sets columns and counts the version up. @throws AppError `conflict` `product-taken`. */
export async function updateProductRow(
  tx: Tx,
  id: string,
  change: ColumnChanges<Omit<NewProductRow, 'id'>>,
): Promise<void> {
  await mapConstraints({ licence_product_unique: productTaken }, () =>
    tx
      .repository(ProductEntity)
      .update({ id }, { ...statedColumns(change), version: () => 'version + 1', updatedAt: () => 'now()' }),
  );
}

/** Marks a product as retired. The caller holds it by {@link lockProduct}. */
export async function retireProductRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx
    .repository(ProductEntity)
    .update(
      { id },
      { retiredAt: () => 'now()', retiredReason: reason, version: () => 'version + 1', updatedAt: () => 'now()' },
    );
}

function productTaken(): AppError {
  return new AppError(
    'conflict',
    'product-taken',
    'A product of this vendor, name and version exists already, perhaps retired',
    { fields: [{ field: '#/name', message: 'is taken for this vendor and version' }] },
  );
}
