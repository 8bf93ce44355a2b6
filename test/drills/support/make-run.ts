import type { Database } from '../../../src/database/database.ts';
import { PHASES } from '../../../src/drills/phase.ts';
import { newId } from '../../../src/kernel/ids.ts';

/** A run as its rows stand afterwards, or while it restores. */
export interface MadeRun {
  readonly drill: string;
  readonly service: string;
  readonly triggeredAt: Date;
  readonly outcome: 'passed' | 'failed' | 'interrupted' | 'skipped' | 'running';
  /** All that its recovery took; 1 unless stated. */
  readonly restoreSeconds?: number;
}

/** Writes the rows of a run that nobody carried out. */
export async function makeRun(db: Database, run: MadeRun): Promise<string> {
  const { drill, service, triggeredAt, outcome, restoreSeconds = 1 } = run;
  const id = newId();
  const isPassed = outcome === 'passed';
  const isRunning = outcome === 'running';
  const status = isPassed ? 'completed' : outcome;
  await db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO drill_run (id, drill, service, trigger, mode, requested_by_name, triggered_at, status, validation, procedure,
              technical_rta_seconds, finished_at, started_at, host_id, attempt, heartbeat_at, lease_expires_at)
       VALUES ($1, $2, $3, 'manual', 'full', 'somebody', $4, $5, $6, $7, $8, $9, $4, 'here', 1, $10, $10)`,
      [
        ...[id, drill, service, triggeredAt, status, isPassed ? 'passed' : 'not reached'],
        outcome === 'failed' || isPassed ? outcome : 'not assessed',
        isPassed ? restoreSeconds : null,
        isRunning ? null : triggeredAt,
        isRunning ? new Date(Date.now() + 600_000) : null,
      ],
    );
    if (outcome === 'skipped') return;
    await tx.execute(
      `INSERT INTO drill_phase (run_id, phase, position, status, started_at, ended_at, seconds)
       SELECT $1, phase, position, status, CASE WHEN status IN ('done', 'running') THEN $4::timestamptz END,
              CASE WHEN status = 'done' THEN $4::timestamptz END,
              CASE WHEN status = 'done' THEN CASE WHEN phase = 'restore' THEN $5::double precision ELSE 0 END END
         FROM (SELECT phase, position, CASE WHEN phase IN ('respond', 'plan', 'handover') THEN 'not measured'
                 WHEN $3 = 'passed' OR position < 6 THEN 'done' WHEN $3 = 'running' AND phase = 'restore' THEN 'running'
                 ELSE 'not reached' END AS status
                 FROM unnest($2::text[]) WITH ORDINALITY AS listed (phase, position)) p`,
      [id, PHASES, outcome, triggeredAt, restoreSeconds],
    );
  });
  return id;
}
