import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { NewStocktake, StocktakeState } from './stocktake.ts';

/**
 * Inserts a stocktake with the locations that it covers.
 * @throws AppError `conflict` `stocktake-overlaps` when one of them is counted already.
 */
export async function insertStocktake(
  tx: Tx,
  { id, openedBy, wanted }: { readonly id: string; readonly openedBy: string | null; readonly wanted: NewStocktake },
): Promise<void> {
  const { locationId, name, isBlind, tolerance, note } = wanted;
  await tx.execute(
    `INSERT INTO stocktake (id, location_id, name, is_blind, tolerance_pieces, tolerance_percent, note, opened_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, locationId, name, isBlind, tolerance.pieces, tolerance.percent, note ?? null, openedBy],
  );
  const overlaps = () =>
    new AppError('conflict', 'stocktake-overlaps', 'A part of this location is counted by an open stocktake already', {
      fields: [{ field: '#/locationId', message: 'must share no location with an open stocktake' }],
    });
  await mapConstraints({ stocktake_location_open_unique: overlaps }, () =>
    tx.execute(
      `INSERT INTO stocktake_location (stocktake_id, location_id)
       SELECT $1, t.id FROM location_subtree($2) AS t (id) ORDER BY t.id`,
      [id, locationId],
    ),
  );
}

/**
 * Keeps the expected picture: every unit and stock row that lies there, in one statement and so at one instant.
 * @returns how many of each.
 */
export async function takePicture(tx: Tx, id: string): Promise<{ readonly units: number; readonly stockRows: number }> {
  const [counts] = await tx.rows<{ units: string; stockRows: string }>(
    `WITH place AS MATERIALIZED (SELECT location_id AS id FROM stocktake_location WHERE stocktake_id = $1),
     kept AS (
       INSERT INTO stocktake_expected (stocktake_id, unit_id, stock_id, part_id, location_id, quantity, movement_id)
       SELECT $1, u.id, NULL, u.part_id, u.location_id, 1, m.id
       FROM place JOIN unit u ON u.location_id = place.id
       CROSS JOIN LATERAL (SELECT id FROM movement WHERE unit_id = u.id ORDER BY id DESC LIMIT 1) m
       UNION ALL
       SELECT $1, NULL, s.id, s.part_id, s.location_id, s.quantity, coalesce(greatest(
         (SELECT id FROM movement WHERE from_stock_id = s.id ORDER BY id DESC LIMIT 1),
         (SELECT id FROM movement WHERE to_stock_id = s.id ORDER BY id DESC LIMIT 1)), 0)
       FROM place JOIN stock s ON s.location_id = place.id
       RETURNING unit_id)
     SELECT count(unit_id) AS units, count(*) - count(unit_id) AS "stockRows" FROM kept`,
    [id],
  );
  return { units: Number(counts?.units), stockRows: Number(counts?.stockRows) };
}

/** A stocktake whose state nobody else changes until the transaction ends. */
export interface LockedStocktake {
  readonly id: string;
  readonly name: string;
  readonly locationId: string;
  readonly state: StocktakeState;
  readonly isBlind: boolean;
  readonly round: number;
  readonly openedAt: Date;
  readonly version: number;
}

const LOCKED = `id, name, location_id AS "locationId", state, is_blind AS "isBlind", round, opened_at AS "openedAt", version`;

/**
 * Reads a stocktake, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-stocktake`; `stale` `stale-stocktake`; `conflict` `stocktake-state`.
 */
export async function lockStocktake(
  tx: Tx,
  id: string,
  expectedVersion: number,
  allowed: readonly StocktakeState[],
): Promise<LockedStocktake> {
  const [found] = await tx.rows<LockedStocktake>(`SELECT ${LOCKED} FROM stocktake WHERE id = $1 FOR UPDATE`, [id]);
  if (!found) throw noSuchStocktake(id);
  if (found.version !== expectedVersion) {
    const message = `The stocktake is at version ${found.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-stocktake', message);
  }
  requireStocktakeState(found, allowed);
  return found;
}

/** The same for whoever counts: beside other counters, and before it is closed. @throws AppError as {@link lockStocktake}. */
export async function shareStocktake(tx: Tx, id: string): Promise<LockedStocktake> {
  const [found] = await tx.rows<LockedStocktake>(`SELECT ${LOCKED} FROM stocktake WHERE id = $1 FOR SHARE`, [id]);
  if (!found) throw noSuchStocktake(id);
  requireStocktakeState(found, ['counting', 'recounting']);
  return found;
}

const SITUATION: Readonly<Record<StocktakeState, string>> = {
  counting: 'is being counted: close the count first',
  recounting: 'waits for its second count',
  review: 'has been counted: decide its differences, then post it',
  posted: 'was posted',
  cancelled: 'was cancelled',
};

function requireStocktakeState({ name, state }: LockedStocktake, allowed: readonly StocktakeState[]): void {
  if (allowed.includes(state)) return;
  throw new AppError('conflict', 'stocktake-state', `The stocktake ${name} ${SITUATION[state]}`);
}

/** The count of a round is closed. */
export async function setCounted(
  tx: Tx,
  id: string,
  to: { readonly state: StocktakeState; readonly round: number; readonly closedBy: string | null },
): Promise<void> {
  await tx.execute(
    `UPDATE stocktake SET state = $2, round = $3, closed_by = $4, closed_at = clock_timestamp(), version = version + 1
     WHERE id = $1`,
    [id, to.state, to.round, to.closedBy],
  );
}

/** It is over; its locations are free for the next one. */
export async function setEnded(
  tx: Tx,
  id: string,
  end: {
    readonly state: 'posted' | 'cancelled';
    readonly endedBy: string | null;
    readonly reason?: string;
    readonly batchId?: string;
  },
): Promise<void> {
  await tx.execute(
    `UPDATE stocktake SET state = $2, is_open = false, ended_by = $3, ended_reason = $4, batch_id = $5,
       ended_at = clock_timestamp(), version = version + 1 WHERE id = $1`,
    [id, end.state, end.endedBy, end.reason ?? null, end.batchId ?? null],
  );
}

/** Counts the version of a stocktake up whose differences were decided. The caller holds it. */
export async function touchStocktake(tx: Tx, id: string): Promise<void> {
  await tx.execute('UPDATE stocktake SET version = version + 1 WHERE id = $1', [id]);
}

export function noSuchStocktake(id: string): AppError {
  return new AppError('not-found', 'no-such-stocktake', `There is no stocktake ${id}`);
}
