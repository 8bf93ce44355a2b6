import type { Database } from '../database/database.ts';
import { QUEUE_SCHEMA } from './queue-name.ts';

/** Fires are looked up for this long. */
const KEPT_DAYS = 400;
/** Rows that one statement deletes, so that it never holds much. */
const DELETED_MAX = 5000;

/**
 * Writes down how the jobs of fires ended. The queue's record of a job is the truth (it takes results only from the worker
 * that holds the job's lease), but it is kept for days and fires for more than a year.
 */
export async function recordOutcomes(db: Database): Promise<void> {
  await db.execute(
    `UPDATE schedule_fire f
     SET outcome = j.state::text, attempt = j.retry_count + 1, finished_at = COALESCE(j.completed_on, clock_timestamp()),
         failure = CASE WHEN j.state = 'failed' THEN left(COALESCE(
           j.output ->> 'message', j.output #>> '{value,message}', j.output ->> 'value', 'no reason recorded'), 2000) END
     FROM ${QUEUE_SCHEMA}.job j
     WHERE f.state = 'fired' AND f.outcome IS NULL AND j.name = f.job_queue AND j.id = f.job_id
       AND j.state IN ('completed', 'failed', 'cancelled')`,
  );
}

/** Gives up on fires whose job's record is gone, and forgets fires older than {@link KEPT_DAYS} days. */
export async function tidyFires(db: Database): Promise<void> {
  await db.execute(
    `UPDATE schedule_fire f SET outcome = 'unknown', finished_at = clock_timestamp()
     WHERE f.state = 'fired' AND f.outcome IS NULL AND f.recorded_at < clock_timestamp() - interval '1 hour'
       AND NOT EXISTS (SELECT FROM ${QUEUE_SCHEMA}.job j WHERE j.name = f.job_queue AND j.id = f.job_id)`,
  );
  await db.execute(
    `DELETE FROM schedule_fire WHERE id IN (
       SELECT id FROM schedule_fire WHERE slot < clock_timestamp() - make_interval(days => $1) ORDER BY slot LIMIT $2)`,
    [KEPT_DAYS, DELETED_MAX],
  );
}
