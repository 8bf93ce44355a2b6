import type { Tx } from '../database/database.ts';
import type { Finding } from '../verification/finding.ts';
import type { Phase, PhaseStatus } from './phase.ts';
import type { DrillCheck, TargetResult } from './run.ts';

/** Records that a phase has begun. */
export async function startPhase(tx: Tx, runId: string, phase: Phase, startedAt: Date): Promise<void> {
  await tx.execute(`UPDATE drill_phase SET status = 'running', started_at = $3 WHERE run_id = $1 AND phase = $2`, [
    runId,
    phase,
    startedAt,
  ]);
  await tx.execute('UPDATE drill_run SET phase = $2 WHERE id = $1', [runId, phase]);
}

/** How a phase ended. `seconds` is by the monotonic clock. */
export interface PhaseEnd {
  readonly phase: Phase;
  readonly status: Extract<PhaseStatus, 'done' | 'failed' | 'interrupted'>;
  readonly endedAt: Date;
  readonly seconds: number;
  readonly sizeBytes: number | null;
  readonly detail: string | null;
}

/** Records the end of a phase. */
export async function endPhase(tx: Tx, runId: string, end: PhaseEnd): Promise<void> {
  await tx.execute(
    `UPDATE drill_phase SET status = $3, ended_at = $4, seconds = $5, size_bytes = $6, detail = $7
      WHERE run_id = $1 AND phase = $2`,
    [runId, end.phase, end.status, end.endedAt, end.seconds, end.sizeBytes, end.detail],
  );
}

/** Records that nobody carried a phase out, and why. */
export async function leavePhaseUnmeasured(tx: Tx, runId: string, phase: Phase, reason: string): Promise<void> {
  await tx.execute(`UPDATE drill_phase SET status = 'not measured', detail = $3 WHERE run_id = $1 AND phase = $2`, [
    runId,
    phase,
    reason,
  ]);
}

/**
 * Closes the phase in which a run was lost: it lasted at least until the last sign of life. The wall clock is all that
 * is left to measure by.
 */
export async function interruptPhases(tx: Tx, runId: string): Promise<void> {
  await tx.execute(
    `UPDATE drill_phase p
        SET status = 'interrupted', ended_at = greatest(r.heartbeat_at, p.started_at),
            seconds = greatest(extract(epoch FROM r.heartbeat_at - p.started_at), 0),
            detail = 'interrupted; timed up to the last sign of life, by the wall clock'
       FROM drill_run r WHERE r.id = p.run_id AND p.run_id = $1 AND p.status = 'running'`,
    [runId],
  );
}

/** The recovery point that the run restores. */
export interface ChosenPoint {
  readonly id: string;
  readonly sha256: string | null;
  readonly takenAt: Date;
  readonly sizeBytes: number;
  readonly repository: string;
}

/** Keeps which recovery point was chosen, and with it the measured age of the data (0 for a point that is younger than the
 * trigger: nothing would be lost). What was warned of before stays. */
export async function recordPoint(
  tx: Tx,
  runId: string,
  point: ChosenPoint,
  warnings: readonly string[],
): Promise<void> {
  await tx.execute(
    `UPDATE drill_run SET recovery_point_id = $2, recovery_point_sha256 = $3, recovery_point_at = $4,
            recovery_point_size_bytes = $5, repository = $6, warnings = warnings || $7::text[], version = version + 1
      WHERE id = $1`,
    [runId, point.id, point.sha256, point.takenAt, point.sizeBytes, point.repository, warnings],
  );
}

/** Keeps something that a reader of the report must know, after the recovery point was chosen. */
export async function addWarning(tx: Tx, runId: string, warning: string): Promise<void> {
  await tx.execute('UPDATE drill_run SET warnings = array_append(warnings, $2), version = version + 1 WHERE id = $1', [
    runId,
    warning,
  ]);
}

/** Keeps what the scenario takes away, in words. */
export async function recordLost(tx: Tx, runId: string, lost: readonly string[]): Promise<void> {
  await tx.execute('UPDATE drill_run SET lost = $2, version = version + 1 WHERE id = $1', [runId, lost]);
}

/** Keeps what the verification found. */
export async function recordFindings(tx: Tx, runId: string, findings: readonly Finding[]): Promise<void> {
  await tx.execute('UPDATE drill_run SET findings = $2::jsonb, version = version + 1 WHERE id = $1', [
    runId,
    JSON.stringify(findings),
  ]);
}

/** Keeps the comparisons of the validation, in their order. */
export async function recordChecks(
  tx: Tx,
  runId: string,
  firstPosition: number,
  checks: readonly DrillCheck[],
): Promise<void> {
  if (checks.length === 0) return;
  await tx.execute(
    `INSERT INTO drill_check (run_id, position, kind, subject, expected, actual, result)
     SELECT $1, $2 + ordinality - 1, kind, subject, expected, actual, result
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            WITH ORDINALITY AS listed (kind, subject, expected, actual, result, ordinality)
     ON CONFLICT DO NOTHING`,
    [
      runId,
      firstPosition,
      checks.map((check) => check.kind),
      checks.map((check) => check.subject),
      checks.map((check) => check.expected),
      checks.map((check) => check.actual),
      checks.map((check) => check.result),
    ],
  );
}

/** Keeps how the targets came out. */
export async function recordTargets(tx: Tx, runId: string, targets: readonly TargetResult[]): Promise<void> {
  for (const target of targets) {
    await tx.execute(
      `INSERT INTO drill_target (run_id, target, target_seconds, actual_seconds, result, required, note)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [runId, target.target, target.targetSeconds, target.actualSeconds, target.result, target.required, target.note],
    );
  }
}

/** Something that a run makes on its host, and that must be gone afterwards. */
export interface NewResource {
  readonly id: string;
  readonly runId: string;
  readonly hostId: string;
  readonly kind: 'sandbox' | 'postgres' | 'process';
  /** The sandbox, or the data directory. */
  readonly path: string;
}

/** Records a resource before it is made, so that whoever cleans up after a crash knows where to look. */
export async function recordResource(tx: Tx, resource: NewResource): Promise<void> {
  await tx.execute(
    `INSERT INTO drill_resource (id, run_id, host_id, kind, path) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [resource.id, resource.runId, resource.hostId, resource.kind, resource.path],
  );
}

/** Names the process of a resource (`processIdentity`) once it is known. */
export async function recordResourceProcess(tx: Tx, resourceId: string, process: string): Promise<void> {
  await tx.execute('UPDATE drill_resource SET process = $2 WHERE id = $1', [resourceId, process]);
}

/** Records that what ran for a run has ended; its sandbox is still there. */
export async function recordServersStopped(tx: Tx, runId: string): Promise<void> {
  await tx.execute(
    `UPDATE drill_resource SET removed_at = clock_timestamp()
      WHERE run_id = $1 AND kind <> 'sandbox' AND removed_at IS NULL`,
    [runId],
  );
}

/** Records that what a run made is gone. */
export async function recordResourcesRemoved(tx: Tx, runId: string): Promise<void> {
  await tx.execute(
    'UPDATE drill_resource SET removed_at = clock_timestamp() WHERE run_id = $1 AND removed_at IS NULL',
    [runId],
  );
}
