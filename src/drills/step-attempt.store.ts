import type { Queryable, Tx } from '../database/database.ts';
import type { StepAttempt, StepOutcome } from './step-attempt.ts';

/** Records that a try of a step has begun. */
export async function beginAttempt(
  tx: Tx,
  runId: string,
  { position, attempt, step, phase, startedAt }: Omit<StepAttempt, 'outcome' | 'seconds' | 'detail'>,
): Promise<void> {
  await tx.execute(
    `INSERT INTO drill_step_attempt (run_id, position, attempt, step, phase, started_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING`,
    [runId, position, attempt, step, phase, startedAt],
  );
}

/** How a try ended. */
export interface AttemptEnd extends Pick<StepAttempt, 'position' | 'attempt'> {
  readonly outcome: Exclude<StepOutcome, 'running'>;
  readonly endedAt: Date;
  readonly seconds: number;
  readonly detail: string;
}

/** Records how a try of a step ended. */
export async function endAttempt(tx: Tx, runId: string, end: AttemptEnd): Promise<void> {
  await tx.execute(
    `UPDATE drill_step_attempt SET outcome = $4, ended_at = $5, seconds = $6, detail = $7
      WHERE run_id = $1 AND position = $2 AND attempt = $3 AND outcome = 'running'`,
    [runId, end.position, end.attempt, end.outcome, end.endedAt, end.seconds, end.detail],
  );
}

/** Closes the try in which a run was lost, at the last sign of life. */
export async function interruptAttempts(tx: Tx, runId: string): Promise<void> {
  await tx.execute(
    `UPDATE drill_step_attempt a
        SET outcome = 'interrupted', ended_at = greatest(r.heartbeat_at, a.started_at),
            seconds = greatest(extract(epoch FROM r.heartbeat_at - a.started_at), 0),
            detail = 'interrupted; timed up to the last sign of life, by the wall clock'
       FROM drill_run r WHERE r.id = a.run_id AND a.run_id = $1 AND a.outcome = 'running'`,
    [runId],
  );
}

/** Every try of every step of a run, in the order of the definition. */
export async function attemptsOf(db: Queryable, runId: string): Promise<StepAttempt[]> {
  return db.rows<StepAttempt>(
    `SELECT position, step, phase, attempt, outcome, started_at AS "startedAt", seconds, detail
       FROM drill_step_attempt WHERE run_id = $1 ORDER BY position, attempt`,
    [runId],
  );
}
