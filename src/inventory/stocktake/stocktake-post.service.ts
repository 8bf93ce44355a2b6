import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import { insertMovements, lockParts, settleMovements } from '../movement.store.ts';
import { holdLocations } from '../stock-place.store.ts';
import { actionsFor, CHANGING, type Decisions } from './difference.ts';
import { audit, type ReadVersion } from './stocktake.service.ts';
import { lockStocktake, setEnded, touchStocktake } from './stocktake.store.ts';
import {
  decideRest,
  differencesById,
  type LockedDifference,
  partsToChange,
  postingLines,
  postingSummary,
  setDecisions,
  setOutcomes,
  undecidedCount,
} from './stocktake-post.store.ts';

/**
 * Says what is done about differences when the stocktake is posted, and why. A later decision takes the place of an earlier.
 * @throws AppError `not-found` `no-such-stocktake`; `stale` `stale-stocktake`; `conflict` `stocktake-state`; `unprocessable`
 *   `no-such-difference`, `unsuitable-action`, `second-count-missing`, naming the decision.
 */
export async function decideDifferences(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ReadVersion,
  { decisions, rest }: Decisions,
): Promise<void> {
  await lockStocktake(tx, id, expectedVersion, ['review']);
  const ids = decisions.map(({ differenceId }) => differenceId);
  const known = new Map((await differencesById(tx, id, ids)).map((difference) => [difference.id, difference]));
  for (const [index, decision] of decisions.entries())
    requireSuitable(known.get(decision.differenceId), decision, index);
  const decidedBy = caller.principal.id;
  await setDecisions(tx, decisions, decidedBy);
  if (rest) await decideRest(tx, id, rest, decidedBy);
  await touchStocktake(tx, id);
  await audit(tx, caller, 'stocktake.decide', id, { decisions: decisions.length, rest });
}

function requireSuitable(
  difference: LockedDifference | undefined,
  { differenceId, action }: Decisions['decisions'][number],
  index: number,
): void {
  const refused = (key: string, code: string, message: string) =>
    new AppError('unprocessable', code, `Decision ${index}: ${message}`, {
      fields: [{ field: `#/decisions/${index}/${key}`, message }],
    });
  if (!difference) {
    throw refused('differenceId', 'no-such-difference', `there is no difference ${differenceId} of this stocktake`);
  }
  const suitable = actionsFor(difference.kind, difference.isUnit);
  if (!suitable.includes(action)) {
    throw refused('action', 'unsuitable-action', `what is ${difference.kind} takes ${suitable.join(', ')}`);
  }
  if (difference.isUnconfirmed && CHANGING.includes(action)) {
    const message = 'is above the tolerance, and no second person has counted the same: it must be look-into or leave';
    throw refused('action', 'second-count-missing', message);
  }
}

/**
 * Puts the register right by what was decided: one batch of movements, one audit entry. Pieces change by the difference, so
 * that what moved since the count stays moved; units that moved since are left where they are.
 * @returns the batch of movements.
 * @throws AppError `not-found` `no-such-stocktake`; `stale` `stale-stocktake`; `conflict` `stocktake-state`,
 *   `differences-undecided`, `not-enough-stock` when pieces that are missing have been taken since; `unprocessable`
 *   `unsuitable-location` when a place was retired since.
 */
export async function postStocktake(tx: Tx, caller: Caller, { id, expectedVersion }: ReadVersion): Promise<string> {
  const { name } = await lockStocktake(tx, id, expectedVersion, ['review']);
  const undecided = await undecidedCount(tx, id);
  if (undecided > 0) {
    const message = `${undecided} differences are not decided: say of each what is done about it, and why`;
    throw new AppError('conflict', 'differences-undecided', message);
  }
  await lockParts(tx, await partsToChange(tx, id));
  await setOutcomes(tx, id);
  const posted = await postingLines(tx, id);
  await holdLocations(
    tx,
    posted.flatMap(({ seenLocationId }) =>
      seenLocationId === null ? [] : [{ locationId: seenLocationId, field: '#' }],
    ),
  );
  const batchId = newId();
  const endedBy = caller.principal.id;
  await insertMovements(
    tx,
    posted.map(({ line }) => line),
    { actorId: endedBy, batchId },
  );
  await settleMovements(tx);
  const summary = await postingSummary(tx, id);
  await setEnded(tx, id, { state: 'posted', endedBy, batchId });
  await audit(tx, caller, 'stocktake.post', id, { name, batchId, ...summary });
  return batchId;
}
