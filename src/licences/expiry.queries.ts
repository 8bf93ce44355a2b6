import type { Queryable } from '../database/database.ts';

/** A day on which a right or its support ends. */
export interface Expiry {
  /** Last day, in UTC. */
  readonly on: string;
  readonly what: 'term' | 'support';
  readonly entitlementId: string;
  readonly entitlementName: string;
  readonly productId: string;
  /** Vendor and name. */
  readonly product: string;
  readonly quantity: number;
  readonly ownerId: string | null;
  /** Days from today, in UTC; negative when it is over. */
  readonly daysLeft: number;
}

/** What a page of the timeline is ordered by. */
export type ExpiryKey = readonly [on: string, what: string, entitlementId: string];

/** The days between two days, both included, on which the term or the support of an entitlement in use ends; in their order. */
export async function expiryTimeline(
  db: Queryable,
  span: { readonly from: string; readonly until: string },
  page: { readonly limit: number; readonly after?: ExpiryKey | undefined },
): Promise<Expiry[]> {
  const parameters: unknown[] = [span.from, span.until, page.limit];
  const placeholder = (value: unknown) => `$${parameters.push(value)}`;
  const [on, what, id] = (page.after ?? []).map(placeholder);
  const behind = (column: string, kind: string) =>
    page.after ? `AND (e.${column}, '${kind}', e.id) > (${on}::date, ${what}, ${id}::uuid)` : '';
  const ends = (column: string, kind: string) =>
    `(SELECT e.${column} AS ends, '${kind}' AS what, e.id FROM entitlement e
      WHERE e.${column} BETWEEN $1::date AND $2::date AND e.retired_at IS NULL ${behind(column, kind)}
      ORDER BY e.${column}, e.id LIMIT $3)`;
  return db.rows<Expiry>(
    `SELECT t.ends::text AS on, t.what, e.id AS "entitlementId", e.name AS "entitlementName",
       p.id AS "productId", p.vendor || ' ' || p.name AS product, e.quantity, e.owner_id AS "ownerId",
       t.ends - utc_today() AS "daysLeft"
     FROM (${ends('ends_on', 'term')} UNION ALL ${ends('support_ends_on', 'support')}) t
     JOIN entitlement e ON e.id = t.id JOIN licence_product p ON p.id = e.product_id
     ORDER BY t.ends, t.what, t.id LIMIT $3`,
    parameters,
  );
}
