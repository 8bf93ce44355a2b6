import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { pointById } from '../catalogue.queries.ts';
import { endHold, holdById, insertHold } from './hold.store.ts';
import type { NewHold, RecoveryPointHold } from './hold.ts';

/**
 * Keeps a recovery point until a moment, whatever its set's policy says. Of a point that another tool made, Muster can only say
 * so.
 * @throws AppError `not-found` `no-such-recovery-point`; `conflict` `recovery-point-removed`; `unprocessable` `hold-ends-too-soon`,
 *   `hold-too-long`.
 */
export async function holdPoint(tx: Tx, caller: Caller, pointId: string, hold: NewHold): Promise<RecoveryPointHold> {
  const point = await pointById(tx, pointId);
  const id = await insertHold(tx, point, hold, caller.principal.id);
  const { reason, until } = hold;
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'recovery-point.hold',
    ...subject(pointId),
    details: { hold: id, name: point.name, reason, until },
  });
  return holdById(tx, id);
}

/**
 * Ends a hold before its time.
 * @throws AppError `not-found` `no-such-hold`; `conflict` `hold-over` when it was released or has ended.
 */
export async function releaseHold(tx: Tx, caller: Caller, id: string, reason: string): Promise<RecoveryPointHold> {
  const before = await holdById(tx, id);
  if (!(await endHold(tx, id, reason, caller.principal.id))) {
    const { state, until, released } = await holdById(tx, id);
    const since = state === 'released' ? `was released at ${released?.at}` : `ended at ${until}`;
    throw new AppError('conflict', 'hold-over', `This hold ${since}: there is nothing to release`);
  }
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'recovery-point.release-hold',
    ...subject(before.pointId),
    details: { hold: id, reason, heldFor: before.reason, until: before.until.toString() },
  });
  return holdById(tx, id);
}

const subject = (pointId: string) => ({ subjectKind: 'recovery-point', subjectId: pointId });
