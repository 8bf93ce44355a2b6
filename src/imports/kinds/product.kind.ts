import type { Tx } from '../../database/database.ts';
import { type ApplyAct, type ImportKind, PLANNED } from '../import-kind.ts';
import { PRODUCT_CANONICAL, PRODUCT_FIELDS, PRODUCT_JOIN } from './product-reference.ts';

/**
 * Licensed products. All that they have is what they are found by: a line adds one, or changes nothing. The same product may be
 * in many lines, as in a list of entitlements: the first one adds it.
 */
export const PRODUCTS: ImportKind = {
  name: 'products',
  noun: 'product',
  writePermission: 'licence.write',
  readPermission: 'licence.read',
  fields: PRODUCT_FIELDS,
  current: `SELECT p.id, p.vendor, p.name AS product, nullif(p.product_version, '') AS product_version FROM licence_product p`,
  joins: PRODUCT_JOIN,
  match: 'c.id = product.id',
  canonical: PRODUCT_CANONICAL,
  references: {},
  unique: [],
  rules: [],
  hold: async (tx) => {
    await tx.execute(
      `SELECT FROM licence_product WHERE (lower(vendor), lower(name)) IN
         (SELECT lower(vendor), lower(product) FROM staged_line) ORDER BY id FOR NO KEY UPDATE`,
    );
  },
  judge: addOnce,
  apply: applyProducts,
};

/** Lets only the first of several lines add a product; which id it will have, the others cannot say yet. */
async function addOnce(tx: Tx): Promise<void> {
  await tx.execute(
    `UPDATE ${PLANNED} n SET outcome = 'unchanged', subject_id = NULL
     FROM (SELECT line, min(line) OVER (PARTITION BY lower(vendor), lower(product), lower(coalesce(product_version, '')))
             AS first FROM ${PLANNED} WHERE outcome = 'create') r
     WHERE r.line > r.first AND n.line = r.line`,
  );
}

async function applyProducts(tx: Tx, { fromLine, toLine }: ApplyAct): Promise<void> {
  await tx.execute(
    `INSERT INTO licence_product (id, vendor, name, product_version)
     SELECT subject_id, vendor, product, coalesce(product_version, '')
     FROM ${PLANNED} WHERE outcome = 'create' AND line BETWEEN $1 AND $2`,
    [fromLine, toLine],
  );
}
