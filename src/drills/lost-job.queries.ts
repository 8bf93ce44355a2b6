import type { Queryable } from '../database/database.ts';
import { QUEUE_SCHEMA } from '../scheduling/queue-name.ts';
import { DRILL_JOB } from './drill-schedule.ts';

/** Runs that one look finds; what is left is for the next. */
const RUNS_MAX = 100;

/**
 * Runs that wait, in time to begin, and that no job will carry out: neither one that waits or is worked for this very run, nor one
 * of a slot of its drill that is worked, which makes its run itself. A job whose worker is dead counts until the queue knows it.
 * @param runId this one alone.
 */
export async function runsWithoutJob(db: Queryable, runId: string | null = null): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT r.id FROM drill_run r
      WHERE r.status = 'queued' AND ($2::uuid IS NULL OR r.id = $2)
        AND r.triggered_at + make_interval(secs => r.start_within_seconds) > clock_timestamp()
        AND NOT EXISTS (
          SELECT FROM ${QUEUE_SCHEMA}.job j
           WHERE j.name = $1 AND j.state IN ('created', 'retry', 'active')
             AND (j.data->>'runId' = r.id::text OR j.state = 'active' AND j.data->>'drill' = r.drill))
      ORDER BY r.id LIMIT $3`,
    [DRILL_JOB, runId, RUNS_MAX],
  );
  return rows.map(({ id }) => id);
}
