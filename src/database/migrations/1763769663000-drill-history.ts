import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the lists of drill runs and their history are read by. */
export class DrillHistory1763769663000 implements MigrationInterface {
  readonly name = 'DrillHistory1763769663000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  'CREATE INDEX drill_run_by_trigger_time ON drill_run (triggered_at)',
  'CREATE INDEX drill_run_by_procedure ON drill_run (procedure, id)',
  // Skipped runs and those that only looked at the availability would be passed over one by one.
  `CREATE INDEX drill_run_history ON drill_run (drill, id)
     WHERE mode = 'full' AND status IN ('completed', 'failed', 'aborted', 'interrupted')`,
  `CREATE INDEX drill_run_history_by_service ON drill_run (service, id)
     WHERE mode = 'full' AND status IN ('completed', 'failed', 'aborted', 'interrupted')`,
  `CREATE INDEX drill_run_passed ON drill_run (drill, id) WHERE procedure = 'passed'`,
];
