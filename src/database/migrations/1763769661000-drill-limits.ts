import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A run may wait behind another one of its drill, for so long; while one goes on for a service, no other one does. */
export class DrillLimits1763769661000 implements MigrationInterface {
  readonly name = 'DrillLimits1763769661000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE drill_run ADD COLUMN start_within_seconds integer NOT NULL DEFAULT 3600
     CONSTRAINT drill_run_start_within CHECK (start_within_seconds BETWEEN 60 AND 86400)`,
  // Unset for runs of before: two of one service may go on while the release changes.
  'ALTER TABLE drill_run ADD COLUMN claimed_service text',
  'DROP INDEX drill_run_one_live',
  "CREATE UNIQUE INDEX drill_run_one_queued ON drill_run (drill) WHERE status = 'queued'",
  "CREATE UNIQUE INDEX drill_run_one_running ON drill_run (drill) WHERE status = 'running'",
  "CREATE UNIQUE INDEX drill_run_one_of_service ON drill_run (claimed_service) WHERE status = 'running'",
];
