import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Backup sets that Muster takes itself from a source: a directory, a database, the output of a command. Their points lie in
 * directories of their own, and are found, checked and watched like those of other tools; but they belong to Muster.
 */
export class Captures1763769629000 implements MigrationInterface {
  readonly name = 'Captures1763769629000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE backup_set
     DROP CONSTRAINT backup_set_kind,
     DROP CONSTRAINT backup_set_external,
     DROP CONSTRAINT backup_set_has_a_clock,
     ADD source jsonb CONSTRAINT backup_set_source CHECK (jsonb_typeof(source) = 'object'
       AND source ->> 'type' IN ('directory', 'sqlite', 'postgresql', 'command')),
     -- What the source asks for before it lets anybody read: a password, sealed.
     ADD source_secret text CONSTRAINT backup_set_source_secret CHECK (length(source_secret) <= 10000),
     ADD recipients text[] NOT NULL DEFAULT '{}' CONSTRAINT backup_set_recipients CHECK (cardinality(recipients) <= 20),
     ADD capture_bytes_per_second_max bigint
       CONSTRAINT backup_set_capture_bytes_per_second_max CHECK (capture_bytes_per_second_max >= 65536)`,
  `ALTER TABLE backup_set
     ADD CONSTRAINT backup_set_kind CHECK (kind IN ('postgresql', 'external', 'capture')),
     ADD CONSTRAINT backup_set_external CHECK (kind = 'postgresql' OR num_nulls(pattern, layout, time_source, zone,
       digest_source, settle_seconds, owner_id, owner_kind) = 0),
     ADD CONSTRAINT backup_set_has_a_clock CHECK (kind = 'postgresql' OR num_nonnulls(schedule_cron, rpo_seconds) > 0),
     ADD CONSTRAINT backup_set_has_a_source CHECK ((kind = 'capture') = (source IS NOT NULL)),
     ADD CONSTRAINT backup_set_secret_of_a_source CHECK (kind = 'capture' OR (source_secret IS NULL
       AND cardinality(recipients) = 0 AND capture_bytes_per_second_max IS NULL))`,
  `ALTER TABLE recovery_point
     DROP CONSTRAINT recovery_point_method,
     DROP CONSTRAINT recovery_point_own_name,
     ADD CONSTRAINT recovery_point_method CHECK (method IN ('base-backup', 'pg-dump', 'unknown', 'external', 'directory',
       'sqlite', 'command')),
     ADD CONSTRAINT recovery_point_own_name CHECK (NOT own
       OR name ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/)?[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$')`,
];
