import type { Tx } from '../database/database.ts';
import { mapConstraints, type SqlFailure } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { MovementAct, MovementLine } from './movement-line.ts';

/**
 * Writes lines into the ledger, in their order and in one statement; the database carries each out on its unit or stock
 * row. Whoever calls it has locked the pools of the parts before ({@link lockParts}).
 * @throws AppError `conflict` `unit-cannot-go` (its state does not let it), `not-enough-stock`, `damaged-in-stock`;
 *   `invalid` `movement-in-future`.
 */
export async function insertMovements(tx: Tx, lines: readonly MovementLine[], act: MovementAct): Promise<void> {
  if (lines.length === 0) return;
  await mapConstraints(ERRORS, () =>
    tx.execute(
      `INSERT INTO movement (batch_id, kind, part_id, quantity, unit_id, to_state, from_stock_id, to_stock_id,
         to_location_id, service_id, line_id, reason, reference, actor_id, occurred_at)
       SELECT $2, m.kind, m."partId", coalesce(m.quantity, 1), m."unitId", m."toState", m."fromStockId", m."toStockId",
         m."toLocationId", m."serviceId", m."lineId", m.reason, m.reference, $3, coalesce($4, now())
       FROM jsonb_to_recordset($1::jsonb) AS m (kind text, "partId" uuid, quantity integer, "unitId" uuid, "toState" text,
         "fromStockId" uuid, "toStockId" uuid, "toLocationId" uuid, "serviceId" uuid, "lineId" uuid, reason text,
         reference text)`,
      [JSON.stringify(lines), act.batchId, act.actorId, act.occurredAt ?? null],
    ),
  );
}

/**
 * Asks now what the database would otherwise refuse when the transaction commits: pieces that are held were moved away,
 * or a unit went that a line of an allocation still has out. The last step of an act that writes movements alone.
 * @throws AppError `conflict` `stock-is-held`, `unit-is-out`.
 */
export async function settleMovements(tx: Tx): Promise<void> {
  await mapConstraints(ERRORS, () => tx.execute('SET CONSTRAINTS movement_keeps_holds, movement_line_check IMMEDIATE'));
}

/**
 * Locks the pools of parts, as a statement of its own and before any other row, and ends the holds in them whose time is
 * over. Everything that follows in the transaction sees what the holders of the locks before it have committed.
 */
export async function lockParts(tx: Tx, partIds: Iterable<string>): Promise<void> {
  await tx.execute('SELECT lock_pools($1::uuid[], $2::uuid[])', [[...new Set(partIds)], []]);
}

/** The database says which unit or row it was; the words for people are its own, beginning small. */
const conflict = (code: string, advice: string) => (failure: SqlFailure) =>
  new AppError('conflict', code, `${failure.message.charAt(0).toUpperCase()}${failure.message.slice(1)}. ${advice}`);

const ERRORS: Parameters<typeof mapConstraints>[0] = {
  movement_way_of_unit: conflict('unit-cannot-go', 'Read the unit again: somebody may have moved it meanwhile'),
  movement_keeps_holds: conflict('stock-is-held', 'Release the holds first, or move fewer pieces'),
  allocation_line_ledger: conflict('unit-is-out', 'What is handed out comes back by the return of its check-out'),
  stock_quantity: () =>
    new AppError(
      'conflict',
      'not-enough-stock',
      'A stock row holds from none to 1,000,000,000 pieces: there are fewer than would be taken, read the stock again',
    ),
  unit_damaged_is_no_stock: () =>
    new AppError(
      'conflict',
      'damaged-in-stock',
      'A damaged unit cannot lie in stock: quarantine it, or state another condition first',
    ),
  movement_not_in_future: () =>
    new AppError('invalid', 'movement-in-future', 'A movement cannot have happened in the future: correct its time'),
};
