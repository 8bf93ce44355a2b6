import type { Queryable } from '../database/database.ts';
import type { Holding } from './holding.ts';

/** What a run holds, held, or needed in vain, in the order of the lines. */
export async function holdingsOf(db: Queryable, runId: string): Promise<Holding[]> {
  return db.rows<Holding>(
    `SELECT kind, wanted, quantity, state, thing, place, from_reserve AS "isFromReserve", allocation_id AS "allocationId",
            line_id AS "lineId", unit_id AS "unitId", seen_at AS "seenAt", sighted_at AS "sightedAt",
            sighted_by AS "sightedBy", note
       FROM drill_holding WHERE run_id = $1 ORDER BY position`,
    [runId],
  );
}

/**
 * When each of these things was last in somebody's hand, by the id of the unit or of the stock row; those never seen are left
 * out.
 */
export async function lastSeen(
  db: Queryable,
  things: { readonly unitIds: readonly string[]; readonly stockIds: readonly string[] },
): Promise<ReadonlyMap<string, Date>> {
  // A unit keeps it itself; bulk pieces were seen when they were counted, and whenever some were put there or taken away.
  const rows = await db.rows<{ id: string; at: Date | null }>(
    `SELECT id, last_seen_at AS at FROM unit WHERE id = ANY ($1::uuid[]) AND last_seen_at IS NOT NULL
     UNION ALL
     SELECT s.id, greatest(s.last_seen_at,
              (SELECT occurred_at FROM movement WHERE from_stock_id = s.id ORDER BY id DESC LIMIT 1),
              (SELECT occurred_at FROM movement WHERE to_stock_id = s.id ORDER BY id DESC LIMIT 1))
       FROM stock s WHERE s.id = ANY ($2::uuid[])`,
    [[...things.unitIds], [...things.stockIds]],
  );
  return new Map(rows.flatMap(({ id, at }) => (at === null ? [] : [[id, at]])));
}
