import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import { holdHolder } from './hand-over.store.ts';
import type { HandOverRequest } from './hand-over.ts';
import { lockAllocation, touchAllocation } from './lifecycle.store.ts';
import type { AllocationTarget } from './lifecycle.ts';

/**
 * Makes somebody else the holder of an allocation: of what is out, and of what is held for later.
 * @throws AppError `not-found`, `stale`; `conflict` `allocation-over`, `same-holder`; `unprocessable` `unsuitable-holder`.
 */
export async function handOver(
  tx: Tx,
  caller: Caller,
  target: AllocationTarget,
  { holder }: HandOverRequest,
): Promise<Allocation> {
  const allocation = await lockAllocation(tx, target);
  if (!allocation.lines.some(({ state }) => state === 'held' || state === 'issued')) {
    throw new AppError('conflict', 'allocation-over', `${allocation.code} has nothing held or handed out any more`);
  }
  const { name } = await holdHolder(tx, holder, '#/holder');
  if (holder.id === allocation.holder.id && holder.kind === allocation.holder.kind) {
    throw new AppError('conflict', 'same-holder', `${name} has ${allocation.code} already`, {
      fields: [{ field: '#/holder', message: 'is the holder already' }],
    });
  }
  await touchAllocation(tx, allocation.id, { holder });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'allocation.hand-over',
    subjectKind: 'allocation',
    subjectId: allocation.id,
    details: { from: allocation.holder, to: holder },
  });
  return allocationById(tx, allocation.id);
}
