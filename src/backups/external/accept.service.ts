import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { backupSetById } from '../backup-set.queries.ts';
import { pointById } from '../catalogue.queries.ts';
import { isCheckUnderWay } from '../run.queries.ts';
import { forgetRecord, lockPoint } from './point.store.ts';
import { requireExternal } from './set.store.ts';

/**
 * Takes what lies in the repository now for the point: what it was before is forgotten, and the next check records what it
 * finds. For a point that somebody replaced on purpose.
 * @throws AppError `not-found` `no-such-recovery-point`; `conflict` `not-external`, `backup-set-retired`,
 *   `nothing-to-accept` unless it is there and `altered`, `check-under-way`.
 */
export async function acceptPoint(tx: Tx, caller: Caller, id: string, reason: string): Promise<RecoveryPoint> {
  const before = await lockPoint(tx, id);
  const set = requireExternal(await backupSetById(tx, before.setId));
  if (before.state !== 'present' || before.verdict !== 'altered') {
    throw new AppError(
      'conflict',
      'nothing-to-accept',
      `${before.name} is ${before.state === 'present' ? (before.verdict ?? 'not checked yet') : before.state}: only a point that is there and altered can be accepted as it is now`,
    );
  }
  if (await isCheckUnderWay(tx, id)) {
    throw new AppError(
      'conflict',
      'check-under-way',
      'A check reads this recovery point at this moment: wait for its end',
    );
  }
  await forgetRecord(tx, id);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'recovery-point.accept',
    subjectKind: 'recovery-point',
    subjectId: id,
    details: { set: set.name, name: before.name, reason, digest: before.digest ?? null },
  });
  return pointById(tx, id);
}
