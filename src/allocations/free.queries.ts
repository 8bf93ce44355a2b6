import type { Queryable } from '../database/database.ts';
import { type CountedPlace, ordinarilyFree } from './availability.ts';
import type { Headroom } from './pick-pool.ts';

/** What can be taken of a part from now on, for as long as it takes. */
export interface FreePart {
  readonly partId: string;
  /** What an ordinary line could have. */
  readonly ordinary: number;
  /** What an emergency could have before anybody gives way. */
  readonly withReserve: number;
  readonly places: readonly FreePlace[];
  /** True when the counting ended at its bound: there may be more, and more places. */
  readonly isAtLeast: boolean;
}

/** What could be taken of it in one place, if nothing were taken elsewhere. */
export interface FreePlace {
  readonly location: { readonly id: string; readonly code: string };
  readonly ordinary: number;
  readonly withReserve: number;
}

/** Free units of one part that are counted, unless more are asked about. */
const UNITS_COUNTED = 200;

/**
 * What is free of these parts, by place, in the order of the places' codes. Unlike `partAvailability` it says nothing of
 * what is not free, and so its work has a bound however many units a part has.
 * @param needed so many pieces of each part are counted in any case, and 200 at least.
 */
export async function freeParts(
  db: Queryable,
  partIds: readonly string[],
  needed: number,
): Promise<Map<string, FreePart>> {
  if (partIds.length === 0) return new Map();
  const bound = Math.max(needed, UNITS_COUNTED);
  const rows = await db.rows<FreeRecord>(FREE, [partIds, bound]);
  return new Map(rows.map((row) => [row.partId, freePartOf(row, bound)]));
}

interface FreeRecord {
  readonly partId: string;
  readonly tracking: 'serial' | 'bulk';
  readonly places: readonly CountedPlace[];
  readonly headrooms: readonly Headroom[];
}

function freePartOf({ partId, tracking, places, headrooms }: FreeRecord, bound: number): FreePart {
  const withReserve = places.reduce((sum, { free }) => sum + free, 0);
  return {
    partId,
    ordinary: ordinarilyFree(places, headrooms),
    withReserve,
    places: places.map((place) => ({
      location: place.location,
      ordinary: ordinarilyFree([place], headrooms),
      withReserve: place.free,
    })),
    isAtLeast: tracking === 'serial' && withReserve >= bound,
  };
}

/** From now on without end: what is promised to somebody later is not free for as long as it takes. */
const FROM_NOW = `tstzrange(clock_timestamp(), 'infinity')`;

const FREE = `
  WITH asked AS (
    SELECT id, tracking, emergency_reserve FROM part WHERE id = ANY ($1::uuid[])
  ), lying AS (
    SELECT a.id AS part_id, u.location_id, count(*) AS free
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
  ), inside AS (
    SELECT r.part_id, below.id AS location_id, array_agg(r.location_id) AS zones
    FROM part_reserve r CROSS JOIN LATERAL location_subtree(r.location_id) AS below (id)
    WHERE r.part_id = ANY ($1::uuid[]) GROUP BY r.part_id, below.id
  ), floors AS (
    SELECT f.part_id, f.location_id, f.floor + part_held_peak(f.part_id, f.location_id, ${FROM_NOW}) AS bound
    FROM (SELECT id AS part_id, NULL::uuid AS location_id, emergency_reserve AS floor FROM asked WHERE emergency_reserve > 0
          UNION ALL SELECT part_id, location_id, quantity FROM part_reserve WHERE part_id = ANY ($1::uuid[])) f
  )
  SELECT a.id AS "partId", a.tracking,
    (SELECT coalesce(json_agg(json_build_object('location', json_build_object('id', loc.id, 'code', loc.code),
        'onHand', y.free, 'usable', y.free, 'free', y.free, 'zones', coalesce(i.zones, '{}')) ORDER BY lower(loc.code)), '[]')
     FROM lying y JOIN location loc ON loc.id = y.location_id
     LEFT JOIN inside i ON i.part_id = y.part_id AND i.location_id = y.location_id
     WHERE y.part_id = a.id AND y.free > 0) AS places,
    (SELECT coalesce(json_agg(json_build_object('locationId', f.location_id,
        'pieces', part_usable(a.id, f.location_id, f.bound + $2) - f.bound)), '[]')
     FROM floors f WHERE f.part_id = a.id) AS headrooms
  FROM asked a`;
