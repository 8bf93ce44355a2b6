import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import {
  type AvailabilityWindow,
  type CountedPlace,
  type EntitlementAvailability,
  ordinarilyFree,
  type PartAvailability,
} from './availability.ts';
import type { Place } from './pick-pool.ts';

/**
 * What there is of parts, in the order of the ids, now or in a window; parts that are not there are left out. One
 * statement. Holds that have expired count as free, whoever has noted it.
 */
export async function partAvailability(
  db: Queryable,
  partIds: readonly string[],
  window?: AvailabilityWindow,
): Promise<PartAvailability[]> {
  const rows = await db.rows<PartRecord>(PARTS, [partIds, ...bounds(window)]);
  return rows.map(availabilityOfPart);
}

/** As {@link partAvailability}, of seats of entitlements. */
export async function entitlementAvailability(
  db: Queryable,
  entitlementIds: readonly string[],
  window?: AvailabilityWindow,
): Promise<EntitlementAvailability[]> {
  const rows = await db.rows<EntitlementRecord>(ENTITLEMENTS, [entitlementIds, ...bounds(window)]);
  return rows.map(availabilityOfEntitlement);
}

/** @throws AppError `not-found` `no-such-part`. */
export async function availabilityOfPartById(db: Queryable, id: string, window?: AvailabilityWindow) {
  const [found] = await partAvailability(db, [id], window);
  if (!found) throw new AppError('not-found', 'no-such-part', `There is no part ${id}`);
  return found;
}

/** @throws AppError `not-found` `no-such-entitlement`. */
export async function availabilityOfEntitlementById(db: Queryable, id: string, window?: AvailabilityWindow) {
  const [found] = await entitlementAvailability(db, [id], window);
  if (!found) throw new AppError('not-found', 'no-such-entitlement', `There is no entitlement ${id}`);
  return found;
}

function bounds(window: AvailabilityWindow | undefined): [from: string | null, until: string | null] {
  return [window?.from?.toString() ?? null, window?.until?.toString() ?? null];
}

// Read once for each statement, so that every sum of it is of the same instant.
const WINDOW = `
  "window" AS MATERIALIZED (
    SELECT tstzrange(coalesce($2::timestamptz, clock_timestamp()), coalesce($3::timestamptz, 'infinity')) AS span,
           (coalesce($2::timestamptz, clock_timestamp()) AT TIME ZONE 'UTC')::date AS first_day
  )`;

const LIVE_ON_UNIT = `
  EXISTS (SELECT FROM allocation_line l WHERE l.unit_id = u.id AND l.during && w.span
    AND (l.state = 'issued' OR (l.state = 'held' AND l.expires_at > clock_timestamp())))`;

const PARTS = `
  WITH ${WINDOW}, counted AS (
    SELECT u.part_id, u.location_id, 1 AS on_hand,
           (unit_usable(u) AND coalesce(u.expires_on >= w.first_day, true))::integer AS usable,
           (unit_usable(u) AND coalesce(u.expires_on >= w.first_day, true) AND NOT ${LIVE_ON_UNIT})::integer AS free,
           (u.state = 'quarantined')::integer AS quarantined,
           (u.state = 'in_stock' AND coalesce(u.expires_on < w.first_day, false))::integer AS expired,
           (u.state = 'in_stock' AND coalesce(u.expires_on >= w.first_day, true)
             AND coalesce(u.test_due_on < utc_today(), false))::integer AS untested
    FROM unit u CROSS JOIN "window" w
    WHERE u.part_id = ANY ($1::uuid[]) AND u.state IN ('in_stock', 'quarantined')
    UNION ALL
    SELECT s.part_id, s.location_id, s.quantity,
           CASE WHEN ok THEN s.quantity ELSE 0 END,
           CASE WHEN ok THEN greatest(0, s.quantity - stock_held_peak(s.id, w.span)) ELSE 0 END,
           CASE s.condition WHEN 'quarantined' THEN s.quantity ELSE 0 END,
           CASE WHEN s.condition = 'usable' AND NOT ok THEN s.quantity ELSE 0 END, 0
    FROM stock s CROSS JOIN "window" w
    CROSS JOIN LATERAL (SELECT s.condition = 'usable' AND coalesce(s.expires_on >= greatest(w.first_day, utc_today()), true) AS ok) judged
    WHERE s.part_id = ANY ($1::uuid[]) AND s.quantity > 0
  ), placed AS (
    SELECT part_id, location_id, sum(on_hand) AS on_hand, sum(usable) AS usable, sum(free) AS free,
           sum(quarantined) AS quarantined, sum(expired) AS expired, sum(untested) AS untested
    FROM counted GROUP BY part_id, location_id
  ), inside AS (
    SELECT r.part_id, below.id AS location_id, array_agg(r.location_id) AS zones
    FROM part_reserve r CROSS JOIN LATERAL location_subtree(r.location_id) AS below (id)
    WHERE r.part_id = ANY ($1::uuid[]) GROUP BY r.part_id, below.id
  )
  SELECT p.id, p.manufacturer, p.part_number AS "partNumber", p.name, p.tracking, p.emergency_reserve AS reserve,
    part_held_peak(p.id, NULL, w.span)::integer AS "ordinarilyHeld",
    (SELECT coalesce(json_agg(json_build_object('location', json_build_object('id', loc.id, 'code', loc.code),
        'onHand', c.on_hand, 'usable', c.usable, 'free', c.free, 'quarantined', c.quarantined, 'expired', c.expired,
        'untested', c.untested, 'zones', coalesce(i.zones, '{}')) ORDER BY lower(loc.code)), '[]')
     FROM placed c JOIN location loc ON loc.id = c.location_id
     LEFT JOIN inside i ON i.part_id = c.part_id AND i.location_id = c.location_id
     WHERE c.part_id = p.id) AS places,
    (SELECT coalesce(json_agg(json_build_object('location', json_build_object('id', loc.id, 'code', loc.code),
        'quantity', r.quantity, 'ordinarilyHeld', part_held_peak(p.id, r.location_id, w.span)) ORDER BY lower(loc.code)), '[]')
     FROM part_reserve r JOIN location loc ON loc.id = r.location_id WHERE r.part_id = p.id) AS reserves,
    (SELECT count(*)::integer FROM unit u WHERE u.part_id = p.id AND u.state = 'in_repair') AS "inRepair",
    coalesce(issued.pieces, 0)::integer AS issued, coalesce(issued.overdue, 0)::integer AS overdue
  FROM part p CROSS JOIN "window" w
  LEFT JOIN LATERAL (
    SELECT sum(l.quantity) AS pieces, sum(l.quantity) FILTER (WHERE l.due_at < clock_timestamp()) AS overdue
    FROM allocation_line l WHERE l.part_id = p.id AND l.state = 'issued') issued ON true
  WHERE p.id = ANY ($1::uuid[])
  ORDER BY array_position($1::uuid[], p.id)`;

type PartRecord = PartAvailability['part'] & {
  readonly reserve: number;
  readonly ordinarilyHeld: number;
  readonly places: readonly (CountedPlace & {
    readonly quarantined: number;
    readonly expired: number;
    readonly untested: number;
  })[];
  readonly reserves: readonly {
    readonly location: Place;
    readonly quantity: number;
    readonly ordinarilyHeld: number;
  }[];
  readonly inRepair: number;
  readonly issued: number;
  readonly overdue: number;
};

function availabilityOfPart(row: PartRecord): PartAvailability {
  const { id, manufacturer, partNumber, name, tracking, reserve, places, issued, overdue } = row;
  const sum = (of: (place: PartRecord['places'][number]) => number, below?: string) =>
    places.reduce((total, place) => total + (!below || place.zones.includes(below) ? of(place) : 0), 0);
  const usable = sum((place) => place.usable);
  const free = sum((place) => place.free);
  const headrooms = [
    { locationId: null, pieces: usable - reserve - row.ordinarilyHeld },
    ...row.reserves.map(({ location, quantity, ordinarilyHeld }) => ({
      locationId: location.id,
      pieces: sum((place) => place.usable, location.id) - quantity - ordinarilyHeld,
    })),
  ];
  return {
    part: { id, manufacturer, partNumber, name, tracking },
    onHand: sum((place) => place.onHand),
    usable,
    unusable: {
      inRepair: row.inRepair,
      quarantined: sum((place) => place.quarantined),
      untested: sum((place) => place.untested),
      expired: sum((place) => place.expired),
    },
    held: usable - free,
    issued,
    overdue,
    reserve,
    reserves: row.reserves.map(({ location, quantity }) => ({ location, quantity })),
    freeWithoutReserve: ordinarilyFree(places, headrooms),
    freeWithReserve: free,
    places: places.map((place) => ({
      location: place.location,
      onHand: place.onHand,
      usable: place.usable,
      free: place.free,
      freeWithoutReserve: ordinarilyFree([place], headrooms),
    })),
  };
}

const ENTITLEMENTS = `
  WITH ${WINDOW}
  SELECT e.id, e.name, e.product_id AS "productId", trim(p.vendor || ' ' || p.name || ' ' || p.product_version) AS product,
    e.metric, e.ends_on::text AS "endsOn", e.emergency_reserve AS reserve,
    CASE WHEN e.ends_on < w.first_day THEN 0 ELSE entitlement_seats(e) END AS seats,
    CASE WHEN e.ends_on < w.first_day THEN 0 ELSE entitlement_seats_max(e) END AS "seatsMax",
    seats_used_peak(e.id, w.span, false)::integer AS "usedPeak",
    seats_used_peak(e.id, w.span, true)::integer AS "ordinaryPeak",
    coalesce(issued.seats, 0)::integer AS issued, coalesce(issued.overdue, 0)::integer AS overdue
  FROM entitlement e JOIN licence_product p ON p.id = e.product_id CROSS JOIN "window" w
  LEFT JOIN LATERAL (
    SELECT sum(l.quantity) AS seats, sum(l.quantity) FILTER (WHERE l.due_at < clock_timestamp()) AS overdue
    FROM allocation_line l WHERE l.entitlement_id = e.id AND l.state = 'issued') issued ON true
  WHERE e.id = ANY ($1::uuid[])
  ORDER BY array_position($1::uuid[], e.id)`;

type EntitlementRecord = EntitlementAvailability['entitlement'] &
  Omit<EntitlementAvailability, 'entitlement' | 'freeWithoutReserve' | 'freeWithReserve'> & {
    readonly ordinaryPeak: number;
  };

function availabilityOfEntitlement(row: EntitlementRecord): EntitlementAvailability {
  const { id, name, productId, product, metric, endsOn, ordinaryPeak, ...counts } = row;
  const free = Math.max(0, counts.seatsMax - counts.usedPeak);
  return {
    entitlement: { id, name, productId, product, metric, endsOn },
    ...counts,
    freeWithoutReserve: Math.max(0, Math.min(free, counts.seatsMax - counts.reserve - ordinaryPeak)),
    freeWithReserve: free,
  };
}
