import type { Queryable } from '../database/database.ts';

/** What ends: a right, its support, a warranty, a shelf life, or the time for which a test counts. */
export const EXPIRING_KINDS = ['term', 'support', 'warranty', 'shelf-life', 'test'] as const;
export type ExpiringKind = (typeof EXPIRING_KINDS)[number];

/** Something that ends on a day. */
export interface Expiring {
  /** Last day, in UTC. */
  readonly on: string;
  readonly what: ExpiringKind;
  /** Days from today, in UTC; negative when it is over. */
  readonly daysLeft: number;
  readonly subject: { readonly kind: 'entitlement' | 'unit' | 'stock'; readonly id: string; readonly name: string };
  /** The part number, or vendor and name of the licensed product. */
  readonly of: string;
  /** Seats or pieces. */
  readonly quantity: number;
  readonly locationCode: string | null;
  readonly ownerId: string | null;
}

/** What a page is ordered by. */
export type ExpiringKey = readonly [on: string, what: string, id: string];

/** What of the timeline is wanted. */
export interface ExpiringWish {
  /** First day. */
  readonly from: string;
  /** Days from today, the last one included. */
  readonly withinDays: number;
  readonly what?: ExpiringKind | undefined;
  readonly partId?: string | undefined;
  readonly productId?: string | undefined;
}

/** A table whose rows end by a column. Each has an index in the order of days. */
interface Source {
  readonly what: ExpiringKind;
  readonly kind: Expiring['subject']['kind'];
  readonly from: string;
  readonly column: string;
  /** What still matters: rows that could be used, or are. */
  readonly only: string;
}

const SOURCES: readonly Source[] = [
  { what: 'term', kind: 'entitlement', from: 'entitlement t', column: 'ends_on', only: 't.retired_at IS NULL' },
  {
    what: 'support',
    kind: 'entitlement',
    from: 'entitlement t',
    column: 'support_ends_on',
    only: 't.retired_at IS NULL',
  },
  { what: 'warranty', kind: 'unit', from: 'unit t', column: 'warranty_until', only: `t.state <> 'retired'` },
  { what: 'shelf-life', kind: 'unit', from: 'unit t', column: 'expires_on', only: `t.state = 'in_stock'` },
  { what: 'shelf-life', kind: 'stock', from: 'stock t', column: 'expires_on', only: 't.quantity > 0' },
  { what: 'test', kind: 'unit', from: 'unit t', column: 'test_due_on', only: `t.state = 'in_stock'` },
];

/** What ends until a day, in the order of the days: what is over already comes first. */
export async function expiringTimeline(
  db: Queryable,
  wish: ExpiringWish,
  page: { readonly limit: number; readonly after?: ExpiringKey | undefined },
): Promise<Expiring[]> {
  const parameters: unknown[] = [wish.from, wish.withinDays, page.limit];
  const put = (value: unknown) => `$${parameters.push(value)}`;
  const after = page.after?.map(put);
  const ofPart = wish.partId === undefined ? undefined : `t.part_id = ${put(wish.partId)}::uuid`;
  const ofProduct = wish.productId === undefined ? undefined : `t.product_id = ${put(wish.productId)}::uuid`;
  const branches = SOURCES.filter(({ what }) => wish.what === undefined || what === wish.what).flatMap((source) => {
    const isLicence = source.kind === 'entitlement';
    // Entitlements are of no part, and units of no product.
    if (isLicence ? ofPart !== undefined : ofProduct !== undefined) return [];
    return [branchOf(source, isLicence ? ofProduct : ofPart, after)];
  });
  if (branches.length === 0) return [];
  return db.rows<Expiring>(
    `SELECT x.ends::text AS on, x.what, x.ends - utc_today() AS "daysLeft",
       json_build_object('kind', x.kind, 'id', x.id,
         'name', coalesce(e.name, u.serial, concat_ws(' ', p.part_number, nullif(k.lot, '')))) AS subject,
       coalesce(p.part_number, c.vendor || ' ' || c.name) AS of, coalesce(e.quantity, k.quantity, 1) AS quantity,
       l.code AS "locationCode", coalesce(e.owner_id, p.owner_id) AS "ownerId"
     FROM (${branches.join(' UNION ALL ')}) x
     LEFT JOIN entitlement e ON x.kind = 'entitlement' AND e.id = x.id LEFT JOIN licence_product c ON c.id = e.product_id
     LEFT JOIN unit u ON x.kind = 'unit' AND u.id = x.id LEFT JOIN stock k ON x.kind = 'stock' AND k.id = x.id
     LEFT JOIN part p ON p.id = coalesce(u.part_id, k.part_id)
     LEFT JOIN location l ON l.id = coalesce(u.location_id, k.location_id)
     ORDER BY x.ends, x.what, x.id LIMIT $3`,
    parameters,
  );
}

/** The next rows of one source, as many as a page could take. */
function branchOf(
  { what, kind, from, column, only }: Source,
  filter: string | undefined,
  after: readonly string[] | undefined,
): string {
  const [on, afterWhat, id] = after ?? [];
  const conditions = [
    `t.${column} BETWEEN $1::date AND utc_today() + $2::integer`,
    only,
    ...(filter === undefined ? [] : [filter]),
    ...(after ? [`(t.${column}, '${what}', t.id) > (${on}::date, ${afterWhat}, ${id}::uuid)`] : []),
  ];
  return `(SELECT t.${column} AS ends, '${what}' AS what, '${kind}' AS kind, t.id FROM ${from}
    WHERE ${conditions.join(' AND ')} ORDER BY t.${column}, t.id LIMIT $3)`;
}
