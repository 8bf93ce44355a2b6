import type { Queryable } from '../database/database.ts';
import type { PastRun } from './history.ts';
import type { Phase } from './phase.ts';

/** The newest full runs of a drill that have ended, from the newest down. */
export async function pastRunsOfDrill(db: Queryable, drill: string, limit: number): Promise<PastRun[]> {
  return db.rows<PastRun>(pastRuns('drill'), [drill, limit]);
}

/** The same of all drills of a service, by its name. */
export async function pastRunsOfService(db: Queryable, service: string, limit: number): Promise<PastRun[]> {
  return db.rows<PastRun>(pastRuns('service'), [service, limit]);
}

// The condition on the status is that of the indexes.
function pastRuns(column: 'drill' | 'service'): string {
  return `SELECT r.id, r.drill, r.triggered_at AS "triggeredAt", r.status, r.procedure,
            r.technical_rta_seconds AS "technicalRtaSeconds", p.seconds AS "phaseSeconds",
            (SELECT target_seconds FROM drill_target WHERE run_id = r.id AND target = 'recover') AS "recoverTargetSeconds"
       FROM (SELECT id, drill, triggered_at, status, procedure, technical_rta_seconds FROM drill_run
              WHERE ${column} = $1 AND mode = 'full' AND status IN ('completed', 'failed', 'aborted', 'interrupted')
              ORDER BY id DESC LIMIT $2) r
       CROSS JOIN LATERAL (
         SELECT coalesce(jsonb_object_agg(phase, seconds), '{}') AS seconds
           FROM drill_phase WHERE run_id = r.id AND status = 'done'
       ) p
      ORDER BY r.id DESC`;
}

/** What to expect of a phase by the runs that passed. */
export interface ExpectedPhase {
  readonly seconds: number;
  /** Null when the phase moves no bytes that are counted. */
  readonly bytesPerSecond: number | null;
}

/** Passed runs that an expectation rests on: the newest, since data grows. */
const EXPECTED_RUNS_MAX = 5;

/** What to expect of each phase of a drill: the median of its last passed runs, by nearest rank. None before the first. */
export async function expectedPhases(
  db: Queryable,
  drill: string,
): Promise<{ readonly runCount: number; readonly phases: ReadonlyMap<Phase, ExpectedPhase> }> {
  const rows = await db.rows<{ phase: Phase; runs: number } & ExpectedPhase>(
    `SELECT p.phase, count(*)::integer AS runs, percentile_disc(0.5) WITHIN GROUP (ORDER BY p.seconds) AS seconds,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY p.size_bytes / nullif(p.seconds, 0)) AS "bytesPerSecond"
       FROM (SELECT id FROM drill_run WHERE drill = $1 AND mode = 'full' AND procedure = 'passed' ORDER BY id DESC LIMIT $2) r
       JOIN drill_phase p ON p.run_id = r.id AND p.status = 'done'
      GROUP BY p.phase`,
    [drill, EXPECTED_RUNS_MAX],
  );
  return {
    runCount: Math.max(0, ...rows.map(({ runs }) => runs)),
    phases: new Map(rows.map(({ phase, seconds, bytesPerSecond }) => [phase, { seconds, bytesPerSecond }])),
  };
}
