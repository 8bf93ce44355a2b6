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
  return (await productsMatchingEach(db, [text])).get(text) ?? [];
}

/** As {@link productsMatching}, of many texts at once, by the text; one that means nothing is left out. */
export async function productsMatchingEach(db: Queryable, texts: readonly string[]): Promise<Map<string, Product[]>> {
  const asked = texts.map((text) => ({ text, name: text.trim() }));
  const byId = await productsOfIds(
    db,
    asked.flatMap(({ name }) => (isId(name) ? name : [])),
  );
  const byName = await productsOfNames(
    db,
    asked.flatMap(({ name }) => (isId(name) || name === '' ? [] : name)),
  );
  const found = new Map<string, Product[]>();
  for (const { text, name } of asked) {
    const products = isId(name) ? byId.get(name.toLowerCase()) : byName.get(name);
    if (products) found.set(text, products);
  }
  return found;
}

async function productsOfIds(db: Queryable, ids: readonly string[]): Promise<Map<string, Product[]>> {
  if (ids.length === 0) return new Map();
  const rows = await db.rows<ProductRecord>(`SELECT ${COLUMNS} FROM licence_product p WHERE p.id = ANY ($1::uuid[])`, [
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, [productOf(row)]]));
}

async function productsOfNames(db: Queryable, names: readonly string[]): Promise<Map<string, Product[]>> {
  const asked = [...new Set(names)];
  if (asked.length === 0) return new Map();
  // Every form is a part of `search`, whose index finds the few that come into question.
  const rows = await db.rows<ProductRecord & { readonly asked: string; readonly whole: boolean }>(
    `SELECT w.asked, found.* FROM unnest($1::text[], $2::text[]) AS w (asked, pattern) CROSS JOIN LATERAL (
       SELECT ${COLUMNS}, rtrim(p.search) = lower(w.asked) AS whole FROM licence_product p
       WHERE p.search LIKE w.pattern AND p.retired_at IS NULL
         AND lower(w.asked) IN (rtrim(p.search), lower(p.name), lower(p.vendor || ' ' || p.name),
                                lower(p.name || ' ' || p.product_version))
       ORDER BY whole DESC, lower(p.name), lower(p.vendor), lower(p.product_version) LIMIT ${MATCHES_MAX}
     ) found
     ORDER BY w.asked, found.whole DESC, lower(found.name), lower(found.vendor), lower(found."productVersion")`,
    [asked, asked.map(containing)],
  );
  return new Map([...Map.groupBy(rows, (row) => row.asked)].map(([text, group]) => [text, meantOf(group)]));
}

function meantOf(rows: readonly (ProductRecord & { readonly whole: boolean })[]): Product[] {
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
