import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who fills which role of a drill run, and as which role a person has answered. What was said once stays as it was written. */
export class DrillParticipants1763769674000 implements MigrationInterface {
  readonly name = 'DrillParticipants1763769674000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE drill_participant (
     run_id uuid NOT NULL CONSTRAINT drill_participant_run REFERENCES drill_run (id),
     role text NOT NULL CONSTRAINT drill_participant_role CHECK (role ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
     person_id uuid NOT NULL CONSTRAINT drill_participant_person REFERENCES principal (id),
     person_name text NOT NULL CONSTRAINT drill_participant_person_name CHECK (length(person_name) BETWEEN 1 AND 200),
     said text NOT NULL CONSTRAINT drill_participant_said CHECK (said IN ('at the start', 'in the run')),
     filled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT drill_participant_pkey PRIMARY KEY (run_id, role),
     CONSTRAINT drill_participant_one_person UNIQUE (run_id, role, person_id)
   )`,
  `ALTER TABLE drill_confirmation
     ADD COLUMN role text,
     ADD CONSTRAINT drill_confirmation_role_answers CHECK (role IS NULL OR outcome IS NOT NULL),
     ADD CONSTRAINT drill_confirmation_role_filled FOREIGN KEY (run_id, role, person_id)
       REFERENCES drill_participant (run_id, role, person_id)`,
  `CREATE TRIGGER drill_participant_stays BEFORE UPDATE ON drill_participant
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_change()`,
  `CREATE TRIGGER drill_participant_never_deleted BEFORE DELETE ON drill_participant
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON drill_participant
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  'ALTER TABLE drill_participant ENABLE ALWAYS TRIGGER drill_participant_stays',
  'ALTER TABLE drill_participant ENABLE ALWAYS TRIGGER drill_participant_never_deleted',
  'ALTER TABLE drill_participant ENABLE ALWAYS TRIGGER never_truncated',
];
