import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A drill that passes when known damage is found restores nothing: it passes without a recovery time, and never has one. */
export class DrillExpectsDamage1763769664000 implements MigrationInterface {
  readonly name = 'DrillExpectsDamage1763769664000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(EXPECTS_DAMAGE);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const EXPECTS_DAMAGE = `
  ALTER TABLE drill_run
    ADD COLUMN expects_damage boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT drill_run_pass_needs_proof,
    ADD CONSTRAINT drill_run_pass_needs_proof CHECK (procedure <> 'passed' OR
      (status = 'completed' AND validation = 'passed' AND (expects_damage OR technical_rta_seconds IS NOT NULL))),
    ADD CONSTRAINT drill_run_damage_proves_nothing CHECK (NOT expects_damage OR
      (technical_rta_seconds IS NULL AND rpa_seconds IS NULL))`;
