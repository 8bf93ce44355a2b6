import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A point that was read is held against the last sound ones before it. Without this index they were looked for among all
 * points before it: for each of many that nobody had read yet, all the others.
 */
export class SoundPoints1763769632000 implements MigrationInterface {
  readonly name = 'SoundPoints1763769632000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX recovery_point_sound ON recovery_point (set_id, taken_at, id) WHERE verdict = 'sound'`,
    );
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
