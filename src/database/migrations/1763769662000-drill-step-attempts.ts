import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every try of every step of a drill run, with what came of it. How a try ended stays as it was written. */
export class DrillStepAttempts1763769662000 implements MigrationInterface {
  readonly name = 'DrillStepAttempts1763769662000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE drill_step_attempt (
     run_id uuid NOT NULL CONSTRAINT drill_step_attempt_run REFERENCES drill_run (id),
     position integer NOT NULL CONSTRAINT drill_step_attempt_position CHECK (position >= 0),
     attempt integer NOT NULL CONSTRAINT drill_step_attempt_attempt CHECK (attempt >= 1),
     step text NOT NULL CONSTRAINT drill_step_attempt_step CHECK (length(step) BETWEEN 1 AND 600),
     phase text NOT NULL,
     outcome text NOT NULL DEFAULT 'running' CONSTRAINT drill_step_attempt_outcome
       CHECK (outcome IN ('running', 'done', 'failed', 'retried', 'continued', 'interrupted')),
     started_at timestamptz NOT NULL,
     ended_at timestamptz,
     seconds double precision CONSTRAINT drill_step_attempt_seconds CHECK (seconds >= 0),
     detail text,
     CONSTRAINT drill_step_attempt_pkey PRIMARY KEY (run_id, position, attempt),
     CONSTRAINT drill_step_attempt_ended CHECK (
       num_nonnulls(ended_at, seconds) = CASE WHEN outcome = 'running' THEN 0 ELSE 2 END)
   )`,
  `CREATE TRIGGER drill_step_attempt_end_stays BEFORE UPDATE ON drill_step_attempt
     FOR EACH ROW WHEN (OLD.outcome <> 'running') EXECUTE FUNCTION inventory_refuse_change()`,
  `CREATE TRIGGER drill_step_attempt_never_deleted BEFORE DELETE ON drill_step_attempt
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON drill_step_attempt
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  'ALTER TABLE drill_step_attempt ENABLE ALWAYS TRIGGER drill_step_attempt_end_stays',
  'ALTER TABLE drill_step_attempt ENABLE ALWAYS TRIGGER drill_step_attempt_never_deleted',
  'ALTER TABLE drill_step_attempt ENABLE ALWAYS TRIGGER never_truncated',
];
