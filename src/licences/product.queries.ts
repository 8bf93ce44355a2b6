import type { Queryable } from '../database/database.ts';
import {
  containing,
  type ListCursor,
  type ListDeclaration,
  type ListRequest,
  listRows,
} from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import type { Product } from './product.ts';

type ProductFilter = 'q' | 'vendor' | 'inUse';
type ProductSort = 'name' | 'vendor';

const COLUMNS = `p.id, p.vendor, p.name, nullif(p.product_version, '') AS "productVersion", p.retired_at AS "retiredAt",
  p.retired_reason AS "retiredReason", p.version, p.created_at AS "createdAt", p.updated_at AS "updatedAt"`;

/** What the list of products can be asked for. `q` takes a pattern, `inUse` whether it is not retired. */
export const PRODUCT_LIST: ListDeclaration<ProductFilter, ProductSort> = {
  select: COLUMNS,
  from: 'licence_product p',
  sorts: {
    name: {
      keys: [
        { sql: 'lower(p.name)', type: 'text' },
        { sql: 'p.id', type: 'uuid' },
      ],
    },
    vendor: {
      keys: [
        { sql: 'lower(p.vendor)', type: 'text' },
        { sql: 'lower(p.name)', type: 'text' },
        { sql: 'lower(p.product_version)', type: 'text' },
      ],
    },
  },
  filters: {
    q: (value) => `p.search LIKE ${value}`,
    vendor: (value) => `lower(p.vendor) = lower(${value})`,
    inUse: (value) => `(p.retired_at IS NULL) = ${value}`,
  },
  pairs: [
    { filters: ['q', 'inUse'], sorts: ['name', 'vendor'] },
    { filters: ['vendor', 'inUse'], sorts: ['vendor'] },
  ],
};

/** A page of products; each row carries the cursor that continues behind it. */
export async function listProducts(
  db: Queryable,
  request: ListRequest<ProductFilter, ProductSort>,
): Promise<{ readonly product: Product; readonly listCursor: ListCursor }[]> {
  const rows = await listRows<ProductRecord, ProductFilter, ProductSort>(db, PRODUCT_LIST, request);
  return rows.map((row) => ({ product: productOf(row), listCursor: row.listCursor }));
}

/**
 * One product by its id, retired ones included.
 * @throws AppError `not-found` `no-such-product`.
 */
export async function productById(db: Queryable, id: string): Promise<Product> {
  const [row] = await db.rows<ProductRecord>(`SELECT ${COLUMNS} FROM licence_product p WHERE p.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-product', `There is no licensed product ${id}`);
  return productOf(row);
}

const MATCHES_MAX = 20;

/**
 * The products that a text may mean, whatever the case: the one of this id; else those in use whose vendor, name and version
 * it is; else those whose name it is, alone, with the vendor, or with the version. None when it is unknown, several when it
 * is ambiguous (20 at most), in the order of their names.
 */
export async function productsMatching(db: Queryable, text: string): Promise<Product[]> {
  const wanted = text.trim();
  if (wanted === '') return [];
  if (isId(wanted)) {
    const rows = await db.rows<ProductRecord>(`SELECT ${COLUMNS} FROM licence_product p WHERE p.id = $1`, [wanted]);
    return rows.map(productOf);
  }
  // Every form is a part of `search`, whose index finds the few that come into question.
  const rows = await db.rows<ProductRecord & { whole: boolean }>(
    `SELECT ${COLUMNS}, rtrim(p.search) = lower($1) AS whole FROM licence_product p
     WHERE p.search LIKE $2 AND p.retired_at IS NULL
       AND lower($1) IN (rtrim(p.search), lower(p.name), lower(p.vendor || ' ' || p.name),
                         lower(p.name || ' ' || p.product_version))
     ORDER BY whole DESC, lower(p.name), lower(p.vendor), lower(p.product_version) LIMIT $3`,
    [wanted, containing(wanted), MATCHES_MAX],
  );
  const whole = rows.filter((row) => row.whole);
  return (whole.length > 0 ? whole : rows).map(productOf);
}

/** How many entitlements in use a product has. */
export async function entitlementsInUseOf(db: Queryable, productId: string): Promise<number> {
  const [row] = await db.rows<{ count: string }>(
    'SELECT count(*) FROM entitlement WHERE product_id = $1 AND retired_at IS NULL',
    [productId],
  );
  return Number(row?.count);
}

interface ProductRecord {
  readonly id: string;
  readonly vendor: string;
  readonly name: string;
  readonly productVersion: string | null;
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function productOf(row: ProductRecord): Product {
  const { id, vendor, name, productVersion, retiredAt, retiredReason, version, createdAt, updatedAt } = row;
  return {
    id,
    vendor,
    name,
    productVersion,
    retired: retiredAt && { at: instantOf(retiredAt), reason: retiredReason ?? '' },
    version,
    createdAt: instantOf(createdAt),
    updatedAt: instantOf(updatedAt),
  };
}
