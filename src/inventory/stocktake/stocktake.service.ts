import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { lockParts } from '../movement.store.ts';
import { holdLocations } from '../stock-place.store.ts';
import { insertStocktake, lockStocktake, setCounted, setEnded, takePicture } from './stocktake.store.ts';
import type { NewStocktake } from './stocktake.ts';
import { findDifferences, implyAbsent, partsOfStocktake, unconfirmedOf } from './stocktake-close.store.ts';

/**
 * Opens a stocktake and keeps what is expected. Nothing is blocked by it.
 * @param openedBy the principal; null: Muster itself.
 * @throws AppError `unprocessable` `unsuitable-location`; `conflict` `stocktake-overlaps`.
 */
export async function openStocktake(
  tx: Tx,
  caller: Caller,
  wanted: NewStocktake,
  openedBy: string | null = caller.principal.id,
): Promise<string> {
  const id = newId();
  await holdLocations(tx, [{ locationId: wanted.locationId, field: '#/locationId' }]);
  await insertStocktake(tx, { id, openedBy, wanted });
  const expected = await takePicture(tx, id);
  const { name, locationId, isBlind, tolerance } = wanted;
  await audit(tx, caller, 'stocktake.open', id, { name, locationId, isBlind, tolerance, ...expected });
  return id;
}

/** A stocktake as its reader knew it. */
export interface ReadVersion {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Closes a count. Of the first one, what was expected, not counted and has not moved is not there. What differs by more than
 * the tolerance is to be counted again by somebody else, until two people say the same, and so is what nobody counted although pieces of it
 * moved; then the differences are up for review.
 * @throws AppError `not-found` `no-such-stocktake`; `stale` `stale-stocktake`; `conflict` `stocktake-state`,
 *   `recount-incomplete` when a second count is missing and `leaveUnconfirmed` is not set.
 */
export async function closeCount(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ReadVersion,
  { leaveUnconfirmed, closedBy }: { readonly leaveUnconfirmed: boolean; readonly closedBy: string },
): Promise<void> {
  const { state, round } = await lockStocktake(tx, id, expectedVersion, ['counting', 'recounting']);
  // Movements of these parts that are under way are waited for: they belong before or behind each count.
  await lockParts(tx, await partsOfStocktake(tx, id));
  if (state === 'counting') await implyAbsent(tx, id, round, closedBy);
  await findDifferences(tx, id);
  const { unconfirmed, uncounted } = await unconfirmedOf(tx, id, round);
  if (state === 'recounting' && uncounted > 0 && !leaveUnconfirmed) throw incomplete(uncounted);
  const isAgain = unconfirmed > 0 && !leaveUnconfirmed;
  const next = isAgain ? ({ state: 'recounting', round: round + 1 } as const) : ({ state: 'review', round } as const);
  await setCounted(tx, id, { ...next, closedBy });
  await audit(tx, caller, 'stocktake.close', id, { round, unconfirmed, state: next.state });
}

function incomplete(uncounted: number): AppError {
  return new AppError(
    'conflict',
    'recount-incomplete',
    `${uncounted} things wait for their second count: count them, or close with leaveUnconfirmed, and they stay as they are`,
  );
}

/**
 * Ends a stocktake without posting anything. What was counted stays on record, and when each piece was seen.
 * @throws AppError as {@link closeCount}, without the last one.
 */
export async function cancelStocktake(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ReadVersion,
  reason: string,
): Promise<void> {
  await lockStocktake(tx, id, expectedVersion, ['counting', 'recounting', 'review']);
  await setEnded(tx, id, { state: 'cancelled', endedBy: caller.principal.id, reason });
  await audit(tx, caller, 'stocktake.cancel', id, { reason });
}

/** One audit entry of a stocktake. */
export async function audit(tx: Tx, caller: Caller, action: string, id: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action,
    subjectKind: 'stocktake',
    subjectId: id,
    details: { ...details },
  });
}
