import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Backups that other tools make: repositories that are only read, sets that say by a pattern what a recovery point is, the
 * reports of backup scripts, and checks by policy. What a check has found of each file is kept until the check is over, so that
 * whoever takes it over reads no file again.
 */
export class ExternalBackups1763769628000 implements MigrationInterface {
  readonly name = 'ExternalBackups1763769628000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const REPOSITORY = [
  // What the sentinel file says, or, where Muster may not write, what the system says of the file system.
  'ALTER TABLE repository ALTER COLUMN identity TYPE text, ALTER COLUMN identity DROP NOT NULL',
  'ALTER TABLE repository DROP CONSTRAINT repository_identity_unique',
  `ALTER TABLE repository
     ADD identity_kind text NOT NULL DEFAULT 'sentinel'
       CONSTRAINT repository_identity_kind CHECK (identity_kind IN ('sentinel', 'filesystem')),
     ADD location_id uuid CONSTRAINT repository_location_id_fkey REFERENCES location (id),
     ADD readers_max integer NOT NULL DEFAULT 1 CONSTRAINT repository_readers_max CHECK (readers_max BETWEEN 1 AND 16),
     ADD bytes_per_second_max bigint CONSTRAINT repository_bytes_per_second_max CHECK (bytes_per_second_max >= 65536),
     ADD seen_at timestamptz,
     ADD unavailable_since timestamptz,
     ADD unavailable_reason text,
     ADD tested_at timestamptz,
     ADD test_failure_code text,
     ADD test_failure text,
     ADD retired_at timestamptz,
     ADD retired_reason text CONSTRAINT repository_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     ADD CONSTRAINT repository_identity_length CHECK (length(identity) BETWEEN 1 AND 1000),
     ADD CONSTRAINT repository_identity_known CHECK (NOT writable OR identity_kind = 'sentinel'),
     -- Until a worker of its tag has found it, it is not there.
     ADD CONSTRAINT repository_connected CHECK (identity IS NOT NULL OR unavailable_since IS NOT NULL),
     ADD CONSTRAINT repository_test_failed_how CHECK ((test_failure IS NULL) = (test_failure_code IS NULL)
       AND (test_failure IS NULL OR tested_at IS NOT NULL)),
     ADD CONSTRAINT repository_unavailable_why CHECK ((unavailable_since IS NULL) = (unavailable_reason IS NULL)),
     ADD CONSTRAINT repository_retired_why CHECK ((retired_at IS NULL) = (retired_reason IS NULL))`,
  // A sentinel holds a UUID; what a system says of its file systems tells them apart on the machines of one tag only.
  `CREATE UNIQUE INDEX repository_sentinel_once ON repository (identity)
     WHERE identity_kind = 'sentinel' AND retired_at IS NULL`,
  `CREATE UNIQUE INDEX repository_file_system_once ON repository (worker_tag, identity)
     WHERE identity_kind = 'filesystem' AND retired_at IS NULL`,
  'CREATE INDEX repository_by_location ON repository (location_id)',
  // Who reads a repository at this moment: so many rows as it allows readers.
  `CREATE TABLE repository_reader (
     repository_id uuid NOT NULL CONSTRAINT repository_reader_repository_id_fkey REFERENCES repository (id),
     slot integer NOT NULL CONSTRAINT repository_reader_slot CHECK (slot BETWEEN 1 AND 16),
     job_id uuid NOT NULL,
     attempt integer NOT NULL,
     heartbeat_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT repository_reader_pkey PRIMARY KEY (repository_id, slot),
     CONSTRAINT repository_reader_job_once UNIQUE (repository_id, job_id)
   )`,
  // Who compares a repository with the catalogue at this moment: one at a time.
  `CREATE TABLE repository_discovery (
     repository_id uuid CONSTRAINT repository_discovery_pkey PRIMARY KEY
       CONSTRAINT repository_discovery_repository_id_fkey REFERENCES repository (id),
     run_id uuid NOT NULL,
     started_at timestamptz NOT NULL DEFAULT now(),
     heartbeat_at timestamptz NOT NULL DEFAULT now()
   )`,
];

const SET = [
  'ALTER TABLE backup_set DROP CONSTRAINT backup_set_kind',
  'ALTER TABLE backup_set ALTER COLUMN stale_after_seconds DROP NOT NULL',
  `ALTER TABLE backup_set
     ADD CONSTRAINT backup_set_kind CHECK (kind IN ('postgresql', 'external')),
     ADD pattern text CONSTRAINT backup_set_pattern CHECK (length(pattern) BETWEEN 1 AND 1000),
     ADD layout text CONSTRAINT backup_set_layout CHECK (layout IN ('file', 'files', 'directory')),
     ADD time_source text CONSTRAINT backup_set_time_source CHECK (time_source IN ('name', 'manifest', 'mtime')),
     ADD zone text,
     ADD schedule_cron text,
     ADD grace_seconds integer CONSTRAINT backup_set_grace CHECK (grace_seconds BETWEEN 0 AND 31622400),
     ADD rpo_seconds integer CONSTRAINT backup_set_rpo CHECK (rpo_seconds >= 60),
     ADD expected_format text CONSTRAINT backup_set_expected_format CHECK (length(expected_format) BETWEEN 1 AND 100),
     ADD digest_source text CONSTRAINT backup_set_digest_source CHECK (digest_source IN ('manifest', 'api', 'none')),
     ADD minimum_bytes bigint CONSTRAINT backup_set_minimum_bytes CHECK (minimum_bytes >= 1),
     ADD settle_seconds integer CONSTRAINT backup_set_settle CHECK (settle_seconds BETWEEN 1 AND 86400),
     ADD full_read_days integer CONSTRAINT backup_set_full_read_days CHECK (full_read_days BETWEEN 1 AND 3660),
     ADD window_from time,
     ADD window_until time,
     ADD description text CONSTRAINT backup_set_description CHECK (length(description) <= 1000),
     ADD owner_id uuid,
     ADD owner_kind text CONSTRAINT backup_set_owner_kind CHECK (owner_kind IN ('person', 'team')),
     ADD retired_at timestamptz,
     ADD retired_reason text CONSTRAINT backup_set_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     ADD listed_at timestamptz,
     ADD listing bytea,
     ADD updated_at timestamptz NOT NULL DEFAULT now(),
     ADD CONSTRAINT backup_set_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind),
     ADD CONSTRAINT backup_set_own CHECK (kind <> 'postgresql' OR (stale_after_seconds IS NOT NULL AND retired_at IS NULL)),
     ADD CONSTRAINT backup_set_external CHECK (kind <> 'external' OR num_nulls(pattern, layout, time_source, zone, digest_source,
       settle_seconds, owner_id, owner_kind) = 0),
     -- Whoever watches a set knows when it is too old.
     ADD CONSTRAINT backup_set_has_a_clock CHECK (kind <> 'external' OR num_nonnulls(schedule_cron, rpo_seconds) > 0),
     ADD CONSTRAINT backup_set_schedule_with_grace CHECK ((schedule_cron IS NULL) = (grace_seconds IS NULL)),
     ADD CONSTRAINT backup_set_window CHECK ((window_from IS NULL) = (window_until IS NULL) AND window_from <> window_until),
     ADD CONSTRAINT backup_set_retired_why CHECK ((retired_at IS NULL) = (retired_reason IS NULL))`,
  // Two sets of one pattern would hold every point twice.
  `CREATE UNIQUE INDEX backup_set_pattern_once ON backup_set (repository_id, pattern)
     WHERE kind = 'external' AND retired_at IS NULL`,
];

const POINT = [
  'ALTER TABLE recovery_point DROP CONSTRAINT recovery_point_name',
  'ALTER TABLE recovery_point DROP CONSTRAINT recovery_point_method',
  `ALTER TABLE recovery_point
     ADD CONSTRAINT recovery_point_name CHECK (length(name) BETWEEN 1 AND 4096),
     ADD CONSTRAINT recovery_point_method CHECK (method IN ('base-backup', 'pg-dump', 'unknown', 'external')),
     ADD CONSTRAINT recovery_point_own_name CHECK (NOT own OR name ~ '^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$'),
     ADD CONSTRAINT recovery_point_external_is_not_own CHECK (method <> 'external' OR NOT own),
     ADD file_count integer CONSTRAINT recovery_point_file_count CHECK (file_count >= 0),
     ADD marks bytea CONSTRAINT recovery_point_marks CHECK (octet_length(marks) = 32),
     ADD digest_origin text CONSTRAINT recovery_point_digest_origin CHECK (digest_origin IN ('manifest', 'api', 'first-read')),
     ADD format text,
     ADD entries bigint`,
  `CREATE INDEX recovery_point_to_judge ON recovery_point (set_id, id)
     WHERE verdict IS NULL OR verdict IN ('missing', 'altered')`,
  // The files of a point that is more than one file. `digest` is SHA-256, from the first full read or whoever recorded it.
  `CREATE TABLE recovery_point_file (
     point_id uuid NOT NULL CONSTRAINT recovery_point_file_point_id_fkey REFERENCES recovery_point (id),
     path text NOT NULL CONSTRAINT recovery_point_file_path CHECK (length(path) BETWEEN 1 AND 4096),
     size_bytes bigint NOT NULL CONSTRAINT recovery_point_file_size CHECK (size_bytes >= 0),
     digest text CONSTRAINT recovery_point_file_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
     CONSTRAINT recovery_point_file_pkey PRIMARY KEY (point_id, path)
   )`,
  // What discovery has seen but does not take for whole yet: still as it was when it was seen first?
  `CREATE TABLE point_candidate (
     set_id uuid NOT NULL CONSTRAINT point_candidate_set_id_fkey REFERENCES backup_set (id),
     name text NOT NULL CONSTRAINT point_candidate_name CHECK (length(name) BETWEEN 1 AND 4096),
     marks bytea NOT NULL CONSTRAINT point_candidate_marks CHECK (octet_length(marks) = 32),
     since timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT point_candidate_pkey PRIMARY KEY (set_id, name)
   )`,
];

const CHECK = [
  `ALTER TABLE backup_check
     ADD reason text NOT NULL DEFAULT 'order' CONSTRAINT backup_check_reason CHECK (reason IN ('order', 'arrival', 'full-read')),
     ADD format text,
     ADD decoded_bytes bigint`,
  // A point is read by one check at a time.
  `UPDATE backup_check SET state = 'failed', failure_code = 'interrupted', finished_at = now(),
          failure = 'The process that did this ended without a word'
    WHERE state = 'running'`,
  `CREATE UNIQUE INDEX backup_check_one_running ON backup_check (point_id) WHERE state = 'running'`,
  `CREATE TABLE backup_check_file (
     check_id uuid NOT NULL CONSTRAINT backup_check_file_check_id_fkey REFERENCES backup_check (id),
     path text NOT NULL CONSTRAINT backup_check_file_path CHECK (length(path) BETWEEN 1 AND 4096),
     marks bytea NOT NULL CONSTRAINT backup_check_file_marks CHECK (octet_length(marks) = 32),
     result jsonb NOT NULL CONSTRAINT backup_check_file_result CHECK (jsonb_typeof(result) = 'object'),
     CONSTRAINT backup_check_file_pkey PRIMARY KEY (check_id, path)
   )`,
];

const REPORTS = [
  // The token itself is shown once, and stored hashed.
  `CREATE TABLE ping_token (
     id uuid CONSTRAINT ping_token_pkey PRIMARY KEY,
     set_id uuid NOT NULL CONSTRAINT ping_token_set_id_fkey REFERENCES backup_set (id),
     hash bytea NOT NULL CONSTRAINT ping_token_hash CHECK (octet_length(hash) = 32) CONSTRAINT ping_token_hash_unique UNIQUE,
     created_by uuid CONSTRAINT ping_token_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT now(),
     last_used_at timestamptz,
     revoked_at timestamptz
   )`,
  'CREATE INDEX ping_token_by_set ON ping_token (set_id, id)',
  // What backup scripts say of their runs.
  `CREATE TABLE backup_report (
     id uuid CONSTRAINT backup_report_pkey PRIMARY KEY,
     set_id uuid NOT NULL CONSTRAINT backup_report_set_id_fkey REFERENCES backup_set (id),
     kind text NOT NULL CONSTRAINT backup_report_kind CHECK (kind IN ('start', 'success', 'fail')),
     via text NOT NULL CONSTRAINT backup_report_via CHECK (via IN ('api', 'ping')),
     received_at timestamptz NOT NULL DEFAULT now(),
     point_name text CONSTRAINT backup_report_point_name CHECK (length(point_name) BETWEEN 1 AND 4096),
     point_id uuid CONSTRAINT backup_report_point_id_fkey REFERENCES recovery_point (id),
     digest text CONSTRAINT backup_report_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
     size_bytes bigint CONSTRAINT backup_report_size CHECK (size_bytes >= 0),
     duration_seconds double precision CONSTRAINT backup_report_duration CHECK (duration_seconds >= 0),
     log_excerpt text CONSTRAINT backup_report_log CHECK (length(log_excerpt) <= 10000),
     verdict text CONSTRAINT backup_report_verdict CHECK (verdict = 'damaged')
   )`,
  'CREATE INDEX backup_report_by_set ON backup_report (set_id, id DESC)',
  'CREATE INDEX backup_report_by_kind ON backup_report (set_id, kind, received_at DESC)',
  'CREATE INDEX backup_report_by_point ON backup_report (point_id)',
];

const STATEMENTS = [...REPOSITORY, ...SET, ...POINT, ...CHECK, ...REPORTS];
