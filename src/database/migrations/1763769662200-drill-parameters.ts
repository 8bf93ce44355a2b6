import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The values that a drill run was given for the parameters of its definition, and those that keep it from being a proof. */
export class DrillParameters1763769662200 implements MigrationInterface {
  readonly name = 'DrillParameters1763769662200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE drill_run
         ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}'
           CONSTRAINT drill_run_parameters CHECK (jsonb_typeof(parameters) = 'object'),
         ADD COLUMN varied_parameters text[] NOT NULL DEFAULT '{}'`,
    );
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
