import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import type { KeptSandbox } from './kept.store.ts';
import { PHASES } from './phase.ts';
import type {
  AvailabilityVerdict,
  CleanupStatus,
  DrillLogLine,
  RunMode,
  RunStatus,
  RunVerdict,
  Trigger,
  ValidationStatus,
} from './run.ts';

/** What a run is made of before any worker has it. */
export interface NewRun {
  readonly id: string;
  readonly drill: string;
  readonly service: string;
  readonly trigger: Trigger;
  readonly mode: RunMode;
  readonly requestedById: string | null;
  readonly requestedByName: string;
  /** A run that has not begun by then is given up. */
  readonly startWithinSeconds: number;
  /** Of a recovery: what it is for. */
  readonly recovery?: { readonly case: string | null; readonly reason: string | null } | undefined;
}

/**
 * Records a requested run, to be taken by a worker.
 * @throws AppError `conflict` `drill-running` when a run of the same drill waits.
 */
export async function insertQueuedRun(tx: Tx, run: NewRun): Promise<void> {
  await mapConstraints({ drill_run_one_queued: () => drillRunning(run.drill) }, () =>
    insertRun(tx, run, 'queued', null),
  );
  await tx.execute(
    `INSERT INTO drill_phase (run_id, phase, position)
     SELECT $1, phase, position FROM unnest($2::text[]) WITH ORDINALITY AS listed (phase, position)`,
    [run.id, PHASES],
  );
}

/** The error of whoever asks for a second run of a drill. */
export function drillRunning(drill: string): AppError {
  const message = `The drill ${drill} is already queued or running: wait for it, or cancel it`;
  return new AppError('conflict', 'drill-running', message);
}

/** Records that a run was not started, and why: a slot never passes without a row. */
export async function insertSkippedRun(tx: Tx, run: NewRun, reason: string): Promise<void> {
  await insertRun(tx, run, 'skipped', reason);
}

async function insertRun(tx: Tx, run: NewRun, status: 'queued' | 'skipped', reason: string | null): Promise<void> {
  await tx.execute(
    `INSERT INTO drill_run (id, drill, service, trigger, mode, requested_by_id, requested_by_name, status, status_reason,
            start_within_seconds, recovery_case, recovery_reason, finished_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, CASE WHEN $8 = 'skipped' THEN now() END)`,
    [
      ...[run.id, run.drill, run.service, run.trigger, run.mode, run.requestedById, run.requestedByName],
      ...[status, reason, run.startWithinSeconds, run.recovery?.case ?? null, run.recovery?.reason ?? null],
    ],
  );
}

/**
 * Makes whoever starts runs of this drill take turns until the transaction ends; answers the run that is live already, and of two
 * the one that waits.
 */
export async function lockLiveRun(tx: Tx, drill: string): Promise<LiveRun | undefined> {
  await tx.execute('SELECT pg_advisory_xact_lock($1, hashtext($2))', [ADVISORY_LOCKS.drillStart, drill]);
  const rows = await tx.rows<LiveRun>(
    `SELECT id, status FROM drill_run WHERE drill = $1 AND status IN ('queued', 'running') ORDER BY status LIMIT 1`,
    [drill],
  );
  return rows[0];
}

/** A run that waits or goes on. */
export interface LiveRun {
  readonly id: string;
  readonly status: 'queued' | 'running';
}

/** Locks a run's row until the transaction ends. */
export async function lockRun(tx: Tx, runId: string): Promise<void> {
  await tx.execute('SELECT FROM drill_run WHERE id = $1 FOR NO KEY UPDATE', [runId]);
}

/** What a run pins when it begins: later changes of the files and the policy do not touch it. */
export interface PinnedDefinition {
  readonly service: string;
  readonly text: string;
  readonly sha256: string;
  readonly severity: string;
  readonly policyVersion: number;
  readonly policyExample: boolean;
  readonly expectsDamage: boolean;
}

/** Who works a run, and which try of it: every later write names both. */
export interface Fence {
  readonly runId: string;
  readonly attempt: number;
}

export interface Claim {
  readonly hostId: string;
  /** No other run goes on for it. */
  readonly service: string;
  readonly workerProcess: string;
  readonly leaseSeconds: number;
}

/**
 * Takes a queued run. Undefined when it is not queued (any more): somebody else has it, it was cancelled, or waited too long.
 * `queuedSeconds` is by the database's clock, which also stamped the trigger.
 */
export async function claimRun(
  tx: Tx,
  runId: string,
  claim: Claim,
): Promise<{ readonly attempt: number; readonly queuedSeconds: number } | undefined> {
  const rows = await tx.rows<{ attempt: number; queued_seconds: number }>(
    `UPDATE drill_run SET status = 'running', attempt = attempt + 1, host_id = $2, worker_process = $3,
            started_at = clock_timestamp(), heartbeat_at = clock_timestamp(), phase = 'provision',
            lease_expires_at = clock_timestamp() + make_interval(secs => $4), cleanup = 'pending',
            claimed_service = lower($5),
            queued_seconds = greatest(extract(epoch FROM clock_timestamp() - triggered_at), 0)::double precision,
            version = version + 1
      WHERE id = $1 AND status = 'queued'
        AND triggered_at + make_interval(secs => start_within_seconds) > clock_timestamp() RETURNING attempt, queued_seconds`,
    [runId, claim.hostId, claim.workerProcess, claim.leaseSeconds, claim.service],
  );
  const [row] = rows;
  return row && { attempt: row.attempt, queuedSeconds: row.queued_seconds };
}

export interface Progress {
  readonly bytesDone: number | null;
  readonly bytesTotal: number | null;
}

/**
 * Renews the lease, and locks the run's row for the rest of the transaction, so that no reaper takes the run meanwhile.
 * Answers who asked for the run to be cancelled, if anybody has.
 * @throws AppError `conflict` `run-lost` when the run is not this worker's any more: nothing may be written for it.
 */
export async function renewLease(
  tx: Tx,
  fence: Fence,
  leaseSeconds: number,
  progress: Progress,
): Promise<{ readonly cancelRequestedBy: string | null }> {
  const rows = await tx.rows<{ cancel_requested_by: string | null }>(
    `UPDATE drill_run SET heartbeat_at = clock_timestamp(), progress_bytes_done = $4, progress_bytes_total = $5,
            lease_expires_at = clock_timestamp() + make_interval(secs => $3)
      WHERE id = $1 AND attempt = $2 AND status = 'running' RETURNING cancel_requested_by`,
    [fence.runId, fence.attempt, leaseSeconds, progress.bytesDone, progress.bytesTotal],
  );
  if (!rows[0]) throw runLost();
  return { cancelRequestedBy: rows[0].cancel_requested_by };
}

/** The error of a worker that no longer has its run. */
export function runLost(): AppError {
  return new AppError('conflict', 'run-lost', 'The lease of this drill run ran out and the run was given up');
}

/** Keeps the definition and the policy's version with the run. */
export async function pinDefinition(tx: Tx, { runId }: Fence, pinned: PinnedDefinition): Promise<void> {
  await tx.execute(
    `UPDATE drill_run SET service = $2, definition_text = $3, definition_sha256 = $4, severity = $5, policy_version = $6,
            policy_example = $7, expects_damage = $8, version = version + 1 WHERE id = $1`,
    [
      ...[runId, pinned.service, pinned.text, pinned.sha256, pinned.severity, pinned.policyVersion],
      ...[pinned.policyExample, pinned.expectsDamage],
    ],
  );
}

/** Appends lines to a run's log; a line whose position is there already is left as it is (a repeated commit). */
export async function appendLog(
  tx: Tx,
  runId: string,
  firstPosition: number,
  lines: readonly DrillLogLine[],
): Promise<void> {
  if (lines.length === 0) return;
  await tx.execute(
    `INSERT INTO drill_log (run_id, position, logged_at, level, phase, message)
     SELECT $1, $2 + ordinality - 1, logged_at, level, nullif(phase, ''), message
       FROM unnest($3::timestamptz[], $4::text[], $5::text[], $6::text[])
            WITH ORDINALITY AS line (logged_at, level, phase, message, ordinality)
     ON CONFLICT DO NOTHING`,
    [
      runId,
      firstPosition,
      lines.map((line) => line.at.toISOString()),
      lines.map((line) => line.level),
      lines.map((line) => line.phase ?? ''),
      lines.map((line) => line.message),
    ],
  );
}

/** What is known about a run when it has ended. */
export interface RunEnd {
  readonly status: Exclude<RunStatus, 'queued' | 'running' | 'skipped'>;
  readonly reason: string | null;
  readonly validation: ValidationStatus;
  readonly procedure: RunVerdict;
  readonly availability: AvailabilityVerdict;
  readonly cleanup: CleanupStatus;
  readonly cleanupReason: string | null;
  readonly kept?: KeptSandbox | undefined;
  readonly technicalRtaSeconds: number | null;
  readonly rpaSeconds: number | null;
}

/**
 * Writes the end of a run.
 * @throws AppError `conflict` `run-lost` when the run is not this worker's any more, or has ended already.
 */
export async function endRun(tx: Tx, fence: Fence, end: RunEnd): Promise<void> {
  const affected = await tx.execute(
    `UPDATE drill_run SET status = $3, status_reason = $4, validation = $5, procedure = $6, procedure_reason = $7,
            availability = $8, availability_reason = $9, cleanup = $10, cleanup_reason = $11, technical_rta_seconds = $12, rpa_seconds = $13,
            kept_until = $14, kept_size_bytes = $15,
            finished_at = clock_timestamp(), lease_expires_at = NULL, phase = NULL, version = version + 1
      WHERE id = $1 AND attempt = $2 AND status IN ('queued', 'running')`,
    [
      fence.runId,
      fence.attempt,
      end.status,
      end.reason,
      end.validation,
      end.procedure.outcome,
      end.procedure.reason,
      end.availability.outcome,
      end.availability.reason,
      end.cleanup,
      end.cleanupReason,
      end.technicalRtaSeconds,
      end.rpaSeconds,
      end.kept?.until ?? null,
      end.kept?.sizeBytes ?? null,
    ],
  );
  if (affected !== 1) throw runLost();
}

/** Asks the worker of a running run to cancel it. Asking again changes nothing. */
export async function requestCancel(tx: Tx, runId: string, byName: string): Promise<void> {
  await tx.execute(
    `UPDATE drill_run SET cancel_requested_at = clock_timestamp(), cancel_requested_by = $2, version = version + 1
      WHERE id = $1 AND cancel_requested_at IS NULL AND status = 'running'`,
    [runId, byName],
  );
}

/** Records what became of leftovers after the run's end. */
export async function setCleanup(
  tx: Tx,
  runId: string,
  cleanup: 'done' | 'failed',
  reason: string | null,
): Promise<void> {
  await tx.execute(
    `UPDATE drill_run SET cleanup = $2, cleanup_reason = $3, version = version + 1 WHERE id = $1 AND cleanup <> 'done'`,
    [runId, cleanup, reason],
  );
}

/** Records that the report lies in the report directory. */
export async function markReportWritten(tx: Tx, runId: string): Promise<void> {
  await tx.execute('UPDATE drill_run SET report_written_at = clock_timestamp() WHERE id = $1', [runId]);
}
