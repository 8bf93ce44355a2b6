import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { backupSetById } from '../backup-set.queries.ts';
import type { BackupTarget } from '../external/repository.service.ts';
import { lockSet } from '../external/set.store.ts';
import { updateRetentionPolicy } from './retention-policy.store.ts';
import type { RetentionPolicy, RetentionPolicyChange } from './retention-policy.ts';

/**
 * Changes what is kept of a set, whoever takes its backups. Nothing is removed now: the next verified backup of Muster's own has
 * the new policy applied.
 * @throws AppError `not-found` `no-such-backup-set`; `stale` `stale-backup-set`; `conflict` `backup-set-retired`.
 */
export async function changeRetentionPolicy(
  tx: Tx,
  caller: Caller,
  target: BackupTarget,
  change: RetentionPolicyChange,
): Promise<BackupSet> {
  const before = await lockSet(tx, target.id, target.expectedVersion);
  const policy = changed(before.retention, change);
  await updateRetentionPolicy(tx, target.id, policy);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'backup-set.change-retention',
    subjectKind: 'backup-set',
    subjectId: target.id,
    details: { name: before.name, from: before.retention, to: policy },
  });
  return backupSetById(tx, target.id);
}

/** Fields that are left out change nothing. */
function changed(policy: RetentionPolicy, change: RetentionPolicyChange): RetentionPolicy {
  const stated = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...policy, ...Object.fromEntries(stated) };
}
