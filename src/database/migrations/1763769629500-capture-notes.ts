import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What befell parts of a source while it was captured is kept with the run: files that changed, vanished or could not be read. */
export class CaptureNotes1763769629500 implements MigrationInterface {
  readonly name = 'CaptureNotes1763769629500';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE backup_capture ADD notes jsonb NOT NULL DEFAULT '[]'
      CONSTRAINT backup_capture_notes CHECK (jsonb_typeof(notes) = 'array')`);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
