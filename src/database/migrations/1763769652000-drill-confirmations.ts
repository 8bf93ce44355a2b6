import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a drill asks a person to do, and what that person said. An answer stays as it was given. */
export class DrillConfirmations1763769652000 implements MigrationInterface {
  readonly name = 'DrillConfirmations1763769652000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE drill_confirmation (
     run_id uuid NOT NULL CONSTRAINT drill_confirmation_run REFERENCES drill_run (id),
     step text NOT NULL CONSTRAINT drill_confirmation_step CHECK (step ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
     instructions text NOT NULL,
     asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     outcome text CONSTRAINT drill_confirmation_outcome CHECK (outcome IN ('done', 'failed')),
     note text CONSTRAINT drill_confirmation_note CHECK (length(note) BETWEEN 1 AND 1000),
     person_id uuid CONSTRAINT drill_confirmation_person REFERENCES principal (id),
     person_name text,
     answered_at timestamptz,
     CONSTRAINT drill_confirmation_pkey PRIMARY KEY (run_id, step),
     CONSTRAINT drill_confirmation_answered CHECK (
       num_nonnulls(outcome, note, person_id, person_name, answered_at) IN (0, 5))
   )`,
  `CREATE TRIGGER drill_confirmation_answer_stays BEFORE UPDATE ON drill_confirmation
     FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  `CREATE TRIGGER drill_confirmation_never_deleted BEFORE DELETE ON drill_confirmation
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON drill_confirmation
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  'ALTER TABLE drill_confirmation ENABLE ALWAYS TRIGGER drill_confirmation_answer_stays',
  'ALTER TABLE drill_confirmation ENABLE ALWAYS TRIGGER drill_confirmation_never_deleted',
  'ALTER TABLE drill_confirmation ENABLE ALWAYS TRIGGER never_truncated',
];
