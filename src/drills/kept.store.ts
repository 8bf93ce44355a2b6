import type { Queryable, Tx } from '../database/database.ts';

/** Until when the sandbox of an ended run stays, and what it takes on the disk. */
export interface KeptSandbox {
  readonly until: Date;
  readonly sizeBytes: number;
}

/** Runs whose sandboxes this host keeps, from the one that would go first. */
export async function keptRuns(
  db: Queryable,
  hostId: string,
): Promise<{ readonly runId: string; readonly sizeBytes: number }[]> {
  return db.rows(
    `SELECT id AS "runId", kept_size_bytes::double precision AS "sizeBytes"
       FROM drill_run WHERE host_id = $1 AND cleanup = 'kept' ORDER BY kept_until, id`,
    [hostId],
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
