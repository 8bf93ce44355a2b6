import type { Database, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { CheckResult } from '../verification/recovery-point.ts';
import type { CheckRun, SelfTest } from './backup-catalogue.ts';
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

/** Begins a capture, or takes it over from an earlier attempt of the same job. */
export async function beginCapture(tx: Tx, setId: string, job: JobRun): Promise<RunKey> {
  const [row] = await tx.rows<{ id: string }>(
    `INSERT INTO backup_capture AS c (id, set_id, job_id, attempt, state) VALUES ($1, $2, $3, $4, 'running')
     ON CONFLICT (job_id) DO UPDATE
       SET attempt = EXCLUDED.attempt, state = 'running', step = NULL, progress_unit = NULL, progress_done = NULL,
           progress_total = NULL, progress_per_second = NULL, failure = NULL, failure_code = NULL, finished_at = NULL,
           started_at = now(), heartbeat_at = now()
       WHERE c.attempt < EXCLUDED.attempt AND c.state <> 'done'
     RETURNING id`,
    [newId(), setId, job.jobId, job.attempt],
  );
  return { id: requireRow(row).id, attempt: job.attempt };
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

/** A running check writes every second; after so long without a word its process is gone. */
const SILENT_CHECK_SECONDS = 60;

/**
 * Begins the check of a point, or takes it over from an earlier attempt of the same job.
 * @throws AppError `stale` `attempt-superseded`; `conflict` `check-under-way` while another job reads the point.
 */
export async function beginCheck(
  tx: Tx,
  pointId: string,
  job: JobRun,
  reason: CheckRun['reason'] = 'order',
): Promise<RunKey> {
  await tx.execute(
    `UPDATE backup_check SET ${INTERRUPTED}
      WHERE point_id = $1 AND job_id <> $2 AND state = 'running' AND heartbeat_at < now() - make_interval(secs => $3)`,
    [pointId, job.jobId, SILENT_CHECK_SECONDS],
  );
  const [row] = await mapConstraints({ backup_check_one_running: underWay }, () =>
    tx.rows<{ id: string }>(
      `INSERT INTO backup_check AS c (id, point_id, job_id, attempt, state, reason) VALUES ($1, $2, $3, $4, 'running', $5)
       ON CONFLICT (job_id, point_id) DO UPDATE
         SET attempt = EXCLUDED.attempt, state = 'running', bytes_read = NULL, bytes_total = NULL, bytes_per_second = NULL,
             failure = NULL, failure_code = NULL, finished_at = NULL, started_at = now(), heartbeat_at = now()
         WHERE c.attempt < EXCLUDED.attempt AND c.state <> 'done'
       RETURNING id`,
      [newId(), pointId, job.jobId, job.attempt, reason],
    ),
  );
  return { id: requireRow(row).id, attempt: job.attempt };
}

function underWay(): AppError {
  return new AppError('conflict', 'check-under-way', 'Another check reads this recovery point at this moment');
}

/** Notes how far a check is, and that it is alive. */
export async function recordCheckProgress(db: Database, run: RunKey, progress?: RatedProgress): Promise<void> {
  await db.execute(
    `UPDATE backup_check SET heartbeat_at = now(), bytes_read = $3, bytes_total = $4, bytes_per_second = $5
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [run.id, run.attempt, progress?.done ?? null, progress?.total ?? null, progress?.perSecond ?? null],
  );
}

/** What is recorded of a check that is over. */
export interface FinishedCheck extends Omit<CheckResult, 'level' | 'durationMs' | 'fileDigests'> {
  /** Undefined when the point is not there. */
  readonly level: CheckResult['level'] | undefined;
  readonly format?: string | undefined;
  readonly selfTest?: SelfTest | undefined;
}

/** @throws AppError `stale` `attempt-superseded` when another attempt has the job by now. */
export async function finishCheck(tx: Tx, run: RunKey, result: FinishedCheck): Promise<void> {
  const { selfTest } = result;
  const changed = await tx.execute(
    `UPDATE backup_check
        SET state = 'done', level = $3, verdict = $4, findings = $5::jsonb, files_checked = $6, entries_checked = $7,
            bytes_read = $8, self_test = $9::jsonb, format = $10, decoded_bytes = $11, finished_at = now()
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [
      run.id,
      run.attempt,
      result.level ?? null,
      result.verdict,
      JSON.stringify(result.findings),
      result.filesChecked,
      result.entriesChecked,
      result.bytesRead,
      selfTest === undefined ? null : JSON.stringify(selfTest),
      result.format ?? null,
      result.decodedBytes,
    ],
  );
  if (changed === 0) throw superseded();
}

/** Ends a check that could not be carried out. It changes nothing about the point. */
export async function failCheck(tx: Tx, run: RunKey, failure: RunFailure, verdict?: 'unverifiable'): Promise<void> {
  await tx.execute(
    `UPDATE backup_check SET state = 'failed', failure_code = $3, failure = $4, verdict = $5, finished_at = now()
      WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [run.id, run.attempt, failure.code, failure.message, verdict ?? null],
  );
}

const INTERRUPTED = `state = 'failed', failure_code = 'interrupted', finished_at = now(),
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

function requireRow<Row>(row: Row | undefined): Row {
  if (row === undefined) throw superseded();
  return row;
}

function superseded(): AppError {
  return new AppError('stale', 'attempt-superseded', 'Another worker has taken this job over; nothing was recorded');
}
