import type { Tx } from '../../database/database.ts';

/** The parts of everything that was expected or counted. */
export async function partsOfStocktake(tx: Tx, id: string): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `SELECT part_id AS id FROM stocktake_expected WHERE stocktake_id = $1
     UNION
     SELECT coalesce(u.part_id, s.part_id) FROM stocktake_count c
     LEFT JOIN unit u ON u.id = c.unit_id LEFT JOIN stock s ON s.id = c.stock_id
     WHERE c.stocktake_id = $1 AND c.thing_id IS NOT NULL`,
    [id],
  );
  return rows.map((row) => row.id);
}

/**
 * Whoever closes the first count says of everything that was expected and nobody counted that it is not there. What has
 * moved since the opening was in somebody's hands, and is left out.
 */
export async function implyAbsent(tx: Tx, id: string, round: number, closedBy: string): Promise<void> {
  await tx.execute(
    `INSERT INTO stocktake_count (stocktake_id, round, unit_id, stock_id, counted, source, counted_by, counted_at)
     SELECT $1, $2, e.unit_id, e.stock_id, 0, 'close', $3, clock_timestamp()
     FROM stocktake_expected e
     WHERE e.stocktake_id = $1 AND e.quantity > 0 AND NOT ${HAS_MOVED}
       AND NOT EXISTS (SELECT FROM stocktake_count c WHERE c.stocktake_id = $1 AND c.thing_id = e.thing_id)`,
    [id, round, closedBy],
  );
}

/** SQL over `e`: whether a thing of the picture has moved since. */
const HAS_MOVED = `(EXISTS (SELECT FROM movement m WHERE m.unit_id = e.unit_id AND m.id > e.movement_id)
  OR EXISTS (SELECT FROM movement m WHERE m.from_stock_id = e.stock_id AND m.id > e.movement_id)
  OR EXISTS (SELECT FROM movement m WHERE m.to_stock_id = e.stock_id AND m.id > e.movement_id))`;

/**
 * Finds the differences anew. Each thing is held against what was expected at the instant of its last count; the last count
 * by somebody else confirms it when it says the same. The caller has locked the pools of the parts, so that no movement of
 * them is under way.
 */
export async function findDifferences(tx: Tx, id: string): Promise<void> {
  await tx.execute('DELETE FROM stocktake_difference WHERE stocktake_id = $1', [id]);
  await tx.execute(
    `WITH ${LAST_COUNTS}, ${STOCK_DIFFERENCES}, ${UNIT_DIFFERENCES}, ${OTHER_DIFFERENCES}
     INSERT INTO stocktake_difference (id, stocktake_id, kind, unit_id, stock_id, unknown_code, part_id, location_id,
       seen_location_id, register_state, expected, counted, movement_id, counted_by, confirmed_by, needs_second, proposal)
     SELECT new_id(), $1, * FROM stock_differences
     UNION ALL SELECT new_id(), $1, * FROM unit_differences
     UNION ALL SELECT new_id(), $1, * FROM other_differences`,
    [id],
  );
}

/** A file can come in later than a scan, and say what was seen before it. */
const LATEST = 'round DESC, counted_at DESC, id DESC';

const LAST_COUNTS = `last AS MATERIALIZED (
    SELECT DISTINCT ON (thing_id) * FROM stocktake_count WHERE stocktake_id = $1 AND thing_id IS NOT NULL
    ORDER BY thing_id, ${LATEST}),
  other AS MATERIALIZED (
    SELECT DISTINCT ON (o.thing_id) o.* FROM stocktake_count o JOIN last l ON l.thing_id = o.thing_id
    WHERE o.stocktake_id = $1 AND o.counted_by <> l.counted_by ORDER BY o.thing_id, ${LATEST}),
  bound AS (SELECT tolerance_pieces AS pieces, tolerance_percent AS percent FROM stocktake WHERE id = $1)`;

const above = (difference: string, expected: string) =>
  `coalesce(${difference} > bound.pieces, false) OR coalesce(${difference} * 100 > bound.percent * ${expected}, false)`;

const STOCK_DIFFERENCES = `stock_counts AS (
    SELECT l.stock_id, s.part_id, s.location_id, l.counted, l.counted_by, x.expected, l.counted - x.expected AS difference,
      CASE WHEN o.counted - stocktake_quantity_at($1, o.stock_id, o.counted_at) = l.counted - x.expected
        THEN o.counted_by END AS confirmed_by
    FROM last l JOIN stock s ON s.id = l.stock_id
    CROSS JOIN LATERAL (SELECT stocktake_quantity_at($1, l.stock_id, l.counted_at) AS expected OFFSET 0) x
    LEFT JOIN other o ON o.thing_id = l.thing_id),
  stock_differences AS (
    SELECT CASE WHEN difference > 0 THEN 'surplus' WHEN counted = 0 THEN 'missing' ELSE 'shortage' END,
      NULL::uuid, stock_id, NULL::text, part_id, location_id, location_id, NULL::text, expected, counted, NULL::bigint,
      counted_by, confirmed_by, ${above('abs(difference)', 'expected')}, 'adjust'
    FROM stock_counts, bound WHERE difference <> 0)`;

const LIES = `('in_stock', 'quarantined')`;

const UNIT_DIFFERENCES = `unit_counts AS (
    SELECT l.unit_id, u.part_id, l.counted, l.location_id AS seen_id, l.counted_by, m.id AS movement_id,
      m.to_state AS state, m.to_location_id AS place_id,
      CASE WHEN o.counted_at >= m.occurred_at
        AND (o.counted, o.location_id) IS NOT DISTINCT FROM (l.counted, l.location_id) THEN o.counted_by END AS confirmed_by,
      CASE
        WHEN l.counted = 0 THEN CASE WHEN m.to_state IN ${LIES} AND EXISTS (SELECT FROM stocktake_location here
          WHERE here.stocktake_id = $1 AND here.location_id = m.to_location_id) THEN 'missing' END
        WHEN m.to_state IS NULL OR m.to_state NOT IN ('in_stock', 'quarantined', 'lost') THEN 'not-in-stock'
        WHEN EXISTS (SELECT FROM stocktake_count t WHERE t.stocktake_id = $1 AND t.thing_id = l.thing_id AND t.round = l.round
          AND t.counted = 1 AND t.location_id <> l.location_id AND t.counted_at >= m.occurred_at) THEN 'counted-twice'
        WHEN m.to_state = 'lost' THEN 'found'
        WHEN m.to_location_id <> l.location_id THEN 'misplaced'
      END AS kind
    FROM last l JOIN unit u ON u.id = l.unit_id
    LEFT JOIN other o ON o.thing_id = l.thing_id
    LEFT JOIN LATERAL (SELECT id, to_state, to_location_id, occurred_at FROM movement WHERE unit_id = l.unit_id
      AND occurred_at <= l.counted_at ORDER BY id DESC LIMIT 1) m ON true
    -- What has moved since it was looked at is where the movement says.
    WHERE NOT EXISTS (SELECT FROM movement after WHERE after.unit_id = l.unit_id AND after.id > m.id)),
  unit_differences AS (
    SELECT kind, unit_id, NULL::uuid, NULL::text, part_id, place_id, seen_id, state,
      CASE WHEN state IN ${LIES} THEN 1 ELSE 0 END, counted, movement_id, counted_by, confirmed_by,
      CASE kind WHEN 'missing' THEN ${above('missing', 'expected_of_part')} ELSE kind = 'counted-twice' END,
      CASE kind WHEN 'missing' THEN 'mark-lost' WHEN 'not-in-stock' THEN 'look-into' ELSE 'move-here' END
    FROM (SELECT *, count(*) FILTER (WHERE kind = 'missing') OVER (PARTITION BY part_id) AS missing
          FROM unit_counts WHERE kind IS NOT NULL) judged
    LEFT JOIN (SELECT part_id AS expected_part_id, count(*) AS expected_of_part FROM stocktake_expected
      WHERE stocktake_id = $1 AND unit_id IS NOT NULL GROUP BY part_id) parts ON expected_part_id = part_id
    CROSS JOIN bound)`;

const OTHER_DIFFERENCES = `other_differences AS (
    (SELECT DISTINCT ON (lower(unknown_code)) 'unknown', NULL::uuid, NULL::uuid, unknown_code, NULL::uuid, NULL::uuid,
       location_id, NULL::text, NULL::bigint, counted, NULL::bigint, counted_by, NULL::uuid, false, 'look-into'
     FROM stocktake_count WHERE stocktake_id = $1 AND unknown_code IS NOT NULL ORDER BY lower(unknown_code), id DESC)
    UNION ALL
    SELECT 'uncounted', NULL, e.stock_id, NULL, e.part_id, e.location_id, NULL, NULL,
      stocktake_quantity_at($1, e.stock_id, clock_timestamp()), NULL, NULL, NULL, NULL, true, 'leave'
    FROM stocktake_expected e WHERE e.stocktake_id = $1 AND e.stock_id IS NOT NULL AND e.quantity > 0
      AND NOT EXISTS (SELECT FROM stocktake_count c WHERE c.stocktake_id = $1 AND c.thing_id = e.thing_id))`;

/** What no second person has counted alike so far, and how much of it was not even counted in this round. */
export async function unconfirmedOf(
  tx: Tx,
  id: string,
  round: number,
): Promise<{ readonly unconfirmed: number; readonly uncounted: number }> {
  const [row] = await tx.rows<{ unconfirmed: string; uncounted: string }>(
    `SELECT count(*) AS unconfirmed, count(*) FILTER (WHERE NOT EXISTS (
       SELECT FROM stocktake_count c WHERE c.stocktake_id = $1 AND c.thing_id = d.thing_id AND c.round = $2)) AS uncounted
     FROM stocktake_difference d WHERE d.stocktake_id = $1 AND d.needs_second AND d.confirmed_by IS NULL`,
    [id, round],
  );
  return { unconfirmed: Number(row?.unconfirmed), uncounted: Number(row?.uncounted) };
}
