import type { Tx } from '../../database/database.ts';
import type { RetentionPolicy } from './retention-policy.ts';

/** Replaces the policy of a set, which the caller holds by `lockSet`. */
export async function updateRetentionPolicy(tx: Tx, setId: string, policy: RetentionPolicy): Promise<void> {
  const { minimumCopies, hourly, daily, weekly, monthly, yearly } = policy;
  await tx.execute(
    `UPDATE backup_set SET keep_points = $2, keep_hourly = $3, keep_daily = $4, keep_weekly = $5, keep_monthly = $6,
            keep_yearly = $7, version = version + 1, updated_at = now()
      WHERE id = $1`,
    [setId, minimumCopies, hourly, daily, weekly, monthly, yearly],
  );
}
