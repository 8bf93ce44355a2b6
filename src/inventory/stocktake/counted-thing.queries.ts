import type { Queryable } from '../../database/database.ts';
import type { StockCondition } from '../stock.ts';

/** What a code can stand for in a count. */
export interface ScanCandidate {
  /** Of the lines asked for, from 0. */
  readonly line: number;
  readonly kind: 'unit' | 'part' | 'stock';
  readonly id: string;
  readonly partId: string;
  readonly partNumber: string;
  /** Of a unit. */
  readonly serial: string | null;
  /** Where the register has a unit or stock row, when that is counted here. */
  readonly locationId: string | null;
  readonly locationCode: string | null;
}

/**
 * What the codes of lines stand for, whatever their case: units by tag, serial or id; parts tracked in bulk by number; stock
 * rows by id. A tag goes before a serial. Several candidates of one line: the code is ambiguous.
 */
export async function scanCandidates(
  db: Queryable,
  stocktakeId: string,
  codes: readonly string[],
): Promise<ScanCandidate[]> {
  return db.rows<ScanCandidate>(
    `WITH asked AS MATERIALIZED (
       SELECT lower(code) AS code, line::integer - 1 AS line,
         CASE WHEN code ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN code::uuid END AS id
       FROM unnest($2::text[]) WITH ORDINALITY AS a (code, line)),
     tagged AS (SELECT a.line, u.id FROM asked a JOIN unit u ON lower(u.asset_tag) = a.code),
     units AS (
       SELECT line, id FROM tagged
       UNION
       SELECT a.line, u.id FROM asked a JOIN unit u ON lower(u.serial) = a.code
       WHERE a.line NOT IN (SELECT line FROM tagged)
       UNION
       SELECT a.line, u.id FROM asked a JOIN unit u ON u.id = a.id)
     SELECT f.line, f.kind, f.id, f.part_id AS "partId", p.part_number AS "partNumber", f.serial, l.id AS "locationId",
       l.code AS "locationCode"
     FROM (
       SELECT n.line, 'unit' AS kind, u.id, u.part_id, u.serial, u.location_id
       FROM units n JOIN unit u ON u.id = n.id
       UNION ALL
       SELECT a.line, 'part', p.id, p.id, NULL, NULL
       FROM asked a JOIN part p ON lower(p.part_number) = a.code AND p.tracking = 'bulk' AND p.retired_at IS NULL
       UNION ALL
       SELECT a.line, 'stock', s.id, s.part_id, NULL, s.location_id FROM asked a JOIN stock s ON s.id = a.id) f
     JOIN part p ON p.id = f.part_id
     LEFT JOIN stocktake_location here ON here.stocktake_id = $1 AND here.location_id = f.location_id
     LEFT JOIN location l ON l.id = here.location_id
     ORDER BY f.line, f.id`,
    [stocktakeId, codes],
  );
}

/** The locations of a stocktake with these codes, whatever their case: their ids by the code in lower case. */
export async function countedPlaces(
  db: Queryable,
  stocktakeId: string,
  codes: readonly string[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly code: string }>> {
  const rows = await db.rows<{ id: string; code: string }>(
    `SELECT l.id, l.code FROM location l JOIN stocktake_location s ON s.location_id = l.id AND s.stocktake_id = $1
     WHERE lower(l.code) = ANY ($2::text[])`,
    [stocktakeId, codes.map((code) => code.toLowerCase())],
  );
  return new Map(rows.map((row) => [row.code.toLowerCase(), row]));
}

/** A stock row that pieces of a part may be counted in. */
export interface CountableRow {
  readonly id: string;
  readonly partId: string;
  readonly locationId: string;
  readonly lot: string;
  readonly condition: StockCondition;
}

/** The rows of some parts in some places. */
export async function countableRows(
  db: Queryable,
  places: readonly { readonly partId: string; readonly locationId: string }[],
): Promise<CountableRow[]> {
  if (places.length === 0) return [];
  return db.rows<CountableRow>(
    `SELECT DISTINCT s.id, s.part_id AS "partId", s.location_id AS "locationId", s.lot, s.condition
     FROM unnest($1::uuid[], $2::uuid[]) AS w (part_id, location_id)
     JOIN stock s ON s.part_id = w.part_id AND s.location_id = w.location_id ORDER BY s.id`,
    [places.map(({ partId }) => partId), places.map(({ locationId }) => locationId)],
  );
}
