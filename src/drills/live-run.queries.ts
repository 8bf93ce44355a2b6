import type { Queryable } from '../database/database.ts';
import type { DrillLogLine } from './run.ts';

/** What tells whether a run has moved, at the cost of one statement. */
export interface RunPulse {
  /** Another text as soon as anything but the log has changed. */
  readonly state: string;
  /** Position of the last line of the log; -1 without any. */
  readonly lastLine: number;
}

/** How a run moves; undefined when there is no such run. */
export async function runPulse(db: Queryable, runId: string): Promise<RunPulse | undefined> {
  const rows = await db.rows<RunPulse>(
    `SELECT coalesce((SELECT max(position) FROM drill_log WHERE run_id = r.id), -1) AS "lastLine",
            jsonb_build_array(r.version, r.status, r.phase, r.progress_bytes_done, r.progress_bytes_total, r.cleanup,
              (SELECT jsonb_agg(status ORDER BY position) FROM drill_phase WHERE run_id = r.id),
              (SELECT jsonb_build_array(count(*), count(ended_at)) FROM drill_step_attempt WHERE run_id = r.id),
              (SELECT jsonb_build_array(count(*), count(outcome)) FROM drill_confirmation WHERE run_id = r.id),
              (SELECT jsonb_agg(jsonb_build_array(state, sighted_at) ORDER BY position)
                 FROM drill_holding WHERE run_id = r.id),
              (SELECT count(*) FROM drill_participant WHERE run_id = r.id),
              (SELECT jsonb_agg(jsonb_build_array(before.id, before.status) ORDER BY before.id)
                 FROM drill_run before WHERE r.status = 'queued' AND before.status IN ('queued', 'running'))
            )::text AS state
       FROM drill_run r WHERE r.id = $1`,
    [runId],
  );
  return rows[0];
}

/** A line of a run's log with its place in it. */
export interface PlacedLogLine extends DrillLogLine {
  /** From 0, without gaps. */
  readonly position: number;
}

/** The next lines of a run's log after a position, in their order. */
export async function logAfter(db: Queryable, runId: string, after: number, limit: number): Promise<PlacedLogLine[]> {
  return db.rows<PlacedLogLine>(
    `SELECT position, logged_at AS at, level, phase, message
       FROM drill_log WHERE run_id = $1 AND position > $2 ORDER BY position LIMIT $3`,
    [runId, after, limit],
  );
}
