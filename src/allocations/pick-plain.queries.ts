import type { Tx } from '../database/database.ts';
import type { Span } from './allocate-span.ts';
import type { Want } from './pick.ts';
import type { PartPool } from './pick-pool.ts';

/** A wish that takes from one part without a preferred place: most are. */
export interface PlainAsk {
  readonly partId: string;
  readonly form: 'picked-units' | 'named-unit' | 'picked-rows';
  readonly pieces: number;
  readonly unitId: string | null;
}

/** The plain question that all wants together are, if they are one. */
export function plainAsk(wants: readonly Want[]): PlainAsk | undefined {
  const [want, another] = wants;
  if (!want || another) return undefined;
  if (want.kind === 'unit') return { partId: want.partId, form: 'named-unit', pieces: 1, unitId: want.unitId };
  if (want.kind !== 'part' || want.locationId !== null || want.tracking === undefined) return undefined;
  const form = want.tracking === 'serial' ? 'picked-units' : 'picked-rows';
  return { partId: want.partId, form, pieces: want.quantity, unitId: null };
}

/**
 * Reads the pool of one part by a statement of only what the question needs; the general one costs several times as much,
 * most of it before its first row. Undefined where it does not do: the part has floors in single places.
 */
export async function readPlainPart(tx: Tx, ask: PlainAsk, span: Span): Promise<PartPool | undefined> {
  const named = ask.form === 'named-unit' ? [ask.unitId] : [];
  const [part] = await tx.rows<PartPool & { readonly hasPlaces: boolean }>(STATEMENTS[ask.form], [
    ask.partId,
    ask.pieces,
    span.range,
    span.firstDay,
    ...named,
  ]);
  const tracking = ask.form === 'picked-rows' ? 'bulk' : 'serial';
  if (!part || part.hasPlaces || part.tracking !== tracking) return undefined;
  const { hasPlaces: _, ...pool } = part;
  return pool;
}

// A look into the index of held lines costs a tenth of counting a peak, and most parts have none.
const HAS_HELD = `EXISTS (SELECT FROM allocation_line l WHERE l.part_id = p.id AND l.state = 'held')`;

const HEADROOMS = `
  CASE WHEN p.emergency_reserve = 0 THEN '[]' ELSE (
    SELECT json_build_array(json_build_object('locationId', NULL, 'pieces',
      part_usable(p.id, NULL, p.emergency_reserve + h.held + $2::bigint) - p.emergency_reserve - h.held))
    FROM (SELECT CASE WHEN ${HAS_HELD} THEN part_held_peak(p.id, NULL, $3) ELSE 0 END AS held) h
  ) END`;

const NOT_HELD = `NOT EXISTS (
  SELECT FROM allocation_line l WHERE l.unit_id = u.id AND l.state = 'held' AND range_overlaps(l.during, $3) OFFSET 0)`;

const USABLE_THEN = `unit_usable(u) AND (u.expires_on IS NULL OR u.expires_on >= $4::date)`;

const unit = (isFree: string) => `json_build_object('id', u.id, 'serial', u.serial, 'assetTag', u.asset_tag,
  'place', (SELECT json_build_object('id', loc.id, 'code', loc.code) FROM location loc WHERE loc.id = u.location_id),
  'zones', '[]'::json, 'isFree', ${isFree})`;

const statement = (units: string, rows: string) => `
  SELECT p.id, p.part_number AS "partNumber", p.name, p.tracking, ${HEADROOMS} AS headrooms,
    EXISTS (SELECT FROM part_reserve r WHERE r.part_id = p.id) AS "hasPlaces", ${units} AS units, ${rows} AS rows
  FROM part p WHERE p.id = $1`;

const NONE = `'[]'::json`;

const STATEMENTS: Readonly<Record<PlainAsk['form'], string>> = {
  'picked-units': statement(
    `(SELECT coalesce(json_agg(${unit('true')}), '[]') FROM (
       SELECT u.id, u.serial, u.asset_tag, u.location_id FROM unit u
       WHERE u.part_id = p.id AND u.state = 'in_stock' AND ${USABLE_THEN} AND ${NOT_HELD}
       ORDER BY u.last_tested_at NULLS FIRST, u.id LIMIT $2) u)`,
    NONE,
  ),
  'named-unit': statement(
    `(SELECT coalesce(json_agg(${unit(`${USABLE_THEN} AND ${NOT_HELD}`)}), '[]')
      FROM unit u WHERE u.id = $5 AND u.part_id = p.id)`,
    NONE,
  ),
  // Every row has a piece at least, so that no more rows are needed than pieces.
  'picked-rows': statement(
    NONE,
    `(SELECT coalesce(json_agg(json_build_object('id', s.id, 'lot', s.lot, 'expiresOn', s.expires_on, 'place',
        (SELECT json_build_object('id', loc.id, 'code', loc.code) FROM location loc WHERE loc.id = s.location_id),
        'zones', '[]'::json, 'free', s.free)), '[]')
      FROM (
        SELECT s.id, s.lot, s.expires_on, s.location_id, f.free
        FROM stock s CROSS JOIN LATERAL (
          SELECT s.quantity - CASE WHEN EXISTS (SELECT FROM allocation_line l WHERE l.stock_id = s.id AND l.state = 'held' OFFSET 0)
            THEN stock_held_peak(s.id, $3) ELSE 0 END AS free OFFSET 0) f
        WHERE s.part_id = p.id AND s.condition = 'usable' AND s.quantity > 0
          AND (s.expires_on IS NULL OR s.expires_on >= $4::date) AND f.free > 0
        ORDER BY s.expires_on, s.id LIMIT $2) s)`,
  ),
};
