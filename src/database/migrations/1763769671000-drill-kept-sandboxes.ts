import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a failed run has restored may stay for a stated time, a week at most; a run that passed never leaves anything. */
export class DrillKeptSandboxes1763769671000 implements MigrationInterface {
  readonly name = 'DrillKeptSandboxes1763769671000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  // The end of a run is written after its clean-up: an hour more leaves room for a clock that is set back in between.
  `ALTER TABLE drill_run
     ADD COLUMN kept_until timestamptz,
     ADD COLUMN kept_size_bytes bigint CONSTRAINT drill_run_kept_size CHECK (kept_size_bytes >= 0),
     DROP CONSTRAINT drill_run_cleanup,
     ADD CONSTRAINT drill_run_cleanup CHECK (cleanup IN ('not needed', 'pending', 'done', 'failed', 'kept')),
     ADD CONSTRAINT drill_run_kept_has_an_end CHECK (cleanup <> 'kept' OR kept_until IS NOT NULL),
     ADD CONSTRAINT drill_run_kept_after_failure CHECK (kept_until IS NULL OR
       (kept_size_bytes IS NOT NULL AND host_id IS NOT NULL AND finished_at IS NOT NULL
        AND (status = 'failed' OR (status = 'completed' AND validation = 'failed'))
        AND kept_until <= finished_at + interval '169 hours'))`,
  "CREATE INDEX drill_run_kept ON drill_run (host_id, kept_until) WHERE cleanup = 'kept'",
];
