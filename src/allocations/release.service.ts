import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import { heldLines } from './collect.service.ts';
import { endLine, lockAllocation, settle, touchAllocation } from './lifecycle.store.ts';
import type { AllocationTarget } from './lifecycle.ts';
import type { ReleaseRequest } from './release.ts';

/**
 * Gives up what a hold or reservation keeps, all of it or the lines that are named; what was collected stays out.
 * @throws AppError `not-found`, `stale`; `conflict` `hold-expired`, `line-not-held`, `nothing-held`.
 */
export async function release(
  tx: Tx,
  caller: Caller,
  target: AllocationTarget,
  { lines: named, note }: ReleaseRequest,
): Promise<Allocation> {
  const allocation = await lockAllocation(tx, target);
  const lines = heldLines(allocation, named);
  for (const line of lines) await endLine(tx, line, { state: 'released', quantity: line.quantity, note: note ?? null });
  await touchAllocation(tx, allocation.id);
  await settle(tx);
  await recordAudit(tx, {
    ...originOf(caller),
    action: allocation.form === 'reservation' ? 'allocation.cancel' : 'allocation.release',
    subjectKind: 'allocation',
    subjectId: allocation.id,
    details: { lines: lines.map(({ id }) => id), note: note ?? null },
  });
  return allocationById(tx, allocation.id);
}
