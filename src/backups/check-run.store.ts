import type { Database, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { CheckResult } from '../verification/recovery-point.ts';
import type { CheckRun, SelfTest } from './backup-catalogue.ts';
import { INTERRUPTED, type JobRun, type RunFailure, type RunKey, superseded } from './run.store.ts';
import type { RatedProgress } from './run-progress.ts';

/** A running check writes every second; after so long without a word its process is gone. */
const SILENT_CHECK_SECONDS = 60;

/** A check that is to begin. */
export interface NewCheck {
  readonly pointId: string;
  readonly reason: CheckRun['reason'];
}

/** Begins the check of one point; see `beginChecks`. */
export async function beginCheck(
  tx: Tx,
  pointId: string,
  job: JobRun,
  reason: CheckRun['reason'] = 'order',
): Promise<RunKey> {
  const run = (await beginChecks(tx, [{ pointId, reason }], job)).get(pointId);
  if (run === undefined) throw superseded();
  return run;
}

/**
 * Begins the checks of points, or takes them over from an earlier attempt of the same job: all of them or none.
 * @returns by the id of the point.
 * @throws AppError `stale` `attempt-superseded`; `conflict` `check-under-way` while another job reads one of the points.
 */
export async function beginChecks(tx: Tx, checks: readonly NewCheck[], job: JobRun): Promise<Map<string, RunKey>> {
  const points = checks.map(({ pointId }) => pointId);
  await tx.execute(
    `UPDATE backup_check SET ${INTERRUPTED}
      WHERE point_id = ANY ($1) AND job_id <> $2 AND state = 'running'
        AND heartbeat_at < now() - make_interval(secs => $3)`,
    [points, job.jobId, SILENT_CHECK_SECONDS],
  );
  const rows = await mapConstraints({ backup_check_one_running: underWay }, () =>
    tx.rows<{ id: string; point_id: string }>(
      `INSERT INTO backup_check AS c (id, point_id, job_id, attempt, state, reason)
       SELECT new.id, new.point_id, $3, $4, 'running', new.reason
         FROM unnest($1::uuid[], $2::uuid[], $5::text[]) AS new (id, point_id, reason)
       ON CONFLICT (job_id, point_id) DO UPDATE
         SET attempt = EXCLUDED.attempt, state = 'running', bytes_read = NULL, bytes_total = NULL, bytes_per_second = NULL,
             failure = NULL, failure_code = NULL, finished_at = NULL, started_at = now(), heartbeat_at = now()
         WHERE c.attempt < EXCLUDED.attempt AND c.state <> 'done'
       RETURNING id, point_id`,
      [checks.map(() => newId()), points, job.jobId, job.attempt, checks.map(({ reason }) => reason)],
    ),
  );
  if (rows.length < checks.length) throw superseded();
  return new Map(rows.map(({ id, point_id: pointId }) => [pointId, { id, attempt: job.attempt }]));
}

function underWay(): AppError {
  return new AppError('conflict', 'check-under-way', 'Another check reads this recovery point at this moment');
}

/** Notes how far a check is, and that it is alive. */
export async function recordCheckProgress(db: Database, run: RunKey, progress?: RatedProgress): Promise<void> {
  await recordChecksProgress(db, [run], progress && { runId: run.id, progress });
}

/** Notes that checks are alive, and how far the one of them is that is being read. One that is being recorded is left alone. */
export async function recordChecksProgress(
  db: Database,
  runs: readonly RunKey[],
  read?: { readonly runId: string; readonly progress: RatedProgress },
): Promise<void> {
  await db.execute(
    `UPDATE backup_check c
        SET heartbeat_at = now(), bytes_read = CASE WHEN c.id = $3 THEN $4 ELSE c.bytes_read END,
            bytes_total = CASE WHEN c.id = $3 THEN $5 ELSE c.bytes_total END,
            bytes_per_second = CASE WHEN c.id = $3 THEN $6 ELSE c.bytes_per_second END
       FROM (SELECT alive.id FROM unnest($1::uuid[], $2::integer[]) AS run (id, attempt)
               JOIN backup_check alive ON alive.id = run.id AND alive.attempt = run.attempt
              WHERE alive.state = 'running' FOR UPDATE OF alive SKIP LOCKED) alive
      WHERE c.id = alive.id`,
    [
      runs.map(({ id }) => id),
      runs.map(({ attempt }) => attempt),
      ...(read === undefined
        ? [null, null, null, null]
        : [read.runId, read.progress.done, read.progress.total, read.progress.perSecond]),
    ],
  );
}

/** Locks checks with their points, in the order of the points. @returns the ids of those that no other attempt has by now. */
export async function holdChecks(tx: Tx, runs: readonly RunKey[]): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string }>(
    `SELECT c.id FROM unnest($1::uuid[], $2::integer[]) AS run (id, attempt)
       JOIN backup_check c ON c.id = run.id AND c.attempt = run.attempt
       JOIN recovery_point p ON p.id = c.point_id
      WHERE c.state = 'running' ORDER BY p.id FOR NO KEY UPDATE OF p, c`,
    [runs.map(({ id }) => id), runs.map(({ attempt }) => attempt)],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What is recorded of a check that is over. */
export interface FinishedCheck extends Omit<CheckResult, 'level' | 'durationMs' | 'fileDigests'> {
  /** Undefined when the point is not there. */
  readonly level: CheckResult['level'] | undefined;
  readonly format?: string | undefined;
  readonly selfTest?: SelfTest | undefined;
  /** How long it took, when it waited before it was begun or recorded: it is on record as ending now. */
  readonly seconds?: number | undefined;
}

/** Ends checks. Those that another attempt has by now are left alone. */
export async function finishChecks(
  tx: Tx,
  checks: readonly { readonly run: RunKey; readonly result: FinishedCheck }[],
): Promise<void> {
  await tx.execute(
    `UPDATE backup_check c
        SET state = 'done', level = f.level, verdict = f.verdict, findings = f.findings, files_checked = f.files,
            entries_checked = f.entries, bytes_read = f.bytes, self_test = f.self_test, format = f.format,
            decoded_bytes = f.decoded, finished_at = now(),
            started_at = coalesce(now() - make_interval(secs => f.seconds), c.started_at)
       FROM jsonb_to_recordset($1::jsonb) AS f (id uuid, attempt integer, level text, verdict text, findings jsonb,
              files integer, entries bigint, bytes bigint, self_test jsonb, format text, decoded bigint,
              seconds double precision)
      WHERE c.id = f.id AND c.attempt = f.attempt AND c.state = 'running'`,
    [JSON.stringify(checks.map(finishedRow))],
  );
}

function finishedRow({ run, result }: { readonly run: RunKey; readonly result: FinishedCheck }) {
  return {
    ...run,
    level: result.level,
    verdict: result.verdict,
    findings: result.findings,
    files: result.filesChecked,
    entries: result.entriesChecked,
    bytes: result.bytesRead,
    self_test: result.selfTest,
    format: result.format,
    decoded: result.decodedBytes,
    seconds: result.seconds,
  };
}

/** A check that could not be carried out, and why. */
export interface FailedCheck {
  readonly run: RunKey;
  readonly failure: RunFailure;
  readonly verdict?: 'unverifiable' | undefined;
}

/** Ends checks that could not be carried out. They change nothing about their points. */
export async function failChecks(tx: Tx, checks: readonly FailedCheck[]): Promise<void> {
  await tx.execute(
    `UPDATE backup_check c
        SET state = 'failed', failure_code = f.code, failure = f.message, verdict = f.verdict, finished_at = now()
       FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[])
            AS f (id, attempt, code, message, verdict)
      WHERE c.id = f.id AND c.attempt = f.attempt AND c.state = 'running'`,
    [
      checks.map(({ run }) => run.id),
      checks.map(({ run }) => run.attempt),
      checks.map(({ failure }) => failure.code),
      checks.map(({ failure }) => failure.message),
      checks.map(({ verdict }) => verdict ?? null),
    ],
  );
}

/** Gives back checks that were begun and of which nothing was read. One that keeps results of an earlier attempt fails. */
export async function handBackChecks(tx: Tx, runs: readonly RunKey[], failure: RunFailure): Promise<void> {
  await tx.execute(
    `DELETE FROM backup_check c USING unnest($1::uuid[], $2::integer[]) AS run (id, attempt)
      WHERE c.id = run.id AND c.attempt = run.attempt AND c.state = 'running'
        AND NOT EXISTS (SELECT FROM backup_check_file f WHERE f.check_id = c.id)`,
    [runs.map(({ id }) => id), runs.map(({ attempt }) => attempt)],
  );
  await failChecks(
    tx,
    runs.map((run) => ({ run, failure })),
  );
}
