import type { Queryable, Tx } from '../database/database.ts';
import type { Fence } from './drill-run.store.ts';

/** A run that counts as running, with what tells whether it does. */
export interface RunningRun extends Fence {
  readonly hostId: string;
  readonly workerProcess: string;
  readonly leaseDead: boolean;
}

/** Every run that counts as running. The lease is judged by the database's clock. */
export async function runningRuns(db: Queryable): Promise<RunningRun[]> {
  return db.rows<RunningRun>(
    `SELECT id AS "runId", attempt, host_id AS "hostId", worker_process AS "workerProcess",
            lease_expires_at < clock_timestamp() AS "leaseDead"
       FROM drill_run WHERE status = 'running' ORDER BY id`,
  );
}

/**
 * Takes a run over from a worker that is gone. From the commit on nothing that the old worker writes is accepted. Undefined
 * when somebody else was faster, or the worker spoke after all (`provenDead` leaves its lease out of account).
 */
export async function takeOverRun(
  tx: Tx,
  { runId, attempt }: Fence,
  reaper: { readonly process: string; readonly leaseSeconds: number; readonly provenDead: boolean },
): Promise<Fence | undefined> {
  const rows = await tx.rows<{ attempt: number }>(
    `UPDATE drill_run SET attempt = attempt + 1, worker_process = $3, version = version + 1,
            lease_expires_at = clock_timestamp() + make_interval(secs => $4)
      WHERE id = $1 AND attempt = $2 AND status = 'running' AND ($5 OR lease_expires_at < clock_timestamp())
      RETURNING attempt`,
    [runId, attempt, reaper.process, reaper.leaseSeconds, reaper.provenDead],
  );
  return rows[0] && { runId, attempt: rows[0].attempt };
}

/** A run that has not begun, and how long it might wait. */
export interface WaitingRun extends Fence {
  readonly startWithinSeconds: number;
}

/** Runs that no worker took in time. */
export async function staleQueuedRuns(db: Queryable): Promise<WaitingRun[]> {
  return db.rows<WaitingRun>(
    `SELECT id AS "runId", attempt, start_within_seconds AS "startWithinSeconds" FROM drill_run
      WHERE status = 'queued' AND triggered_at < clock_timestamp() - make_interval(secs => start_within_seconds)
      ORDER BY id LIMIT 100`,
  );
}

/** An ended run that has left something. */
export interface RunToCleanUp {
  readonly runId: string;
  /** On purpose, for a time that is over. */
  readonly wasKept: boolean;
  /** What it has restored for a real incident. */
  readonly isRecovery: boolean;
}

/**
 * Ended runs of a host whose leftovers were not removed, or not wholly, and those whose sandboxes were kept long enough. A
 * clean-up step of the definition that failed is not mended by removing anything again.
 */
export async function runsToCleanUp(db: Queryable, hostId: string): Promise<RunToCleanUp[]> {
  return db.rows<RunToCleanUp>(
    `SELECT id AS "runId", kept_until IS NOT NULL AS "wasKept", mode = 'recovery' AS "isRecovery" FROM drill_run r
      WHERE host_id = $1 AND status NOT IN ('queued', 'running')
        AND (cleanup = 'pending' OR (cleanup = 'kept' AND kept_until <= clock_timestamp()) OR cleanup = 'failed' AND (
              EXISTS (SELECT FROM drill_resource left_over WHERE left_over.run_id = r.id AND left_over.removed_at IS NULL)
              OR NOT EXISTS (SELECT FROM drill_step_attempt a
                              WHERE a.run_id = r.id AND a.phase = 'cleanup' AND a.outcome <> 'done')))
      ORDER BY id`,
    [hostId],
  );
}

/** Whether a run is known, and may still be at work; `kept`: it is not, and its sandbox is there on purpose. */
export async function runState(db: Queryable, runId: string): Promise<'live' | 'kept' | 'ended' | 'unknown'> {
  const [row] = await db.rows<{ state: 'live' | 'kept' | 'ended' }>(
    `SELECT CASE WHEN status IN ('queued', 'running') THEN 'live' WHEN cleanup = 'kept' THEN 'kept' ELSE 'ended' END AS state
       FROM drill_run WHERE id = $1`,
    [runId],
  );
  return row?.state ?? 'unknown';
}

/** The position after the last line of a run's log. */
export async function nextLogPosition(db: Queryable, runId: string): Promise<number> {
  const rows = await db.rows<{ next: number }>(
    'SELECT coalesce(max(position) + 1, 0) AS next FROM drill_log WHERE run_id = $1',
    [runId],
  );
  return rows[0]?.next ?? 0;
}
