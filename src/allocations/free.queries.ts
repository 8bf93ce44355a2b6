import type { Queryable } from '../database/database.ts';
import type { FreeEntitlement, FreePart } from './free.ts';

/** Units of one part that are looked at, unless more are asked about. */
const UNITS_COUNTED = 1000;

/** From now on without end: what is promised to somebody later is not free for as long as it takes. */
const FROM_NOW = `tstzrange(clock_timestamp(), 'infinity')`;

/**
 * What is free of these parts, by place, in the order of the places' codes. Nothing is locked: it is so at this moment.
 * @param needed so many pieces of a part are counted in any case; beyond 1,000 units the count may stop there.
 */
export async function freeParts(
  db: Queryable,
  partIds: readonly string[],
  needed: number,
): Promise<Map<string, FreePart>> {
  if (partIds.length === 0) return new Map();
  const rows = await db.rows<FreePart>(
    `WITH asked AS (
       SELECT id, tracking, emergency_reserve FROM part WHERE id = ANY ($1::uuid[])
     ), lying AS (
       SELECT a.id AS part_id, u.location_id, count(*) AS pieces
       FROM asked a CROSS JOIN LATERAL (
         SELECT u.location_id FROM unit u
         WHERE u.part_id = a.id AND u.state = 'in_stock' AND unit_usable(u) AND NOT EXISTS (
           SELECT FROM allocation_line l
           WHERE l.unit_id = u.id AND l.state IN ('held', 'issued') AND l.during && ${FROM_NOW}
             AND (l.state = 'issued' OR l.expires_at > clock_timestamp()))
         LIMIT $2
       ) u WHERE a.tracking = 'serial' GROUP BY a.id, u.location_id
       UNION ALL
       SELECT a.id, s.location_id, sum(greatest(0, s.quantity - stock_held_peak(s.id, ${FROM_NOW})))
       FROM asked a JOIN stock s ON s.part_id = a.id
       WHERE a.tracking = 'bulk' AND s.condition = 'usable' AND s.quantity > 0
         AND (s.expires_on IS NULL OR s.expires_on >= utc_today())
       GROUP BY a.id, s.location_id
     ), floors AS (
       SELECT f.part_id, f.location_id, f.floor + part_held_peak(f.part_id, f.location_id, ${FROM_NOW}) AS bound
       FROM (SELECT id AS part_id, NULL::uuid AS location_id, emergency_reserve AS floor FROM asked WHERE emergency_reserve > 0
             UNION ALL SELECT part_id, location_id, quantity FROM part_reserve WHERE part_id = ANY ($1::uuid[])) f
     )
     SELECT a.id AS "partId",
       (SELECT coalesce(json_agg(json_build_object(
          'location', json_build_object('id', loc.id, 'code', loc.code, 'name', loc.name), 'pieces', y.pieces,
          'zones', ARRAY(SELECT r.location_id FROM part_reserve r
                         WHERE r.part_id = a.id AND y.location_id IN (SELECT location_subtree(r.location_id))))
          ORDER BY lower(loc.code)), '[]')
        FROM lying y JOIN location loc ON loc.id = y.location_id WHERE y.part_id = a.id AND y.pieces > 0) AS places,
       (SELECT coalesce(json_agg(json_build_object('locationId', f.location_id,
          'pieces', part_usable(a.id, f.location_id, f.bound + $2) - f.bound)), '[]')
        FROM floors f WHERE f.part_id = a.id) AS headrooms
     FROM asked a`,
    [partIds, Math.max(needed, UNITS_COUNTED)],
  );
  return new Map(rows.map((row) => [row.partId, row]));
}

/** The entitlements of these products whose seats can be taken today, the one that ends first first. */
export async function freeEntitlements(db: Queryable, productIds: readonly string[]): Promise<FreeEntitlement[]> {
  if (productIds.length === 0) return [];
  const rows = await db.rows<
    Omit<FreeEntitlement, 'used' | 'ordinarilyUsed'> & { used: string; ordinarilyUsed: string }
  >(
    `SELECT e.product_id AS "productId", json_build_object('id', e.id, 'name', e.name) AS entitlement,
            entitlement_seats(e) AS seats, entitlement_seats_max(e) AS "seatsMax",
            seats_used_peak(e.id, ${FROM_NOW}, false) AS used, seats_used_peak(e.id, ${FROM_NOW}, true) AS "ordinarilyUsed",
            e.emergency_reserve AS "emergencyReserve"
     FROM entitlement e
     WHERE e.product_id = ANY ($1::uuid[]) AND entitlement_seats(e) > 0
     ORDER BY e.ends_on, e.id`,
    [productIds],
  );
  return rows.map((row) => ({ ...row, used: Number(row.used), ordinarilyUsed: Number(row.ordinarilyUsed) }));
}
