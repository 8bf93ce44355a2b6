import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Severity } from '../kernel/severity.ts';
import type { Finding } from '../verification/finding.ts';
import type { Phase, PhaseRecord, PhaseStatus } from './phase.ts';
import type {
  AvailabilityVerdict,
  CleanupStatus,
  DrillCheck,
  DrillLogLine,
  DrillRun,
  RunMode,
  RunStatus,
  TargetResult,
  Trigger,
  ValidationStatus,
  VerdictOutcome,
} from './run.ts';

/**
 * One run by its id.
 * @throws AppError `not-found` `unknown-run`.
 */
export async function runById(db: Queryable, id: string): Promise<DrillRun> {
  const run = await findRun(db, id);
  if (!run) throw unknownRun(id);
  return run;
}

/** The error of whoever asks for a run that there is not. */
export function unknownRun(id: string): AppError {
  return new AppError('not-found', 'unknown-run', `There is no drill run ${id}`);
}

/** One run by its id; undefined when there is none. */
export async function findRun(db: Queryable, id: string): Promise<DrillRun | undefined> {
  const rows = await db.rows<RunRow>(`${SELECT_RUN} WHERE r.id = $1`, [id]);
  return rows[0] && runOf(rows[0]);
}

/** Which runs a list holds; an absent filter lets all pass. */
export interface RunFilter {
  readonly drill?: string | undefined;
  readonly service?: string | undefined;
  readonly mode?: RunMode | undefined;
  readonly exceptMode?: RunMode | undefined;
  readonly status?: RunStatus | undefined;
  readonly procedure?: VerdictOutcome | undefined;
  /** Triggered at this instant or later. */
  readonly from?: string | undefined;
  /** Triggered before this instant. */
  readonly until?: string | undefined;
}

const FILTERS: Readonly<Record<keyof RunFilter, string>> = {
  drill: 'r.drill =',
  service: 'r.service =',
  mode: 'r.mode =',
  exceptMode: 'r.mode <>',
  status: 'r.status =',
  procedure: 'r.procedure =',
  from: 'r.triggered_at >=',
  until: 'r.triggered_at <',
};

/** Runs from the newest down; `before` continues below a run's id. */
export async function listRuns(
  db: Queryable,
  filter: RunFilter,
  page: { readonly limit: number; readonly before?: string | undefined },
): Promise<DrillRun[]> {
  const parameters: unknown[] = [page.limit];
  // Only what was asked for, so that the plan can go by the index of it.
  const conditions = Object.entries(FILTERS).flatMap(([name, condition]) => {
    const value = filter[name as keyof RunFilter];
    return value === undefined ? [] : [`${condition} $${parameters.push(value)}`];
  });
  if (page.before !== undefined) conditions.push(`r.id < $${parameters.push(page.before)}`);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const rows = await db.rows<RunRow>(`${SELECT_RUN} ${where} ORDER BY r.id DESC LIMIT $1`, parameters);
  return rows.map(runOf);
}

/** The phases of a run, in their order; none for a skipped one. */
export async function phasesOf(db: Queryable, runId: string): Promise<PhaseRecord[]> {
  const rows = await db.rows<PhaseRow>(
    `SELECT phase, status, started_at, ended_at, seconds, size_bytes, detail
       FROM drill_phase WHERE run_id = $1 ORDER BY position`,
    [runId],
  );
  return rows.map((row) => ({
    phase: row.phase,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    seconds: row.seconds,
    sizeBytes: numberOf(row.size_bytes),
    detail: row.detail,
  }));
}

/** The comparisons of a run's validation, in their order. */
export async function checksOf(db: Queryable, runId: string): Promise<DrillCheck[]> {
  return db.rows<DrillCheck>(
    'SELECT kind, subject, expected, actual, result FROM drill_check WHERE run_id = $1 ORDER BY position',
    [runId],
  );
}

/** A run's log, in its order. */
export async function logOf(db: Queryable, runId: string): Promise<DrillLogLine[]> {
  return db.rows<DrillLogLine>(
    'SELECT logged_at AS at, level, phase, message FROM drill_log WHERE run_id = $1 ORDER BY position',
    [runId],
  );
}

/** How the targets of a run came out; none before its end. */
export async function targetsOf(db: Queryable, runId: string): Promise<TargetResult[]> {
  return db.rows<TargetResult>(
    `SELECT target, target_seconds AS "targetSeconds", actual_seconds AS "actualSeconds", result, required, note
       FROM drill_target WHERE run_id = $1 ORDER BY array_position(ARRAY['respond', 'plan', 'recover', 'rpo'], target)`,
    [runId],
  );
}

/** The last runs of the same drill before this one, the newest first; a recovery is none. */
export async function earlierRuns(db: Queryable, run: DrillRun, limit: number): Promise<DrillRun[]> {
  return listRuns(db, { drill: run.drill, exceptMode: 'recovery' }, { limit, before: run.id });
}

/** Seconds from an instant until now, by the database's clock; never negative. */
export async function secondsSince(db: Queryable, instant: Date): Promise<number> {
  const rows = await db.rows<{ seconds: number }>(
    'SELECT greatest(extract(epoch FROM clock_timestamp() - $1::timestamptz), 0)::double precision AS seconds',
    [instant],
  );
  return rows[0]?.seconds ?? 0;
}

/** Ended runs whose report files have not been written yet. */
export async function reportsToWrite(db: Queryable): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT r.id FROM drill_run r JOIN drill_evidence e ON e.run_id = r.id
      WHERE r.report_written_at IS NULL ORDER BY r.id LIMIT 1000`,
  );
  return rows.map((row) => row.id);
}

interface PhaseRow {
  readonly phase: Phase;
  readonly status: PhaseStatus;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly seconds: number | null;
  readonly size_bytes: string | null;
  readonly detail: string | null;
}

interface RunRow {
  readonly id: string;
  readonly drill: string;
  readonly service: string;
  readonly trigger: Trigger;
  readonly mode: RunMode;
  readonly requested_by_id: string | null;
  readonly requested_by_name: string;
  readonly recovery_case: string | null;
  readonly recovery_reason: string | null;
  readonly triggered_at: Date;
  readonly status: RunStatus;
  readonly status_reason: string | null;
  readonly validation: ValidationStatus;
  readonly cleanup: CleanupStatus;
  readonly cleanup_reason: string | null;
  readonly kept_until: Date | null;
  readonly kept_size_bytes: string | null;
  readonly procedure: VerdictOutcome;
  readonly procedure_reason: string | null;
  readonly availability: AvailabilityVerdict['outcome'];
  readonly availability_reason: string | null;
  readonly definition_text: string | null;
  readonly definition_sha256: string | null;
  readonly severity: Severity | null;
  readonly policy_version: number | null;
  readonly policy_example: boolean | null;
  readonly expects_damage: boolean;
  readonly host_id: string | null;
  readonly worker_process: string | null;
  readonly attempt: number;
  readonly heartbeat_at: Date | null;
  readonly lease_expires_at: Date | null;
  readonly cancel_requested_at: Date | null;
  readonly cancel_requested_by: string | null;
  readonly phase: string | null;
  readonly progress_bytes_done: string | null;
  readonly progress_bytes_total: string | null;
  readonly queued_seconds: number | null;
  readonly technical_rta_seconds: number | null;
  readonly rpa_seconds: number | null;
  readonly recovery_point_id: string | null;
  readonly recovery_point_sha256: string | null;
  readonly recovery_point_at: Date | null;
  readonly recovery_point_size_bytes: string | null;
  readonly repository: string | null;
  readonly findings: Finding[];
  readonly lost: string[];
  readonly warnings: string[];
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly version: number;
}

const SELECT_RUN = 'SELECT r.* FROM drill_run r';

function runOf(row: RunRow): DrillRun {
  return {
    id: row.id,
    drill: row.drill,
    service: row.service,
    trigger: row.trigger,
    mode: row.mode,
    requestedById: row.requested_by_id,
    requestedByName: row.requested_by_name,
    recoveryCase: row.recovery_case,
    recoveryReason: row.recovery_reason,
    triggeredAt: row.triggered_at,
    status: row.status,
    statusReason: row.status_reason,
    validation: row.validation,
    cleanup: row.cleanup,
    cleanupReason: row.cleanup_reason,
    keptUntil: row.kept_until,
    keptSizeBytes: numberOf(row.kept_size_bytes),
    procedure: row.procedure,
    procedureReason: row.procedure_reason,
    availability: row.availability,
    availabilityReason: row.availability_reason,
    definitionText: row.definition_text,
    definitionSha256: row.definition_sha256,
    severity: row.severity,
    policyVersion: row.policy_version,
    policyExample: row.policy_example,
    expectsDamage: row.expects_damage,
    hostId: row.host_id,
    workerProcess: row.worker_process,
    attempt: row.attempt,
    heartbeatAt: row.heartbeat_at,
    leaseExpiresAt: row.lease_expires_at,
    cancelRequestedAt: row.cancel_requested_at,
    cancelRequestedBy: row.cancel_requested_by,
    phase: row.phase,
    progressBytesDone: numberOf(row.progress_bytes_done),
    progressBytesTotal: numberOf(row.progress_bytes_total),
    queuedSeconds: row.queued_seconds,
    technicalRtaSeconds: row.technical_rta_seconds,
    rpaSeconds: row.rpa_seconds,
    recoveryPointId: row.recovery_point_id,
    recoveryPointSha256: row.recovery_point_sha256,
    recoveryPointAt: row.recovery_point_at,
    recoveryPointSizeBytes: numberOf(row.recovery_point_size_bytes),
    repository: row.repository,
    findings: row.findings,
    lost: row.lost,
    warnings: row.warnings,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    version: row.version,
  };
}

/** The driver gives bigint as text. Sizes stay below 2^53. */
function numberOf(bigint: string | null): number | null {
  return bigint === null ? null : Number(bigint);
}
