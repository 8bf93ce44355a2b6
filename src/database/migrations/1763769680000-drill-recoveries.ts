import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A definition can be carried out for a real incident: a person stands for it, it names its case or its reason, and what it has
 * restored stays until a person discards it.
 */
export class DrillRecoveries1763769680000 implements MigrationInterface {
  readonly name = 'DrillRecoveries1763769680000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(RECOVERIES);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const RECOVERIES = `
  ALTER TABLE drill_run
    ADD COLUMN recovery_case text CONSTRAINT drill_run_recovery_case CHECK (length(recovery_case) BETWEEN 1 AND 200),
    ADD COLUMN recovery_reason text CONSTRAINT drill_run_recovery_reason CHECK (length(recovery_reason) BETWEEN 1 AND 1000),
    DROP CONSTRAINT drill_run_mode,
    ADD CONSTRAINT drill_run_mode CHECK (mode IN ('full', 'availability', 'recovery')),
    ADD CONSTRAINT drill_run_recovery_is_meant CHECK (CASE WHEN mode = 'recovery'
      THEN trigger = 'manual' AND requested_by_id IS NOT NULL AND num_nonnulls(recovery_case, recovery_reason) > 0
      ELSE num_nonnulls(recovery_case, recovery_reason) = 0 END),
    DROP CONSTRAINT drill_run_availability_only_proves_nothing,
    ADD CONSTRAINT drill_run_availability_only_proves_nothing
      CHECK (mode <> 'availability' OR (procedure = 'not assessed' AND technical_rta_seconds IS NULL)),
    DROP CONSTRAINT drill_run_kept_has_an_end,
    ADD CONSTRAINT drill_run_kept_has_an_end
      CHECK (cleanup <> 'kept' OR kept_until IS NOT NULL OR (mode = 'recovery' AND kept_size_bytes IS NOT NULL)),
    DROP CONSTRAINT drill_run_kept_after_failure,
    ADD CONSTRAINT drill_run_kept_after_failure CHECK (kept_until IS NULL OR
      (kept_size_bytes IS NOT NULL AND host_id IS NOT NULL AND finished_at IS NOT NULL
       AND (mode = 'recovery' OR ((status = 'failed' OR (status = 'completed' AND validation = 'failed'))
            AND kept_until <= finished_at + interval '169 hours'))))`;
