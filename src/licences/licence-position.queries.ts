import type { Queryable } from '../database/database.ts';
import { type LicencePosition, type PositionCounts, positionLine } from './licence-position.ts';
import { productTitle } from './product.ts';

/** Which positions, and at which instant. */
export interface PositionWish {
  /** ISO; now when left out. */
  readonly at?: string | undefined;
  readonly productId?: string | undefined;
  /** Behind this product. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * How products stand at an instant, by their ids: what is owned and used by metric, and what is installed. Of a past instant,
 * quantities of entitlements are those of today, and the answer says how many were changed since.
 */
export async function licencePositions(db: Queryable, wish: PositionWish): Promise<LicencePosition[]> {
  const rows = await db.rows<PositionRecord>(POSITIONS, [
    wish.after ?? null,
    wish.productId ?? null,
    wish.limit,
    wish.at ?? null,
  ]);
  return rows.map((row) => ({
    product: { id: row.id, vendor: row.vendor, name: row.name, productVersion: row.productVersion },
    title: productTitle(row),
    at: row.at.toISOString(),
    lines: linesOf(row),
    changedSince: Number(row.changedSince),
  }));
}

function linesOf({ metrics, installed }: PositionRecord) {
  const owned = metrics.reduce((sum, one) => sum + one.owned, 0);
  const lines = metrics.map(({ metric, ...counts }) => positionLine(metric, counts));
  const found = Number(installed);
  // Installations do not say by which metric they count: they are held against all that is owned.
  return found === 0 ? lines : [...lines, positionLine('installations', { owned, inUse: found, reserved: 0 })];
}

/** SQL over `l` and `t.at`: a seat was handed out by then, and not yet back; or it was promised. */
const ISSUED = 'l.issued_at <= t.at AND (l.ended_at IS NULL OR l.ended_at > t.at)';
const PROMISED = `l.created_at <= t.at AND (l.issued_at IS NULL OR l.issued_at > t.at)
  AND (l.ended_at IS NULL OR l.ended_at > t.at) AND (l.expires_at IS NULL OR l.expires_at > t.at)`;
const IN_FORCE = `e.starts_on <= (t.at AT TIME ZONE 'UTC')::date AND coalesce(e.ends_on >= (t.at AT TIME ZONE 'UTC')::date, true)
  AND coalesce(e.retired_at > t.at, true)`;

const POSITIONS = `SELECT p.id, p.vendor, p.name, nullif(p.product_version, '') AS "productVersion", t.at,
    coalesce(m.metrics, '[]') AS metrics, coalesce(m.changed, 0) AS "changedSince", i.installed
  FROM (SELECT * FROM licence_product WHERE ($1::uuid IS NULL OR id > $1) AND ($2::uuid IS NULL OR id = $2)
    ORDER BY id LIMIT $3) p
  CROSS JOIN (SELECT coalesce($4::timestamptz, clock_timestamp()) AS at) t
  CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('metric', metric, 'owned', owned, 'inUse', in_use, 'reserved', reserved)
             ORDER BY metric) AS metrics, sum(changed) AS changed
    FROM (
      SELECT e.metric, coalesce(sum(e.quantity) FILTER (WHERE ${IN_FORCE}), 0) AS owned, sum(u.in_use) AS in_use,
        sum(u.reserved) AS reserved, count(*) FILTER (WHERE e.updated_at > t.at) AS changed
      FROM entitlement e
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(l.quantity) FILTER (WHERE ${ISSUED}), 0) AS in_use,
          coalesce(sum(l.quantity) FILTER (WHERE ${PROMISED}), 0) AS reserved
        FROM allocation_line l WHERE l.entitlement_id = e.id AND ($4::timestamptz IS NOT NULL OR l.state IN ('held', 'issued'))
      ) u
      WHERE e.product_id = p.id GROUP BY e.metric
      HAVING bool_or(${IN_FORCE}) OR sum(u.in_use + u.reserved) > 0
    ) by_metric
  ) m
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(quantity), 0) AS installed FROM installation
    WHERE product_id = p.id AND discovered_at <= t.at AND coalesce(removed_at > t.at, true)
  ) i
  ORDER BY p.id`;

interface PositionRecord {
  readonly id: string;
  readonly vendor: string;
  readonly name: string;
  readonly productVersion: string | null;
  readonly at: Date;
  readonly metrics: readonly ({ readonly metric: LicencePosition['lines'][number]['basis'] } & PositionCounts)[];
  readonly changedSince: string;
  readonly installed: string;
}
