import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The index by which the incidents of a period are read, for the time that they spent in their stages. */
export class IncidentReceipts1763769691900 implements MigrationInterface {
  readonly name = 'IncidentReceipts1763769691900';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX incident_by_receipt ON incident (received_at, id)');
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
