import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a drill run found out before it began: the assertions of its preflight, as they were judged. */
export class DrillPreflight1763769662100 implements MigrationInterface {
  readonly name = 'DrillPreflight1763769662100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE drill_run ADD COLUMN preflight jsonb NOT NULL DEFAULT '[]'
         CONSTRAINT drill_run_preflight CHECK (jsonb_typeof(preflight) = 'array')`,
    );
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
