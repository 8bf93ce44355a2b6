import type { Queryable } from '../database/database.ts';
import type { FindingRecord, LedgerFinding, LedgerPage } from './ledger-finding.ts';
import { UNIT_WAYS } from './unit-way.ts';

/** As many findings as one page lists; more are counted. */
const FINDINGS_A_PAGE_MAX = 1000;

/** Reads the rows behind `after`, at most `limit` of them, and says what is wrong with them. One statement, one moment. */
export type LedgerPass = (db: Queryable, after: string | null, limit: number) => Promise<LedgerPage>;

/**
 * Follows every unit's movements from the first to the last and compares where they lead with where the unit is said to
 * be, and with the lines that have it out.
 */
export const verifyUnits: LedgerPass = async (db, after, limit) => {
  const batch = await idsBehind(
    db,
    `SELECT id::text AS row FROM unit WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
    after,
    limit,
  );
  return pageOf(db, 'unit', batch, UNITS, [batch, JSON.stringify(WAYS)]);
};

/** Sums what came to every stock row and went from it, in order, and compares it with its quantity. */
export const verifyStock: LedgerPass = async (db, after, limit) => {
  const batch = await idsBehind(
    db,
    `SELECT id::text AS row FROM stock WHERE ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2`,
    after,
    limit,
  );
  return pageOf(db, 'stock', batch, STOCK, [batch]);
};

/** Looks whether every movement is of something that is there. */
export const verifyMovements: LedgerPass = async (db, after, limit) => {
  const batch = await idsBehind(
    db,
    `SELECT id::text AS row FROM movement WHERE ($1::bigint IS NULL OR id > $1) ORDER BY id LIMIT $2`,
    after,
    limit,
  );
  return pageOf(db, 'movement', batch, MOVEMENTS, [batch]);
};

/** Compares the pieces that lines have handed out and got back with what the ledger says of them. */
export const verifyLines: LedgerPass = async (db, after, limit) => {
  const batch = await idsBehind(
    db,
    `SELECT id::text AS row FROM allocation_line WHERE kind = 'stock' AND root_line_id = id AND ($1::uuid IS NULL OR id > $1)
     ORDER BY id LIMIT $2`,
    after,
    limit,
  );
  return pageOf(db, 'allocation-line', batch, LINES, [batch]);
};

/** How many rows there are to look at: units, stock rows, movements, lines of bulk pieces. */
export async function countLedger(db: Queryable): Promise<readonly [number, number, number, number]> {
  const [row] = await db.rows<Record<'units' | 'stock' | 'movements' | 'lines', string>>(
    `SELECT (SELECT count(*) FROM unit) AS units, (SELECT count(*) FROM stock) AS stock,
       (SELECT count(*) FROM movement) AS movements,
       (SELECT count(*) FROM allocation_line WHERE kind = 'stock' AND root_line_id = id) AS lines`,
  );
  return [Number(row?.units), Number(row?.stock), Number(row?.movements), Number(row?.lines)];
}

const WAYS = UNIT_WAYS.flatMap(({ kind, from, to }) =>
  from.flatMap((state) => to.map((end) => ({ kind, from_state: state, to_state: end }))),
);

/** Named apart from the column, which the rows are ordered by: as text, 10 would come before 9. */
async function idsBehind(db: Queryable, sql: string, after: string | null, limit: number): Promise<string[]> {
  return (await db.rows<{ row: string }>(sql, [after, limit])).map(({ row }) => row);
}

async function pageOf(
  db: Queryable,
  subjectKind: LedgerFinding['subjectKind'],
  batch: readonly string[],
  findings: string,
  parameters: readonly unknown[],
): Promise<LedgerPage> {
  if (batch.length === 0) return { checked: 0, lastId: null, findings: [], found: 0 };
  const rows = await db.rows<FindingRecord>(
    `SELECT *, count(*) OVER () AS found FROM (${findings}) f ORDER BY subject_id, movement_id, kind LIMIT ${FINDINGS_A_PAGE_MAX}`,
    parameters,
  );
  return {
    checked: batch.length,
    lastId: batch.at(-1) ?? null,
    found: Number(rows[0]?.found ?? 0),
    findings: rows.map((row) => ({
      kind: row.kind,
      subjectKind,
      subjectId: row.subject_id,
      movementId: row.movement_id,
      expected: row.expected ?? 'nothing',
      actual: row.actual ?? 'nothing',
    })),
  };
}

const ends = (state: string, location: string) => `concat_ws(' at ', coalesce(${state}, 'nowhere'), ${location}::text)`;

const UNITS = `
  WITH chain AS (
    SELECT m.*, row_number() OVER history AS place, lead(m.id) OVER history IS NULL AS is_last,
      lag(m.to_state) OVER history AS before_state, lag(m.to_location_id) OVER history AS before_location
    FROM movement m WHERE m.unit_id = ANY ($1::uuid[])
    WINDOW history AS (PARTITION BY m.unit_id ORDER BY m.id)
  ), led AS (
    SELECT u.*, c.id AS last_id, c.to_state AS led_state, c.to_location_id AS led_location, c.service_id AS led_service,
      (SELECT count(*) FROM allocation_line l WHERE l.unit_id = u.id AND l.state = 'issued') AS lines_out
    FROM unit u LEFT JOIN chain c ON c.unit_id = u.id AND c.is_last
    WHERE u.id = ANY ($1::uuid[])
  ), ways AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS w (kind text, from_state text, to_state text)
  )
  SELECT 'unit-without-movement' AS kind, id::text AS subject_id, NULL AS movement_id, 'a receipt' AS expected,
    NULL AS actual FROM led WHERE last_id IS NULL
  UNION ALL
  SELECT 'unit-begins-wrong', unit_id::text, id::text, 'receive from nowhere', kind || ' from ' || ${ends('from_state', 'from_location_id')}
  FROM chain WHERE place = 1 AND (kind <> 'receive' OR from_state IS NOT NULL OR from_location_id IS NOT NULL)
  UNION ALL
  SELECT 'unit-chain-broken', unit_id::text, id::text, 'from ' || ${ends('before_state', 'before_location')},
    'from ' || ${ends('from_state', 'from_location_id')}
  FROM chain WHERE place > 1 AND (from_state, from_location_id) IS DISTINCT FROM (before_state, before_location)
  UNION ALL
  SELECT 'unit-impossible-way', unit_id::text, id::text, 'a way that a unit can go',
    concat(kind, ' from ', coalesce(from_state, 'nowhere'), ' to ', to_state)
  FROM chain c WHERE NOT EXISTS (
    SELECT FROM ways w WHERE w.kind = c.kind AND w.from_state = coalesce(c.from_state, 'new') AND w.to_state = c.to_state)
  UNION ALL
  SELECT 'unit-state-differs', id::text, last_id::text, led_state, state
  FROM led WHERE last_id IS NOT NULL AND state IS DISTINCT FROM led_state
  UNION ALL
  SELECT 'unit-place-differs', id::text, last_id::text, led_location::text, location_id::text
  FROM led WHERE last_id IS NOT NULL AND location_id IS DISTINCT FROM led_location
  UNION ALL
  SELECT 'unit-service-differs', id::text, last_id::text, led_service::text, deployed_service_id::text
  FROM led WHERE last_id IS NOT NULL AND deployed_service_id IS DISTINCT FROM led_service
  UNION ALL
  SELECT 'unit-lines-differ', id::text, last_id::text, coalesce(led_state, 'nowhere') || ' by the ledger',
    lines_out || ' lines have it out'
  FROM led WHERE lines_out <> (led_state IS NOT DISTINCT FROM 'issued')::integer`;

const STOCK = `
  WITH change AS (
    SELECT m.to_stock_id AS stock_id, m.id, m.quantity AS pieces, m.to_balance AS noted FROM movement m
    WHERE m.to_stock_id = ANY ($1::uuid[])
    UNION ALL
    SELECT m.from_stock_id, m.id, -m.quantity, m.from_balance FROM movement m WHERE m.from_stock_id = ANY ($1::uuid[])
  ), summed AS (
    SELECT *, sum(pieces) OVER (PARTITION BY stock_id ORDER BY id) AS total FROM change
  )
  SELECT 'stock-sum-differs' AS kind, s.id::text AS subject_id, NULL AS movement_id, coalesce(t.total, 0)::text AS expected,
    s.quantity::text AS actual
  FROM stock s LEFT JOIN (SELECT stock_id, sum(pieces) AS total FROM change GROUP BY stock_id) t ON t.stock_id = s.id
  WHERE s.id = ANY ($1::uuid[]) AND s.quantity <> coalesce(t.total, 0)
  UNION ALL
  SELECT 'stock-balance-differs', stock_id::text, id::text, total::text, noted::text FROM summed WHERE noted IS DISTINCT FROM total
  UNION ALL
  SELECT 'stock-below-zero', stock_id::text, id::text, 'at least 0', total::text FROM summed WHERE total < 0`;

const MOVEMENTS = `
  WITH batch AS (
    SELECT m.*, u.id AS known_unit, u.part_id AS unit_part, f.id AS known_from, f.part_id AS from_part,
      f.location_id AS from_place, t.id AS known_to, t.part_id AS to_part, t.location_id AS to_place, l.id AS known_line
    FROM movement m LEFT JOIN unit u ON u.id = m.unit_id
    LEFT JOIN stock f ON f.id = m.from_stock_id
    LEFT JOIN stock t ON t.id = m.to_stock_id
    LEFT JOIN allocation_line l ON l.id = m.line_id
    WHERE m.id = ANY ($1::bigint[])
  )
  SELECT 'movement-of-nothing' AS kind, id::text AS subject_id, id::text AS movement_id,
    'a unit or a stock row that is there' AS expected,
    coalesce('unit ' || unit_id, concat_ws(' and ', 'stock ' || from_stock_id, 'stock ' || to_stock_id)) AS actual
  FROM batch WHERE unit_id IS DISTINCT FROM known_unit OR from_stock_id IS DISTINCT FROM known_from
    OR to_stock_id IS DISTINCT FROM known_to OR num_nonnulls(unit_id, from_stock_id, to_stock_id) = 0
  UNION ALL
  SELECT 'movement-of-other-part', id::text, id::text, coalesce(unit_part, from_part, to_part)::text, part_id::text
  FROM batch WHERE unit_part <> part_id OR from_part <> part_id OR to_part <> part_id
  UNION ALL
  SELECT 'movement-place-differs', id::text, id::text,
    concat('from ', coalesce(from_place::text, 'nowhere'), ' to ', coalesce(to_place::text, 'nowhere')),
    concat('from ', coalesce(from_location_id::text, 'nowhere'), ' to ', coalesce(to_location_id::text, 'nowhere'))
  FROM batch WHERE unit_id IS NULL AND (from_location_id, to_location_id) IS DISTINCT FROM (from_place, to_place)
  UNION ALL
  SELECT 'movement-line-missing', id::text, id::text, 'a line that is there', line_id::text
  FROM batch WHERE line_id IS DISTINCT FROM known_line`;

const LINES = `
  WITH by_lines AS (
    SELECT root_line_id AS root,
      coalesce(sum(quantity) FILTER (WHERE state IN ('issued', 'returned', 'damaged', 'consumed', 'deployed', 'lost')), 0) AS gone,
      coalesce(sum(quantity) FILTER (WHERE state IN ('returned', 'damaged')), 0) AS back
    FROM allocation_line WHERE root_line_id = ANY ($1::uuid[]) GROUP BY root_line_id
  ), by_ledger AS (
    SELECT line_id AS root, coalesce(sum(quantity) FILTER (WHERE kind = 'issue'), 0) AS gone,
      coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0) AS back
    FROM movement WHERE line_id = ANY ($1::uuid[]) GROUP BY line_id
  )
  SELECT 'line-pieces-differ' AS kind, l.root::text AS subject_id, NULL AS movement_id,
    concat(coalesce(m.gone, 0), ' out and ', coalesce(m.back, 0), ' back by the ledger') AS expected,
    concat(l.gone, ' out and ', l.back, ' back by the lines') AS actual
  FROM by_lines l LEFT JOIN by_ledger m ON m.root = l.root
  WHERE (l.gone, l.back) IS DISTINCT FROM (coalesce(m.gone, 0), coalesce(m.back, 0))`;
