import type { Queryable, Tx } from '../database/database.ts';

/** Until when the sandbox of an ended run stays (null: until a person discards it), and what it takes on the disk. */
export interface KeptSandbox {
  readonly until: Date | null;
  readonly sizeBytes: number;
}

/** Runs whose sandboxes this host keeps for a time, from the one that would go first. */
export async function keptRuns(
  db: Queryable,
  hostId: string,
): Promise<{ readonly runId: string; readonly sizeBytes: number }[]> {
  return db.rows(
    `SELECT id AS "runId", kept_size_bytes::double precision AS "sizeBytes"
       FROM drill_run WHERE host_id = $1 AND cleanup = 'kept' AND kept_until IS NOT NULL ORDER BY kept_until, id`,
    [hostId],
  );
}

/** Records that what a recovery has restored stays, after its end was written. */
export async function recordKept(tx: Tx, runId: string, reason: string | null, sizeBytes: number): Promise<void> {
  await tx.execute(
    `UPDATE drill_run SET cleanup = 'kept', cleanup_reason = $2, kept_size_bytes = $3, version = version + 1
      WHERE id = $1 AND cleanup IN ('pending', 'failed')`,
    [runId, reason, sizeBytes],
  );
}

/** Lets the time of a kept sandbox end now; false when the run keeps none (any more). */
export async function endKeeping(tx: Tx, runId: string): Promise<boolean> {
  const affected = await tx.execute(
    `UPDATE drill_run SET kept_until = least(kept_until, clock_timestamp()), version = version + 1
      WHERE id = $1 AND cleanup = 'kept'`,
    [runId],
  );
  return affected === 1;
}
