import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is taken from the emergency reserve names the open emergency that it is for. Allocations that were made before name none.
 */
export class NamedEmergencies1763769690400 implements MigrationInterface {
  readonly name = 'NamedEmergencies1763769690400';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  // An emergency whose clocks run and which is not restored; where there is an incident of that number, it is one as well.
  `CREATE FUNCTION sla_is_open_emergency(case_subject text) RETURNS boolean LANGUAGE sql STABLE
     SET search_path = public, pg_temp AS $$
     SELECT EXISTS (SELECT FROM sla_case_event n WHERE n.subject = case_subject AND n.event = 'notification'
         AND coalesce((SELECT s.severity FROM sla_case_severity s WHERE s.subject = case_subject ORDER BY s.id DESC LIMIT 1),
           n.severity) = 'emergency')
       AND NOT EXISTS (SELECT FROM sla_case_event e WHERE e.subject = case_subject AND e.event IN ('recovery', 'resolution'))
       AND EXISTS (SELECT FROM sla_clock c JOIN sla_clock_open o ON o.clock_id = c.id WHERE c.subject = case_subject)
       AND NOT EXISTS (SELECT FROM incident i WHERE i.number = case_subject
         AND (i.severity <> 'emergency' OR i.restored_at IS NOT NULL OR i.stage IN ('feedback', 'closed'))) $$`,
  `ALTER TABLE allocation
     ADD emergency_case text CONSTRAINT allocation_emergency_case CHECK (length(emergency_case) BETWEEN 1 AND 200),
     ADD CONSTRAINT allocation_emergency_has_reason CHECK (emergency_case IS NULL OR reserve_reason IS NOT NULL)`,
  'CREATE INDEX allocation_by_emergency ON allocation (emergency_case, id) WHERE emergency_case IS NOT NULL',
  `CREATE FUNCTION allocation_names_emergency() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     -- What was taken stays taken when the emergency is over.
     IF TG_OP = 'UPDATE' AND OLD.reserve_reason IS NOT NULL AND NEW.emergency_case IS NOT DISTINCT FROM OLD.emergency_case THEN
       RETURN NEW;
     END IF;
     IF NOT coalesce(sla_is_open_emergency(NEW.emergency_case), false) THEN
       RAISE EXCEPTION 'allocation %: % is no open emergency', NEW.number, coalesce(NEW.emergency_case, 'nothing')
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_names_emergency';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER allocation_names_emergency BEFORE INSERT OR UPDATE ON allocation
     FOR EACH ROW WHEN (NEW.reserve_reason IS NOT NULL AND NEW.purpose = 'incident' AND NEW.severity = 'emergency')
     EXECUTE FUNCTION allocation_names_emergency()`,
  'ALTER TABLE allocation ENABLE ALWAYS TRIGGER allocation_names_emergency',
];
