import type { Tx } from '../../database/database.ts';
import type { MovementLine } from '../movement-line.ts';
import type { DifferenceAction, DifferenceKind, DifferenceReason } from './difference.ts';

/** A difference as it is decided. */
export interface LockedDifference {
  readonly id: string;
  readonly kind: DifferenceKind;
  readonly isUnit: boolean;
  /** It needs a second count that says the same, and has none. */
  readonly isUnconfirmed: boolean;
}

/** The differences of a stocktake with these ids. The caller holds the stocktake. */
export async function differencesById(
  tx: Tx,
  stocktakeId: string,
  ids: readonly string[],
): Promise<LockedDifference[]> {
  return tx.rows<LockedDifference>(
    `SELECT id, kind, unit_id IS NOT NULL AS "isUnit", needs_second AND confirmed_by IS NULL AS "isUnconfirmed"
     FROM stocktake_difference WHERE stocktake_id = $1 AND id = ANY ($2::uuid[])`,
    [stocktakeId, ids],
  );
}

/** What is to be done about one difference, and why. */
export interface Decision {
  readonly differenceId: string;
  readonly action: DifferenceAction;
  readonly reason: DifferenceReason;
  readonly note?: string | undefined;
}

export async function setDecisions(tx: Tx, decisions: readonly Decision[], decidedBy: string | null): Promise<void> {
  await tx.execute(
    `UPDATE stocktake_difference d SET action = w.action, reason = w.reason, note = w.note, decided_by = $2
     FROM jsonb_to_recordset($1::jsonb) AS w ("differenceId" uuid, action text, reason text, note text)
     WHERE d.id = w."differenceId"`,
    [JSON.stringify(decisions), decidedBy],
  );
}

/** What nobody has decided gets its proposal; without the second count that it needs, somebody looks into it. */
export async function decideRest(
  tx: Tx,
  stocktakeId: string,
  { reason, note }: Pick<Decision, 'reason' | 'note'>,
  decidedBy: string | null,
): Promise<void> {
  await tx.execute(
    `UPDATE stocktake_difference SET reason = $2, note = $3, decided_by = $4,
       action = CASE WHEN needs_second AND confirmed_by IS NULL THEN 'look-into' ELSE proposal END
     WHERE stocktake_id = $1 AND action IS NULL`,
    [stocktakeId, reason, note ?? null, decidedBy],
  );
}

/** How many differences nobody has decided. What nobody counted stays as it is, and asks for no decision. */
export async function undecidedCount(tx: Tx, stocktakeId: string): Promise<number> {
  const [row] = await tx.rows<{ count: string }>(
    `SELECT count(*) FROM stocktake_difference WHERE stocktake_id = $1 AND action IS NULL AND kind <> 'uncounted'`,
    [stocktakeId],
  );
  return Number(row?.count);
}

const CHANGES = `action IN ('adjust', 'mark-lost', 'move-here')`;

/** The parts of which something is to be changed. */
export async function partsToChange(tx: Tx, stocktakeId: string): Promise<string[]> {
  const rows = await tx.rows<{ id: string }>(
    `SELECT DISTINCT part_id AS id FROM stocktake_difference WHERE stocktake_id = $1 AND ${CHANGES}`,
    [stocktakeId],
  );
  return rows.map(({ id }) => id);
}

/** Notes what will become of each difference. A unit that has moved since it was judged is where that movement says. */
export async function setOutcomes(tx: Tx, stocktakeId: string): Promise<void> {
  await tx.execute(
    `UPDATE stocktake_difference d SET outcome = CASE
       WHEN (${CHANGES}) IS NOT TRUE THEN 'left'
       WHEN EXISTS (SELECT FROM movement m WHERE m.unit_id = d.unit_id AND m.id > d.movement_id) THEN 'overtaken'
       ELSE 'adjusted' END
     WHERE d.stocktake_id = $1`,
    [stocktakeId],
  );
}

/** A movement that posts a difference, and where its unit goes. */
export interface PostedLine {
  readonly line: MovementLine;
  readonly seenLocationId: string | null;
}

/**
 * The movements that carry the adjusted differences out, in the order of what they move: lost units to lost, seen ones to
 * where they were seen (a damaged one that was lost into quarantine), and pieces more or fewer.
 */
export async function postingLines(tx: Tx, stocktakeId: string): Promise<PostedLine[]> {
  return tx.rows<PostedLine>(
    `SELECT d.seen_location_id AS "seenLocationId", jsonb_strip_nulls(jsonb_build_object(
       'kind', CASE WHEN d.action = 'mark-lost' OR (u.state = 'lost' AND u.condition = 'damaged') THEN 'adjust'
         ELSE 'count' END,
       'partId', d.part_id, 'unitId', d.unit_id, 'quantity', CASE WHEN d.stock_id IS NOT NULL THEN abs(d.counted - d.expected) END,
       'fromStockId', CASE WHEN d.counted < d.expected THEN d.stock_id END,
       'toStockId', CASE WHEN d.counted > d.expected THEN d.stock_id END,
       'toState', CASE WHEN d.unit_id IS NULL THEN NULL WHEN d.action = 'mark-lost' THEN 'lost'
         WHEN u.state = 'quarantined' OR u.condition = 'damaged' THEN 'quarantined' ELSE 'in_stock' END,
       'toLocationId', CASE WHEN d.unit_id IS NOT NULL AND d.action = 'move-here' THEN d.seen_location_id END,
       'reason', 'Stocktake ' || s.name || ': ' || d.reason || coalesce('. ' || d.note, ''),
       'reference', 'stocktake ' || s.id)) AS line
     FROM stocktake_difference d JOIN stocktake s ON s.id = d.stocktake_id LEFT JOIN unit u ON u.id = d.unit_id
     WHERE d.stocktake_id = $1 AND d.outcome = 'adjusted' ORDER BY d.thing_id`,
    [stocktakeId],
  );
}

/** What a posting did, for its audit entry. */
export interface PostingSummary {
  readonly adjusted: number;
  readonly left: number;
  readonly overtaken: number;
  readonly unitsLost: number;
  readonly unitsMoved: number;
  readonly piecesAdded: number;
  readonly piecesTaken: number;
  /** How many of the adjusted ones have which reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

export async function postingSummary(tx: Tx, stocktakeId: string): Promise<PostingSummary> {
  const rows = await tx.rows<PostingSummary>(
    `SELECT count(*) FILTER (WHERE outcome = 'adjusted')::integer AS adjusted,
       count(*) FILTER (WHERE outcome = 'left')::integer AS left,
       count(*) FILTER (WHERE outcome = 'overtaken')::integer AS overtaken,
       count(*) FILTER (WHERE outcome = 'adjusted' AND action = 'mark-lost')::integer AS "unitsLost",
       count(*) FILTER (WHERE outcome = 'adjusted' AND action = 'move-here')::integer AS "unitsMoved",
       coalesce(sum(greatest(counted - expected, 0)) FILTER (WHERE outcome = 'adjusted' AND stock_id IS NOT NULL), 0)::float8
         AS "piecesAdded",
       coalesce(sum(greatest(expected - counted, 0)) FILTER (WHERE outcome = 'adjusted' AND stock_id IS NOT NULL), 0)::float8
         AS "piecesTaken",
       (SELECT coalesce(jsonb_object_agg(reason, n), '{}') FROM (SELECT reason, count(*) AS n FROM stocktake_difference
          WHERE stocktake_id = $1 AND outcome = 'adjusted' GROUP BY reason) r) AS reasons
     FROM stocktake_difference WHERE stocktake_id = $1`,
    [stocktakeId],
  );
  const [summary] = rows;
  if (!summary) throw new Error('an aggregate answered no row');
  return summary;
}
