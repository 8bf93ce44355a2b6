import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is brought to an incident: what was allocated for one goes along, and recoveries are for one that is not over. */
export class IncidentDispatches1763769690300 implements MigrationInterface {
  readonly name = 'IncidentDispatches1763769690300';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE FUNCTION incident_entry_dispatch() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM allocation WHERE id = NEW.allocation_id AND purpose = 'incident') THEN
       RAISE EXCEPTION 'allocation % is for no incident', NEW.allocation_id
         USING ERRCODE = '23514', CONSTRAINT = 'incident_entry_dispatch';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_entry_dispatch BEFORE INSERT ON incident_entry
     FOR EACH ROW WHEN (NEW.kind = 'dispatch') EXECUTE FUNCTION incident_entry_dispatch()`,
  'ALTER TABLE incident_entry ENABLE ALWAYS TRIGGER incident_entry_dispatch',
  'CREATE INDEX drill_run_by_case ON drill_run (recovery_case) WHERE recovery_case IS NOT NULL',
  `CREATE FUNCTION drill_run_of_incident() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF EXISTS (SELECT FROM incident WHERE number = NEW.recovery_case AND stage IN ('feedback', 'closed')) THEN
       RAISE EXCEPTION 'incident % is over: nothing is recovered for it', NEW.recovery_case
         USING ERRCODE = '23514', CONSTRAINT = 'drill_run_of_incident';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER drill_run_of_incident BEFORE INSERT OR UPDATE OF recovery_case ON drill_run
     FOR EACH ROW WHEN (NEW.recovery_case IS NOT NULL) EXECUTE FUNCTION drill_run_of_incident()`,
  'ALTER TABLE drill_run ENABLE ALWAYS TRIGGER drill_run_of_incident',
];
