import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A mapping may say what new things have that a file does not state; an import keeps what it was read with. */
export class ImportDefaults1763769681200 implements MigrationInterface {
  readonly name = 'ImportDefaults1763769681200';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['import', 'import_mapping']) {
      await runner.query(
        `ALTER TABLE ${table} ADD COLUMN defaults jsonb NOT NULL DEFAULT '{}'
           CONSTRAINT ${table}_defaults CHECK (jsonb_typeof(defaults) = 'object')`,
      );
    }
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
