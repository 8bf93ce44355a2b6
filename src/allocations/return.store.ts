import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { LockedLine } from './lifecycle.ts';

/**
 * Where an issued line came from, as the ledger has it.
 * @throws AppError `internal` when the ledger has no issue for it, which the walls do not let happen.
 */
export async function originOfIssue(db: Queryable, line: LockedLine): Promise<{ readonly locationId: string }> {
  const [found] = await db.rows<{ locationId: string }>(
    `SELECT from_location_id AS "locationId" FROM movement
     WHERE line_id = $1 AND kind = 'issue' AND from_location_id IS NOT NULL ORDER BY id DESC LIMIT 1`,
    [line.rootLineId],
  );
  if (!found) throw new AppError('internal', 'no-issue-in-ledger', `The ledger has no issue of line ${line.id}`);
  return found;
}

/** The stock row of the same part, lot and expiry at a location and in a condition: the row itself, or made where there is none. */
export async function stockRowBeside(
  tx: Tx,
  stockId: string,
  { locationId, condition }: { readonly locationId: string; readonly condition: 'usable' | 'quarantined' },
): Promise<string> {
  await tx.execute(
    `INSERT INTO stock (id, part_id, location_id, lot, expires_on, condition)
     SELECT $2, part_id, $3, lot, expires_on, $4 FROM stock WHERE id = $1
     ON CONFLICT ON CONSTRAINT stock_place_unique DO NOTHING`,
    [stockId, newId(), locationId, condition],
  );
  const [row] = await tx.rows<{ id: string }>(
    `SELECT beside.id FROM stock s JOIN stock beside ON beside.part_id = s.part_id AND beside.lot = s.lot
       AND beside.expires_on IS NOT DISTINCT FROM s.expires_on
     WHERE s.id = $1 AND beside.location_id = $2 AND beside.condition = $3`,
    [stockId, locationId, condition],
  );
  if (!row) throw new AppError('internal', 'no-stock-row', `There is no stock row beside ${stockId}`);
  return row.id;
}

/** Notes that somebody had a unit in hand, and what it looked like. */
export async function seeUnit(tx: Tx, unitId: string, isDamaged: boolean): Promise<void> {
  await tx.execute(
    `UPDATE unit SET last_seen_at = clock_timestamp(), condition = CASE WHEN $2 THEN 'damaged' ELSE condition END WHERE id = $1`,
    [unitId, isDamaged],
  );
}
