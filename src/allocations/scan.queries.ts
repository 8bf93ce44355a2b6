import type { Queryable } from '../database/database.ts';
import { type AllocationForm, allocationCode, type Holder, instantOrNull } from './allocation.ts';
import { HOLDER_NAME } from './holder-name.queries.ts';
import type { ScannedLine, ScannedLocation, ScannedUnit } from './scan.ts';

/** Units of one serial (of different parts) that a scan answers. */
const SCANNED_UNITS_MAX = 20;

/** Live lines of one unit that a scan answers: the nearest ones. */
const LINES_MAX = 5;

/** Units whose asset tag or serial is the code, whatever the case. Each way has its index. */
export async function scannedUnits(db: Queryable, code: string): Promise<ScannedUnit[]> {
  const rows = await db.rows<UnitRow>(
    `SELECT u.id, u.serial, u.asset_tag AS "assetTag", u.state, unit_usable(u) AS "isUsable",
            json_build_object('id', p.id, 'partNumber', p.part_number, 'name', p.name) AS part,
            CASE WHEN loc.id IS NOT NULL THEN json_build_object('id', loc.id, 'code', loc.code) END AS location,
            CASE WHEN s.id IS NOT NULL THEN json_build_object('id', s.id, 'name', s.name) END AS service
     FROM (SELECT id FROM unit WHERE lower(asset_tag) = lower($1)
           UNION SELECT id FROM (SELECT id FROM unit WHERE lower(serial) = lower($1) LIMIT ${SCANNED_UNITS_MAX}) by_serial) found
     JOIN unit u ON u.id = found.id
     JOIN part p ON p.id = u.part_id
     LEFT JOIN location loc ON loc.id = u.location_id
     LEFT JOIN service s ON s.id = u.deployed_service_id
     ORDER BY (lower(u.asset_tag) = lower($1)) IS TRUE DESC, p.part_number, u.id`,
    [code],
  );
  const lines = await liveLines(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ ...row, lines: lines.get(row.id) ?? [] }));
}

async function liveLines(db: Queryable, unitIds: readonly string[]): Promise<Map<string, ScannedLine[]>> {
  if (unitIds.length === 0) return new Map();
  const rows = await db.rows<LineRow>(
    `SELECT wanted.id AS unit_id, l.* FROM unnest($1::uuid[]) AS wanted (id)
     CROSS JOIN LATERAL (
       SELECT l.id, l.state, l.allocation_id, a.number, a.form, a.holder_kind, a.holder_id,
              ${HOLDER_NAME} AS holder_name, lower(l.during) AS begins_at, upper(l.during) AS ends_at,
              l.state = 'issued' OR lower(l.during) <= clock_timestamp() AS is_now
       FROM allocation_line l
       JOIN allocation a ON a.id = l.allocation_id
       WHERE l.unit_id = wanted.id AND l.state IN ('held', 'issued')
         AND (l.state = 'issued' OR l.expires_at > clock_timestamp())
       ORDER BY l.state = 'issued' DESC, lower(l.during) LIMIT ${LINES_MAX}
     ) l`,
    [unitIds],
  );
  const grouped = Map.groupBy(rows, (row) => row.unit_id);
  return new Map([...grouped].map(([unitId, ofUnit]) => [unitId, ofUnit.map(lineOf)]));
}

function lineOf(row: LineRow): ScannedLine {
  return {
    lineId: row.id,
    state: row.state,
    allocation: { id: row.allocation_id, code: allocationCode(Number(row.number)), form: row.form },
    holder: { kind: row.holder_kind, id: row.holder_id, name: row.holder_name },
    from: row.begins_at.toISOString(),
    until: instantOrNull(row.ends_at)?.toString() ?? null,
    isNow: row.is_now,
  };
}

/** A scan counts no further than this. */
const COUNT_MAX = 1000;
const PARTS_MAX = 20;

/** The location with a code, whatever the case, and what lies directly in it. */
export async function scannedLocation(db: Queryable, code: string): Promise<ScannedLocation | undefined> {
  const [found] = await db.rows<LocationRow>(
    `WITH RECURSIVE up (id, parent_id, code, depth) AS (
       SELECT id, parent_id, code, 0 FROM location WHERE lower(code) = lower($1)
       UNION ALL SELECT l.id, l.parent_id, l.code, up.depth + 1 FROM up JOIN location l ON l.id = up.parent_id
     )
     SELECT l.id, l.code, l.name, l.kind, l.retired_at IS NOT NULL AS "isRetired",
            ARRAY(SELECT code FROM up ORDER BY depth DESC) AS path,
            ${capped('SELECT FROM unit WHERE location_id = l.id')} AS units,
            ${capped('SELECT FROM stock WHERE location_id = l.id AND quantity > 0')} AS "stockRows",
            ${capped('SELECT FROM location inside WHERE inside.parent_id = l.id AND inside.retired_at IS NULL')} AS locations
     FROM location l WHERE lower(l.code) = lower($1)`,
    [code],
  );
  if (!found) return undefined;
  const parts = await db.rows<ScannedLocation['parts'][number]>(
    `SELECT p.id, p.part_number AS "partNumber", p.name, sum(lying.quantity)::integer AS quantity
     FROM ((SELECT part_id, 1 AS quantity FROM unit WHERE location_id = $1 LIMIT ${COUNT_MAX})
           UNION ALL
           (SELECT part_id, quantity FROM stock WHERE location_id = $1 AND quantity > 0 LIMIT ${COUNT_MAX})) lying
     JOIN part p ON p.id = lying.part_id
     GROUP BY p.id ORDER BY lower(p.part_number), p.id LIMIT ${PARTS_MAX}`,
    [found.id],
  );
  return {
    ...found,
    units: shownCount(found.units),
    stockRows: shownCount(found.stockRows),
    locations: shownCount(found.locations),
    parts,
  };
}

/** The id of the allocation with a number. */
export async function allocationIdOfNumber(db: Queryable, number: number): Promise<string | undefined> {
  const [found] = await db.rows<{ id: string }>('SELECT id FROM allocation WHERE number = $1', [number]);
  return found?.id;
}

const capped = (query: string) => `(SELECT count(*)::integer FROM (${query} LIMIT ${COUNT_MAX + 1}) counted)`;

function shownCount(count: number): string {
  return count > COUNT_MAX ? `${COUNT_MAX.toLocaleString('en')}+` : String(count);
}

type UnitRow = Omit<ScannedUnit, 'lines'>;

interface LineRow {
  readonly unit_id: string;
  readonly id: string;
  readonly state: ScannedLine['state'];
  readonly allocation_id: string;
  readonly number: string;
  readonly form: AllocationForm;
  readonly holder_kind: Holder['kind'];
  readonly holder_id: string;
  readonly holder_name: string;
  readonly begins_at: Date;
  readonly ends_at: Date | number;
  readonly is_now: boolean;
}

type LocationRow = Omit<ScannedLocation, 'units' | 'stockRows' | 'locations' | 'parts'> & {
  readonly units: number;
  readonly stockRows: number;
  readonly locations: number;
};
