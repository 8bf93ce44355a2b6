import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The archive of the write-ahead log of the database: since when, in which repository, what is lost of it, why it
 * stands still, and what its last check found. How far it has got, the replication slot itself says.
 */
export class WalArchive1763769631000 implements MigrationInterface {
  readonly name = 'WalArchive1763769631000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(LOG_ARCHIVE);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const LOG_ARCHIVE = `
  CREATE TABLE log_archive (
    set_id uuid CONSTRAINT log_archive_pkey PRIMARY KEY
      CONSTRAINT log_archive_set_id_fkey REFERENCES backup_set (id),
    repository_id uuid CONSTRAINT log_archive_repository_id_fkey REFERENCES repository (id),
    system_identifier text CONSTRAINT log_archive_system_identifier CHECK (system_identifier ~ '^[0-9]{1,20}$'),
    begun_at timestamptz,
    gap_timeline integer CONSTRAINT log_archive_gap_timeline CHECK (gap_timeline >= 1),
    gap_from_lsn pg_lsn,
    gap_until_lsn pg_lsn,
    gap_at timestamptz,
    failure_code text,
    failure text,
    failing_since timestamptz,
    checked_at timestamptz,
    verdict text CONSTRAINT log_archive_verdict
      CHECK (verdict IN ('sound', 'damaged', 'altered', 'hostile', 'missing', 'suspect', 'unverifiable')),
    findings jsonb CONSTRAINT log_archive_findings CHECK (jsonb_typeof(findings) = 'array'),
    segments_checked integer CONSTRAINT log_archive_segments_checked CHECK (segments_checked >= 0),
    bytes_read bigint CONSTRAINT log_archive_bytes_read CHECK (bytes_read >= 0),
    CONSTRAINT log_archive_begun CHECK (num_nulls(repository_id, system_identifier, begun_at) IN (0, 3)),
    CONSTRAINT log_archive_gap CHECK (num_nulls(gap_timeline, gap_from_lsn, gap_until_lsn, gap_at) IN (0, 4)),
    CONSTRAINT log_archive_failure CHECK (num_nulls(failure_code, failure, failing_since) IN (0, 3)),
    CONSTRAINT log_archive_check CHECK (num_nulls(checked_at, verdict, findings, segments_checked, bytes_read) IN (0, 5))
  )`;
