import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Drill runs, recorded as they happen, and their evidence. A run's row outlives the recovery point, the service and the
 * definition that it names, so it copies what the report needs instead of pointing at rows that retention removes.
 */
export class Drills1763769609000 implements MigrationInterface {
  readonly name = 'Drills1763769609000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RUN);
    await runner.query(PARTS);
    await runner.query(ACTION);
    await runner.query(EVIDENCE);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const RUN = `
  CREATE TABLE drill_run (
    id uuid CONSTRAINT drill_run_pk PRIMARY KEY,
    drill text NOT NULL CONSTRAINT drill_run_drill_name CHECK (drill ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    service text NOT NULL,
    trigger text NOT NULL CONSTRAINT drill_run_trigger CHECK (trigger IN ('manual', 'schedule', 'first-start')),
    requested_by_id uuid,
    requested_by_name text NOT NULL,
    triggered_at timestamptz NOT NULL DEFAULT now(),
    status text NOT NULL CONSTRAINT drill_run_status
      CHECK (status IN ('queued', 'running', 'completed', 'failed', 'aborted', 'interrupted', 'skipped')),
    status_reason text,
    validation text NOT NULL DEFAULT 'not reached' CONSTRAINT drill_run_validation
      CHECK (validation IN ('not reached', 'passed', 'failed')),
    cleanup text NOT NULL DEFAULT 'not needed' CONSTRAINT drill_run_cleanup
      CHECK (cleanup IN ('not needed', 'pending', 'done', 'failed')),
    cleanup_reason text,
    procedure text NOT NULL DEFAULT 'not assessed' CONSTRAINT drill_run_procedure
      CHECK (procedure IN ('not assessed', 'passed', 'failed')),
    procedure_reason text,
    availability text NOT NULL DEFAULT 'not assessed' CONSTRAINT drill_run_availability
      CHECK (availability IN ('not assessed', 'passed', 'failed')),
    availability_reason text,
    definition_text text,
    definition_sha256 text CONSTRAINT drill_run_definition_sha256 CHECK (definition_sha256 ~ '^[0-9a-f]{64}$'),
    severity text,
    policy_version integer CONSTRAINT drill_run_policy REFERENCES sla_policy_version (version),
    policy_example boolean,
    host_id text,
    worker_process text,
    attempt integer NOT NULL DEFAULT 0,
    heartbeat_at timestamptz,
    lease_expires_at timestamptz,
    cancel_requested_at timestamptz,
    cancel_requested_by text,
    phase text,
    progress_bytes_done bigint,
    progress_bytes_total bigint,
    queued_seconds double precision CONSTRAINT drill_run_queued_seconds CHECK (queued_seconds >= 0),
    technical_rta_seconds double precision CONSTRAINT drill_run_rta CHECK (technical_rta_seconds >= 0),
    rpa_seconds double precision CONSTRAINT drill_run_rpa CHECK (rpa_seconds >= 0),
    recovery_point_id uuid,
    recovery_point_sha256 text,
    recovery_point_at timestamptz,
    recovery_point_size_bytes bigint,
    repository text,
    findings jsonb NOT NULL DEFAULT '[]' CONSTRAINT drill_run_findings CHECK (jsonb_typeof(findings) = 'array'),
    warnings text[] NOT NULL DEFAULT '{}',
    started_at timestamptz,
    finished_at timestamptz,
    report_written_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT drill_run_leased CHECK (status <> 'running' OR
      (lease_expires_at IS NOT NULL AND heartbeat_at IS NOT NULL AND host_id IS NOT NULL AND started_at IS NOT NULL AND attempt > 0)),
    CONSTRAINT drill_run_pinned CHECK ((definition_text IS NULL) = (definition_sha256 IS NULL)),
    CONSTRAINT drill_run_ended CHECK ((status IN ('queued', 'running')) = (finished_at IS NULL)),
    CONSTRAINT drill_run_judged CHECK (status NOT IN ('queued', 'running', 'skipped')
      OR (procedure = 'not assessed' AND availability = 'not assessed')),
    CONSTRAINT drill_run_pass_needs_proof CHECK (procedure <> 'passed'
      OR (status = 'completed' AND validation = 'passed' AND technical_rta_seconds IS NOT NULL))
  );
  CREATE UNIQUE INDEX drill_run_one_live ON drill_run (drill) WHERE status IN ('queued', 'running');
  CREATE INDEX drill_run_by_drill ON drill_run (drill, id);
  CREATE INDEX drill_run_by_service ON drill_run (service, id);
  CREATE INDEX drill_run_by_status ON drill_run (status, id);
  CREATE INDEX drill_run_to_clean ON drill_run (host_id) WHERE cleanup = 'pending';
  CREATE INDEX drill_run_report_due ON drill_run (id) WHERE report_written_at IS NULL`;

const PARTS = `
  CREATE TABLE drill_phase (
    run_id uuid NOT NULL CONSTRAINT drill_phase_run REFERENCES drill_run (id),
    phase text NOT NULL CONSTRAINT drill_phase_name CHECK (phase IN
      ('respond', 'plan', 'provision', 'fetch', 'verify', 'restore', 'validate', 'handover', 'cleanup')),
    position smallint NOT NULL,
    status text NOT NULL DEFAULT 'not reached' CONSTRAINT drill_phase_status
      CHECK (status IN ('not reached', 'not measured', 'running', 'done', 'failed', 'interrupted')),
    started_at timestamptz,
    ended_at timestamptz,
    seconds double precision CONSTRAINT drill_phase_seconds CHECK (seconds >= 0),
    size_bytes bigint CONSTRAINT drill_phase_size CHECK (size_bytes >= 0),
    detail text,
    CONSTRAINT drill_phase_pk PRIMARY KEY (run_id, phase),
    CONSTRAINT drill_phase_position UNIQUE (run_id, position),
    CONSTRAINT drill_phase_measured CHECK (status NOT IN ('done', 'failed')
      OR (started_at IS NOT NULL AND ended_at IS NOT NULL AND seconds IS NOT NULL))
  );
  CREATE TABLE drill_log (
    run_id uuid NOT NULL CONSTRAINT drill_log_run REFERENCES drill_run (id),
    position integer NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    level text NOT NULL CONSTRAINT drill_log_level CHECK (level IN ('info', 'warn', 'error')),
    phase text,
    message text NOT NULL,
    CONSTRAINT drill_log_pk PRIMARY KEY (run_id, position)
  );
  CREATE TABLE drill_check (
    run_id uuid NOT NULL CONSTRAINT drill_check_run REFERENCES drill_run (id),
    position integer NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    expected text NOT NULL,
    actual text NOT NULL,
    result text NOT NULL CONSTRAINT drill_check_result CHECK (result IN ('passed', 'failed', 'not compared')),
    CONSTRAINT drill_check_pk PRIMARY KEY (run_id, position)
  );
  CREATE TABLE drill_target (
    run_id uuid NOT NULL CONSTRAINT drill_target_run REFERENCES drill_run (id),
    target text NOT NULL CONSTRAINT drill_target_name CHECK (target IN ('respond', 'plan', 'recover', 'rpo')),
    target_seconds double precision,
    actual_seconds double precision,
    result text NOT NULL CONSTRAINT drill_target_result CHECK (result IN ('met', 'missed', 'not measured')),
    required boolean NOT NULL,
    note text,
    CONSTRAINT drill_target_pk PRIMARY KEY (run_id, target),
    CONSTRAINT drill_target_never_without_measurement
      CHECK (result = 'not measured' OR (target_seconds IS NOT NULL AND actual_seconds IS NOT NULL)),
    CONSTRAINT drill_target_met CHECK (result <> 'met' OR actual_seconds <= target_seconds),
    CONSTRAINT drill_target_missed CHECK (result <> 'missed' OR actual_seconds > target_seconds)
  );
  CREATE TABLE drill_resource (
    id uuid CONSTRAINT drill_resource_pk PRIMARY KEY,
    run_id uuid NOT NULL CONSTRAINT drill_resource_run REFERENCES drill_run (id),
    host_id text NOT NULL,
    kind text NOT NULL CONSTRAINT drill_resource_kind CHECK (kind IN ('sandbox', 'postgres', 'process')),
    path text NOT NULL,
    process text,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at timestamptz
  );
  CREATE INDEX drill_resource_left ON drill_resource (host_id, run_id) WHERE removed_at IS NULL;
  CREATE INDEX drill_resource_by_run ON drill_resource (run_id)`;

const ACTION = `
  CREATE TABLE drill_action (
    id uuid CONSTRAINT drill_action_pk PRIMARY KEY,
    drill text NOT NULL,
    service text NOT NULL,
    subject text NOT NULL CONSTRAINT drill_action_subject
      CHECK (subject IN ('run', 'respond', 'plan', 'recover', 'rpo', 'cleanup')),
    summary text NOT NULL,
    owner_id uuid,
    owner_name text NOT NULL,
    due_at timestamptz NOT NULL,
    opened_by_run uuid NOT NULL CONSTRAINT drill_action_opened_by REFERENCES drill_run (id),
    last_seen_run uuid NOT NULL CONSTRAINT drill_action_last_seen REFERENCES drill_run (id),
    closed_by_run uuid CONSTRAINT drill_action_closed_by REFERENCES drill_run (id),
    closed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT drill_action_closed CHECK ((closed_by_run IS NULL) = (closed_at IS NULL))
  );
  CREATE UNIQUE INDEX drill_action_one_open ON drill_action (drill, subject) WHERE closed_at IS NULL;
  CREATE INDEX drill_action_by_run ON drill_action (opened_by_run)`;

const EVIDENCE = `
  CREATE TABLE drill_evidence (
    seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT drill_evidence_pk PRIMARY KEY,
    run_id uuid NOT NULL CONSTRAINT drill_evidence_run REFERENCES drill_run (id),
    report text NOT NULL,
    report_sha256 text NOT NULL CONSTRAINT drill_evidence_report_sha256
      CHECK (report_sha256 = encode(sha256(convert_to(report, 'UTF8')), 'hex')),
    statement text NOT NULL,
    evidence_sha256 text NOT NULL CONSTRAINT drill_evidence_sha256
      CHECK (evidence_sha256 = encode(sha256(convert_to(statement, 'UTF8')), 'hex')),
    previous_sha256 text,
    signature text NOT NULL,
    key_id text NOT NULL,
    public_key text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT drill_evidence_one_per_run UNIQUE (run_id),
    CONSTRAINT drill_evidence_unique UNIQUE (evidence_sha256),
    CONSTRAINT drill_evidence_one_successor UNIQUE NULLS NOT DISTINCT (previous_sha256),
    CONSTRAINT drill_evidence_previous FOREIGN KEY (previous_sha256) REFERENCES drill_evidence (evidence_sha256)
  );
  SELECT make_ledger('drill_evidence')`;
