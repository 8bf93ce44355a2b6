import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { Order, ReplenishmentOrigin, ReplenishmentState } from './replenishment.ts';

/** A replenishment to be asked for. */
export interface NewReplenishmentRow {
  readonly id: string;
  readonly partId: string;
  readonly quantity: number;
  readonly origin: ReplenishmentOrigin;
  readonly reason?: string | undefined;
}

/** Inserts a request. @throws AppError `unprocessable` `unsuitable-part`. */
export async function insertReplenishment(tx: Tx, row: NewReplenishmentRow): Promise<void> {
  const noPart = () =>
    new AppError('unprocessable', 'unsuitable-part', `There is no part ${row.partId}`, {
      fields: [{ field: '#/partId', message: 'must be the id of a part' }],
    });
  await mapConstraints({ replenishment_part_id_fkey: noPart }, () =>
    tx.execute(
      `INSERT INTO replenishment (id, part_id, quantity, state, origin, reason) VALUES ($1, $2, $3, 'requested', $4, $5)`,
      [row.id, row.partId, row.quantity, row.origin, row.reason ?? null],
    ),
  );
}

/** A replenishment as it is before a change. */
export interface LockedReplenishment {
  readonly partId: string;
  readonly quantity: number;
  readonly receivedQuantity: number;
  readonly state: ReplenishmentState;
}

/**
 * Reads a replenishment, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-replenishment`; `stale` `stale-replenishment`.
 */
export async function lockReplenishment(tx: Tx, id: string, expectedVersion: number): Promise<LockedReplenishment> {
  const [found] = await tx.rows<LockedReplenishment & { version: number }>(
    `SELECT part_id AS "partId", quantity, received_quantity AS "receivedQuantity", state, version
     FROM replenishment WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw new AppError('not-found', 'no-such-replenishment', `There is no replenishment ${id}`);
  if (found.version === expectedVersion) return found;
  const message = `The replenishment is at version ${found.version}, not ${expectedVersion}: read it and decide again`;
  throw new AppError('stale', 'stale-replenishment', message);
}

/** The part of a replenishment, which never changes; undefined when there is none. */
export async function partOfReplenishment(tx: Tx, id: string): Promise<string | undefined> {
  const [found] = await tx.rows<{ partId: string }>('SELECT part_id AS "partId" FROM replenishment WHERE id = $1', [
    id,
  ]);
  return found?.partId;
}

/** States the order of a replenishment that the caller holds. */
export async function setOrdered(tx: Tx, id: string, { supplier, reference, expectedOn }: Order): Promise<void> {
  await tx.execute(
    `UPDATE replenishment SET state = 'ordered', supplier = $2, reference = $3, expected_on = $4, version = version + 1,
       updated_at = now() WHERE id = $1`,
    [id, supplier, reference, expectedOn],
  );
}

/** Adds what has come to a replenishment that the caller holds; with the last piece it is received. */
export async function addReceived(tx: Tx, id: string, quantity: number): Promise<void> {
  await tx.execute(
    `UPDATE replenishment SET received_quantity = received_quantity + $2,
       state = CASE WHEN received_quantity + $2 >= quantity THEN 'received' ELSE state END, version = version + 1,
       updated_at = now() WHERE id = $1`,
    [id, quantity],
  );
}

/** Ends a replenishment that the caller holds. */
export async function setCancelled(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE replenishment SET state = 'cancelled', reason = $2, version = version + 1, updated_at = now() WHERE id = $1`,
    [id, reason],
  );
}
