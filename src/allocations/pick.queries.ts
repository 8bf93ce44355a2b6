import type { Tx } from '../database/database.ts';
import type { Span } from './allocate-span.ts';
import type { Want } from './pick.ts';
import { plainAsk, readPlainPart } from './pick-plain.queries.ts';
import type { Headroom, PartPool, Place, Pools, SeatPool, StockChoice, UnitChoice } from './pick-pool.ts';

/**
 * Reads what the wants may take from: the floors, the units and stock rows that come first in the order of picking (as
 * many as could be needed, not more), and the seats. Nothing that lies in a withheld place is free. The caller has locked the
 * pools in a statement before this one, so nothing of it changes until the transaction ends. One statement for parts, one for
 * entitlements.
 */
export async function readPools(
  tx: Tx,
  wants: readonly Want[],
  span: Span,
  withheld: readonly string[] = [],
): Promise<Pools> {
  const ask = withheld.length === 0 ? plainAsk(wants) : undefined;
  const plain = ask && (await readPlainPart(tx, ask, span));
  if (plain) return { parts: new Map([[plain.id, plain]]), entitlements: new Map() };
  const asked = askedOfParts(wants);
  const entitlementIds = [...new Set(wants.flatMap((want) => (want.kind === 'seat' ? want.entitlementIds : [])))];
  const [parts, entitlements] = await Promise.all([
    asked.size === 0 ? new Map<string, PartPool>() : readParts(tx, asked, span, withheld),
    entitlementIds.length === 0 ? new Map<string, SeatPool>() : readEntitlements(tx, wants, entitlementIds, span),
  ]);
  return { parts, entitlements };
}

interface AskedOfPart {
  /** Pieces that all lines together could take. */
  pieces: number;
  /** Of these, pieces that the system picks. */
  picked: number;
  readonly unitIds: string[];
  readonly stockIds: string[];
  readonly preferred: string[];
}

function askedOfParts(wants: readonly Want[]): Map<string, AskedOfPart> {
  const asked = new Map<string, AskedOfPart>();
  const of = (partId: string) => {
    const found = asked.get(partId) ?? { pieces: 0, picked: 0, unitIds: [], stockIds: [], preferred: [] };
    asked.set(partId, found);
    return found;
  };
  for (const want of wants) {
    if (want.kind === 'seat') continue;
    const options = want.kind === 'fit' ? want.options : [{ partId: want.partId, quantityPerDevice: 1 }];
    for (const { partId, quantityPerDevice } of options) {
      const part = of(partId);
      part.pieces += want.quantity * quantityPerDevice;
      if (want.kind === 'unit') part.unitIds.push(want.unitId);
      else if (want.kind === 'stock') part.stockIds.push(want.stockId);
      else part.picked += want.quantity * quantityPerDevice;
      if (want.kind === 'part' && want.locationId !== null) part.preferred.push(want.locationId);
    }
  }
  return asked;
}

// Looked up for each unit, by the index of held units: OFFSET 0 and the function keep the planner from reading the live
// lines of all units, or all windows at once, which costs a hundred times as much. What is issued is not usable anyway.
const HELD_ON_UNIT = `
  SELECT FROM allocation_line l WHERE l.unit_id = u.id AND l.state = 'held' AND range_overlaps(l.during, $8) OFFSET 0`;

// $10: places that are withheld. What lies nowhere is not in one.
const LOST = (row: string) => `coalesce(${row}.location_id = ANY ($10::uuid[]), false)`;

const CHOSEN_UNIT = `
  u.state = 'in_stock' AND NOT ${LOST('u')} AND unit_usable(u) AND (u.expires_on IS NULL OR u.expires_on >= $9::date)
    AND NOT EXISTS (${HELD_ON_UNIT})`;

// Zones are the locations with a floor of the part, and those that a line prefers. Of what lies in the
// same zones the first choices are read, so that a floor in one place never hides what lies free in another.
const CHOICES = `
  WITH asked AS (
    SELECT a.id, p.part_number, p.name, p.tracking, p.emergency_reserve, a.pieces, a.picked
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS a (id, pieces, picked) JOIN part p ON p.id = a.id
  ), zone AS (
    SELECT part_id, location_id FROM part_reserve WHERE part_id = ANY ($1::uuid[])
    UNION SELECT * FROM unnest($6::uuid[], $7::uuid[])
  ), inside AS (
    SELECT z.part_id, below.id AS location_id, array_agg(z.location_id) AS zones
    FROM zone z CROSS JOIN LATERAL location_subtree(z.location_id) AS below (id)
    GROUP BY z.part_id, below.id
  ), map AS (
    -- The zones of each place by its id: a look-up that no plan turns into a loop over all places.
    SELECT part_id, jsonb_object_agg(location_id, zones) AS zones_of FROM inside GROUP BY part_id
  ), picked_unit AS (
    SELECT near.id FROM (
      SELECT u.id, a.picked, row_number() OVER (
               PARTITION BY u.part_id, m.zones_of -> u.location_id::text ORDER BY u.last_tested_at NULLS FIRST, u.id) AS rank
      FROM asked a JOIN map m ON m.part_id = a.id JOIN unit u ON u.part_id = a.id
      WHERE a.tracking = 'serial' AND a.picked > 0 AND ${CHOSEN_UNIT}
    ) near WHERE near.rank <= near.picked + cardinality($4::uuid[])
    UNION ALL
    SELECT first.id FROM asked a CROSS JOIN LATERAL (
      SELECT u.id FROM unit u WHERE u.part_id = a.id AND ${CHOSEN_UNIT}
      ORDER BY u.last_tested_at NULLS FIRST, u.id LIMIT a.picked + cardinality($4::uuid[])
    ) first WHERE a.tracking = 'serial' AND a.picked > 0 AND a.id NOT IN (SELECT part_id FROM map)
    UNION SELECT named.id FROM unnest($4::uuid[]) AS named (id)
  ), row_of_part AS (
    SELECT s.id, s.part_id, s.expires_on, m.zones_of -> s.location_id::text AS zones,
           -- Most rows have no hold: a look into an index costs a tenth of the call.
           s.quantity - CASE WHEN EXISTS (SELECT FROM allocation_line l WHERE l.stock_id = s.id AND l.state = 'held' OFFSET 0)
             THEN stock_held_peak(s.id, $8) ELSE 0 END AS free
    FROM asked a JOIN stock s ON s.part_id = a.id LEFT JOIN map m ON m.part_id = a.id
    WHERE a.tracking = 'bulk' AND a.picked > 0 AND s.condition = 'usable' AND s.quantity > 0
      AND NOT ${LOST('s')} AND (s.expires_on IS NULL OR s.expires_on >= $9::date)
  ), picked_row AS (
    SELECT summed.id, summed.free FROM (
      SELECT r.id, r.free, r.part_id,
             sum(r.free) OVER (PARTITION BY r.part_id, r.zones ORDER BY r.expires_on, r.id) - r.free AS before
      FROM row_of_part r WHERE r.free > 0
    ) summed JOIN asked a ON a.id = summed.part_id
    WHERE summed.before < a.pieces
    UNION SELECT s.id, CASE
      WHEN s.condition = 'usable' AND NOT ${LOST('s')} AND (s.expires_on IS NULL OR s.expires_on >= $9::date)
      THEN s.quantity - stock_held_peak(s.id, $8) ELSE 0 END
    FROM stock s WHERE s.id = ANY ($5::uuid[])
  )`;

const PARTS = `${CHOICES}
  SELECT p.id, p.part_number AS "partNumber", p.name, p.tracking,
    (SELECT coalesce(json_agg(json_build_object('locationId', f.location_id, 'pieces',
        part_usable(p.id, f.location_id, f.floor + f.held + p.pieces) - f.floor - f.held)), '[]')
     FROM (SELECT w.location_id, w.floor, part_held_peak(p.id, w.location_id, $8) AS held
           FROM (SELECT NULL::uuid AS location_id, p.emergency_reserve AS floor WHERE p.emergency_reserve > 0
                 UNION ALL SELECT r.location_id, r.quantity FROM part_reserve r WHERE r.part_id = p.id) w) f) AS headrooms,
    (SELECT coalesce(json_agg(json_build_object('id', u.id, 'serial', u.serial, 'assetTag', u.asset_tag,
        'place', CASE WHEN loc.id IS NOT NULL THEN json_build_object('id', loc.id, 'code', loc.code) END,
        'zones', coalesce(m.zones_of -> u.location_id::text, '[]'),
        'isFree', unit_usable(u) AND NOT ${LOST('u')} AND (u.expires_on IS NULL OR u.expires_on >= $9::date)
          AND NOT EXISTS (${HELD_ON_UNIT}))
        ORDER BY u.last_tested_at NULLS FIRST, u.id), '[]')
     FROM unit u LEFT JOIN location loc ON loc.id = u.location_id
     LEFT JOIN map m ON m.part_id = p.id
     WHERE u.part_id = p.id AND u.id IN (SELECT id FROM picked_unit)) AS units,
    (SELECT coalesce(json_agg(json_build_object('id', s.id, 'lot', s.lot, 'expiresOn', s.expires_on,
        'place', json_build_object('id', loc.id, 'code', loc.code), 'zones', coalesce(m.zones_of -> s.location_id::text, '[]'), 'free', k.free)
        ORDER BY s.expires_on, s.id), '[]')
     FROM picked_row k JOIN stock s ON s.id = k.id JOIN location loc ON loc.id = s.location_id
     LEFT JOIN map m ON m.part_id = p.id
     WHERE s.part_id = p.id) AS rows
  FROM asked p`;

interface PartRecord {
  readonly id: string;
  readonly partNumber: string;
  readonly name: string;
  readonly tracking: 'serial' | 'bulk';
  readonly headrooms: readonly Headroom[];
  readonly units: readonly (Omit<UnitChoice, 'place'> & { readonly place: Place | null })[];
  readonly rows: readonly StockChoice[];
}

async function readParts(
  tx: Tx,
  asked: ReadonlyMap<string, AskedOfPart>,
  span: Span,
  withheld: readonly string[],
): Promise<Map<string, PartPool>> {
  const parts = [...asked.entries()];
  const preferred = parts.flatMap(([id, { preferred }]) => preferred.map((locationId) => ({ id, locationId })));
  const found = await tx.rows<PartRecord>(PARTS, [
    parts.map(([id]) => id),
    parts.map(([, { pieces }]) => pieces),
    parts.map(([, { picked }]) => picked),
    parts.flatMap(([, { unitIds }]) => unitIds),
    parts.flatMap(([, { stockIds }]) => stockIds),
    preferred.map(({ id }) => id),
    preferred.map(({ locationId }) => locationId),
    span.range,
    span.firstDay,
    [...withheld],
  ]);
  return new Map(found.map((part) => [part.id, part]));
}

interface SeatRecord extends Omit<SeatPool, 'used' | 'ordinarilyUsed'> {
  readonly used: string;
  readonly ordinarilyUsed: string;
}

async function readEntitlements(
  tx: Tx,
  wants: readonly Want[],
  ids: readonly string[],
  span: Span,
): Promise<Map<string, SeatPool>> {
  const assignees = wants.flatMap((want) =>
    want.kind === 'seat' && want.assignee ? [want.assignee.toLowerCase()] : [],
  );
  const found = await tx.rows<SeatRecord>(
    `SELECT e.id, e.name, trim(p.vendor || ' ' || p.name || ' ' || p.product_version) AS product, p.id AS "productId", e.metric,
            CASE WHEN e.ends_on < $3::date THEN 0 ELSE entitlement_seats(e) END AS seats,
            CASE WHEN e.ends_on < $3::date THEN 0 ELSE entitlement_seats_max(e) END AS "seatsMax",
            seats_used_peak(e.id, $2, false) AS used, seats_used_peak(e.id, $2, true) AS "ordinarilyUsed",
            e.emergency_reserve AS "emergencyReserve", e.ends_on::text AS "endsOn",
            coalesce((SELECT array_agg(DISTINCT lower(l.assignee)) FROM allocation_line l
              WHERE l.entitlement_id = e.id AND l.state IN ('held', 'issued') AND lower(l.assignee) = ANY ($4::text[])), '{}') AS seated
     FROM entitlement e JOIN licence_product p ON p.id = e.product_id
     WHERE e.id = ANY ($1::uuid[])`,
    [ids, span.range, span.firstDay, assignees],
  );
  return new Map(
    found.map((row) => [row.id, { ...row, used: Number(row.used), ordinarilyUsed: Number(row.ordinarilyUsed) }]),
  );
}
