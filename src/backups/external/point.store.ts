import type { Tx } from '../../database/database.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { pointById } from '../catalogue.queries.ts';

/**
 * Reads a point that nobody else can change, nor begin to check, until the transaction ends.
 * @throws AppError `not-found` `no-such-recovery-point`.
 */
export async function lockPoint(tx: Tx, id: string): Promise<RecoveryPoint> {
  await tx.execute('SELECT FROM recovery_point WHERE id = $1 FOR UPDATE', [id]);
  return pointById(tx, id);
}

/** Forgets what is on record of a point's bytes and of its checks: it counts as never read. */
export async function forgetRecord(tx: Tx, id: string): Promise<void> {
  await tx.execute(
    `UPDATE recovery_point
        SET digest = NULL, digest_origin = NULL, verdict = NULL, verdict_at = NULL, verified_level = NULL,
            read_in_full_at = NULL, version = version + 1
      WHERE id = $1`,
    [id],
  );
  await tx.execute('UPDATE recovery_point_file SET digest = NULL WHERE point_id = $1 AND digest IS NOT NULL', [id]);
}
