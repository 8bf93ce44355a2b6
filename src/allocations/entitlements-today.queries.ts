import type { Queryable } from '../database/database.ts';

/** The ids of the entitlements of these products that give seats today, the one that ends first first. */
export async function entitlementsToday(db: Queryable, productIds: readonly string[]): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT id FROM entitlement WHERE product_id = ANY ($1::uuid[]) AND entitlement_seats(entitlement) > 0
     ORDER BY ends_on, id`,
    [productIds],
  );
  return rows.map(({ id }) => id);
}
