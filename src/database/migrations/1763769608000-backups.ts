import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The backup catalogue: repositories, backup sets, recovery points, and what was done with them (captures and checks).
 * Rows of points are never deleted: what was kept, and since when it is gone, stays known.
 */
export class Backups1763769608000 implements MigrationInterface {
  readonly name = 'Backups1763769608000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [REPOSITORY, SET, POINT, CAPTURE, CHECK]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const VERDICTS = `('sound', 'damaged', 'altered', 'hostile', 'missing', 'suspect', 'unverifiable')`;
const LEVELS = `('presence', 'digest', 'structure', 'content', 'restore')`;

const REPOSITORY = `
  CREATE TABLE repository (
    id uuid CONSTRAINT repository_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT repository_name_length CHECK (length(name) BETWEEN 1 AND 200),
    kind text NOT NULL CONSTRAINT repository_kind CHECK (kind = 'local'),
    root text NOT NULL CONSTRAINT repository_root_absolute CHECK (root ~ '^/' AND length(root) <= 4096),
    writable boolean NOT NULL,
    worker_tag text NOT NULL CONSTRAINT repository_worker_tag CHECK (worker_tag ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    identity uuid NOT NULL CONSTRAINT repository_identity_unique UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT repository_name_unique UNIQUE (name)
  )`;

const SET = `
  CREATE TABLE backup_set (
    id uuid CONSTRAINT backup_set_pkey PRIMARY KEY,
    name text NOT NULL CONSTRAINT backup_set_name CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    repository_id uuid NOT NULL CONSTRAINT backup_set_repository_fkey REFERENCES repository (id),
    kind text NOT NULL CONSTRAINT backup_set_kind CHECK (kind = 'postgresql'),
    keep_points integer NOT NULL DEFAULT 7 CONSTRAINT backup_set_keep_points CHECK (keep_points BETWEEN 1 AND 10000),
    stale_after_seconds integer NOT NULL CONSTRAINT backup_set_stale_after CHECK (stale_after_seconds >= 60),
    excluded_tables text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT backup_set_name_unique UNIQUE (name)
  );
  CREATE INDEX backup_set_by_repository ON backup_set (repository_id)`;

const POINT = `
  CREATE TABLE recovery_point (
    id uuid CONSTRAINT recovery_point_pkey PRIMARY KEY,
    set_id uuid NOT NULL CONSTRAINT recovery_point_set_fkey REFERENCES backup_set (id),
    repository_id uuid NOT NULL CONSTRAINT recovery_point_repository_fkey REFERENCES repository (id),
    name text NOT NULL CONSTRAINT recovery_point_name CHECK (name ~ '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$'),
    method text NOT NULL CONSTRAINT recovery_point_method CHECK (method IN ('base-backup', 'pg-dump', 'unknown')),
    own boolean NOT NULL,
    taken_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    size_bytes bigint NOT NULL CONSTRAINT recovery_point_size CHECK (size_bytes >= 0),
    digest text CONSTRAINT recovery_point_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    server_major integer,
    verdict text CONSTRAINT recovery_point_verdict CHECK (verdict IN ${VERDICTS}),
    verdict_at timestamptz,
    verified_level text CONSTRAINT recovery_point_level CHECK (verified_level IN ${LEVELS}),
    read_in_full_at timestamptz,
    state text NOT NULL DEFAULT 'present' CONSTRAINT recovery_point_state
      CHECK (state IN ('present', 'missing', 'deleting', 'deleted')),
    state_since timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT recovery_point_name_unique UNIQUE (set_id, name),
    CONSTRAINT recovery_point_judged CHECK ((verdict IS NULL) = (verdict_at IS NULL)),
    CONSTRAINT recovery_point_sound_was_read CHECK (verdict <> 'sound' OR (read_in_full_at IS NOT NULL AND digest IS NOT NULL))
  );
  CREATE INDEX recovery_point_by_set ON recovery_point (set_id, taken_at, id);
  CREATE INDEX recovery_point_by_repository ON recovery_point (repository_id);
  CREATE INDEX recovery_point_to_read ON recovery_point (set_id, read_in_full_at NULLS FIRST) WHERE state = 'present'`;

/** A running row that is silent for long was left by a process that died; the next run of the job marks it. */
const CAPTURE = `
  CREATE TABLE backup_capture (
    id uuid CONSTRAINT backup_capture_pkey PRIMARY KEY,
    set_id uuid NOT NULL CONSTRAINT backup_capture_set_fkey REFERENCES backup_set (id),
    job_id uuid NOT NULL CONSTRAINT backup_capture_job_unique UNIQUE,
    attempt integer NOT NULL CONSTRAINT backup_capture_attempt CHECK (attempt >= 1),
    state text NOT NULL CONSTRAINT backup_capture_state CHECK (state IN ('running', 'done', 'failed')),
    point_id uuid CONSTRAINT backup_capture_point_fkey REFERENCES recovery_point (id),
    failure_code text,
    failure text,
    step text,
    progress_unit text CONSTRAINT backup_capture_unit CHECK (progress_unit IN ('bytes', 'tables')),
    progress_done bigint,
    progress_total bigint,
    progress_per_second double precision,
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT backup_capture_ended CHECK ((state = 'running') = (finished_at IS NULL)),
    CONSTRAINT backup_capture_done CHECK ((state = 'done') = (point_id IS NOT NULL)),
    CONSTRAINT backup_capture_failed CHECK ((state = 'failed') = (failure IS NOT NULL))
  );
  CREATE INDEX backup_capture_by_set ON backup_capture (set_id, id);
  CREATE INDEX backup_capture_by_point ON backup_capture (point_id);
  CREATE INDEX backup_capture_running ON backup_capture (heartbeat_at) WHERE state = 'running'`;

const CHECK = `
  CREATE TABLE backup_check (
    id uuid CONSTRAINT backup_check_pkey PRIMARY KEY,
    point_id uuid NOT NULL CONSTRAINT backup_check_point_fkey REFERENCES recovery_point (id),
    job_id uuid NOT NULL,
    attempt integer NOT NULL CONSTRAINT backup_check_attempt CHECK (attempt >= 1),
    state text NOT NULL CONSTRAINT backup_check_state CHECK (state IN ('running', 'done', 'failed')),
    level text CONSTRAINT backup_check_level CHECK (level IN ${LEVELS}),
    verdict text CONSTRAINT backup_check_verdict CHECK (verdict IN ${VERDICTS}),
    findings jsonb NOT NULL DEFAULT '[]' CONSTRAINT backup_check_findings CHECK (jsonb_typeof(findings) = 'array'),
    files_checked integer,
    entries_checked bigint,
    bytes_read bigint,
    bytes_total bigint,
    bytes_per_second double precision,
    self_test jsonb,
    failure_code text,
    failure text,
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT backup_check_once_a_job UNIQUE (job_id, point_id),
    CONSTRAINT backup_check_ended CHECK ((state = 'running') = (finished_at IS NULL)),
    CONSTRAINT backup_check_done CHECK (state <> 'done' OR verdict IS NOT NULL),
    CONSTRAINT backup_check_failed CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CONSTRAINT backup_check_sound_checked_something
      CHECK (verdict <> 'sound' OR (state = 'done' AND files_checked > 0 AND bytes_read > 0))
  );
  CREATE INDEX backup_check_by_point ON backup_check (point_id, id);
  CREATE INDEX backup_check_running ON backup_check (heartbeat_at) WHERE state = 'running'`;
