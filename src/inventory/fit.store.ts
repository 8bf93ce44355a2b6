import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { NewFit } from './fit.ts';
import type { FitKey } from './fit-edge.queries.ts';

/** The other end of an edge and its qualities, as they are stored. */
export interface FitEdge {
  readonly deviceModelId: string | null;
  readonly replacedPartId: string | null;
  readonly rank: number;
  readonly quantity: number;
  readonly conditions: string | null;
}

/**
 * Reads a fit, which nobody else can change until the transaction ends.
 * @throws AppError `not-found` `no-such-fit`; `stale` `stale-fit` when its version is not the expected one.
 */
export async function lockFit(
  tx: Tx,
  { partId, fitId, expectedVersion }: FitKey & { readonly expectedVersion: number },
): Promise<FitEdge> {
  const [found] = await tx.rows<FitEdge & { version: number }>(
    `SELECT device_model_id AS "deviceModelId", replaced_part_id AS "replacedPartId", rank, quantity, conditions, version
     FROM part_fit WHERE id = $1 AND part_id = $2 FOR UPDATE`,
    [fitId, partId],
  );
  if (!found) throw new AppError('not-found', 'no-such-fit', `The part ${partId} has no fit ${fitId}`);
  const { version, ...edge } = found;
  if (version === expectedVersion) return edge;
  throw new AppError(
    'stale',
    'stale-fit',
    `The fit is at version ${version}, not ${expectedVersion}: read it and decide again`,
  );
}

/** How many edges there are from the device model or part that a new one is to come from. The caller holds that row. */
export async function fitCount(tx: Tx, { deviceModelId, replacedPartId }: NewFit): Promise<number> {
  const [row] = await tx.rows<{ count: string }>(
    'SELECT count(*) FROM part_fit WHERE device_model_id = $1 OR replaced_part_id = $2',
    [deviceModelId ?? null, replacedPartId ?? null],
  );
  return Number(row?.count);
}

export async function insertFit(tx: Tx, { partId, fitId }: FitKey, wanted: NewFit): Promise<void> {
  await tx.execute(
    `INSERT INTO part_fit (id, part_id, device_model_id, replaced_part_id, rank, quantity, conditions)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      fitId,
      partId,
      wanted.deviceModelId ?? null,
      wanted.replacedPartId ?? null,
      wanted.rank,
      wanted.quantity,
      wanted.conditions,
    ],
  );
}

/** Sets the qualities of a fit and counts its version up. The caller holds it by {@link lockFit}. */
export async function updateFit(
  tx: Tx,
  fitId: string,
  { rank, quantity, conditions }: Pick<FitEdge, 'rank' | 'quantity' | 'conditions'>,
): Promise<void> {
  await tx.execute(
    `UPDATE part_fit SET rank = $2, quantity = $3, conditions = $4, version = version + 1, updated_at = now() WHERE id = $1`,
    [fitId, rank, quantity, conditions],
  );
}

/** Edges are configuration, which the ledger does not name: they may go. The caller holds it by {@link lockFit}. */
export async function deleteFit(tx: Tx, fitId: string): Promise<void> {
  await tx.execute('DELETE FROM part_fit WHERE id = $1', [fitId]);
}
