import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Schedules that are due once in a period at an instant that nobody is told beforehand: it follows from a key that stays here. */
export class SurpriseSchedules1763769663200 implements MigrationInterface {
  readonly name = 'SurpriseSchedules1763769663200';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE schedule
     ADD COLUMN surprise jsonb CONSTRAINT schedule_surprise CHECK (jsonb_typeof(surprise) = 'object'),
     ADD COLUMN surprise_key bytea CONSTRAINT schedule_surprise_key CHECK (length(surprise_key) = 32),
     ADD CONSTRAINT schedule_surprise_keyed CHECK ((surprise IS NULL) = (surprise_key IS NULL))`,
];
