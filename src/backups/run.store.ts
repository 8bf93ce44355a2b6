import type { Database, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { CaptureNote } from './capture/tree/tree-notes.ts';
import type { RatedProgress } from './run-progress.ts';

/** One run of a job over one subject. Everything is written under its attempt, so a worker that lost the job writes nothing. */
export interface RunKey {
  readonly id: string;
  readonly attempt: number;
}

/** The job that runs, as the queue counts it. */
export interface JobRun {
  readonly jobId: string;
  readonly attempt: number;
}

/** Why a run came to nothing. */
export interface RunFailure {
  readonly code: string;
  readonly message: string;
}

/** Begins a capture, or takes it over from an earlier attempt of the same job; a point that this one made stays in the catalogue. */
export async function beginCapture(tx: Tx, setId: string, job: JobRun): Promise<RunKey> {
  const [row] = await tx.rows<{ id: string }>(
    `INSERT INTO backup_capture AS c (id, set_id, job_id, attempt, state) VALUES ($1, $2, $3, $4, 'running')
     ON CONFLICT (job_id) DO UPDATE
       SET attempt = EXCLUDED.attempt, state = 'running', step = NULL, progress_unit = NULL, progress_done = NULL,
           progress_total = NULL, progress_per_second = NULL, failure = NULL, failure_code = NULL, finished_at = NULL,
           point_id = NULL, notes = '[]', started_at = now(), heartbeat_at = now()
       WHERE c.attempt < EXCLUDED.attempt
     RETURNING id`,
    [newId(), setId, job.jobId, job.attempt],
  );
  if (row === undefined) throw superseded();
  return { id: row.id, attempt: job.attempt };
}

/** Notes how far a capture is, and that it is alive. */
export async function recordCaptureProgress(db: Database, run: RunKey, progress?: RatedProgress): Promise<void> {
  await db.execute(
    `UPDATE backup_capture
        SET heartbeat_at = now(), step = $3, progress_unit = $4, progress_done = $5, progress_total = $6,
            progress_per_second = $7
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [run.id, run.attempt, ...progressValues(progress)],
  );
}

/**
 * @param notes what befell the source meanwhile
 * @throws AppError `stale` `attempt-superseded` when another attempt has the job by now.
 */
export async function finishCapture(
  tx: Tx,
  run: RunKey,
  pointId: string,
  notes: readonly CaptureNote[] = [],
): Promise<void> {
  const changed = await tx.execute(
    `UPDATE backup_capture SET state = 'done', point_id = $3, notes = $4::jsonb, finished_at = now()
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [run.id, run.attempt, pointId, JSON.stringify(notes)],
  );
  if (changed === 0) throw superseded();
}

export async function failCapture(tx: Tx, run: RunKey, failure: RunFailure): Promise<void> {
  await tx.execute(
    `UPDATE backup_capture SET state = 'failed', failure_code = $3, failure = $4, finished_at = now()
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [run.id, run.attempt, failure.code, failure.message],
  );
}

/** How a run ends whose process is gone. */
export const INTERRUPTED = `state = 'failed', failure_code = 'interrupted', finished_at = now(),
       failure = 'The process that did this ended without a word'`;

/** Marks runs whose process has been silent for so long that it is gone. */
export async function failSilentRuns(tx: Tx, silentSeconds: number): Promise<void> {
  for (const table of ['backup_capture', 'backup_check']) {
    await tx.execute(
      `UPDATE ${table} SET ${INTERRUPTED}
        WHERE state = 'running' AND heartbeat_at < now() - make_interval(secs => $1)`,
      [silentSeconds],
    );
  }
}

function progressValues(progress: RatedProgress | undefined): unknown[] {
  if (progress === undefined) return [null, null, null, null, null];
  const { step, unit, done, total, perSecond } = progress;
  return [step, unit, done, total, perSecond];
}

/** Another attempt has the job by now. */
export function superseded(): AppError {
  return new AppError('stale', 'attempt-superseded', 'Another worker has taken this job over; nothing was recorded');
}
