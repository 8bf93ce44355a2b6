import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A unit may be written with the state and place that its receipt gives it, when both are one transaction. The movement
 * then finds it where it leads, and need not write it once more: the second version of a row, with its entry in each of the
 * indexes, and the statement that makes it, cost four times what the first one does. Without that receipt it is refused as
 * ever, now when the transaction ends. How a movement finds such a unit is in the next migration.
 */
export class UnitsArrive1763769681000 implements MigrationInterface {
  readonly name = 'UnitsArrive1763769681000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

/** These read tables by their keys: see the migration of the pools' locks. */
const BY_KEYS = 'SET search_path = public, pg_temp SET enable_seqscan = off';

const STATEMENTS = [
  `CREATE OR REPLACE FUNCTION unit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF (NEW.id, NEW.part_id) IS DISTINCT FROM (OLD.id, OLD.part_id) THEN
       RAISE EXCEPTION 'unit %: it stays a piece of its part', OLD.serial
         USING ERRCODE = '23514', CONSTRAINT = 'unit_part_stays';
     END IF;
     IF (NEW.state, NEW.location_id, NEW.deployed_service_id)
        IS DISTINCT FROM (OLD.state, OLD.location_id, OLD.deployed_service_id) AND pg_trigger_depth() < 2 THEN
       RAISE EXCEPTION 'unit %: its state and place change by a movement', OLD.serial
         USING ERRCODE = '23514', CONSTRAINT = 'unit_state_by_movement';
     END IF;
     RETURN NEW;
   END $$`,
  'DROP TRIGGER unit_guard ON unit',
  'CREATE TRIGGER unit_guard BEFORE UPDATE ON unit FOR EACH ROW EXECUTE FUNCTION unit_guard()',
  'ALTER TABLE unit ENABLE ALWAYS TRIGGER unit_guard',
  // The first movement of a unit says what it was written with. What came behind is compared by the check of updates.
  `CREATE OR REPLACE FUNCTION unit_received_check() RETURNS trigger LANGUAGE plpgsql ${BY_KEYS} AS $$
   BEGIN
     IF NEW.state IS NULL THEN
       IF EXISTS (SELECT FROM unit WHERE id = NEW.id AND state IS NULL) THEN
         RAISE EXCEPTION 'unit %: nothing received it', NEW.serial
           USING ERRCODE = '23514', CONSTRAINT = 'unit_has_a_movement';
       END IF;
     ELSIF (SELECT m.kind = 'receive' AND m.from_state IS NULL AND (m.to_state, m.to_location_id, m.service_id)
              IS NOT DISTINCT FROM (NEW.state, NEW.location_id, NEW.deployed_service_id)
            FROM movement m WHERE m.unit_id = NEW.id ORDER BY m.id LIMIT 1) IS NOT TRUE THEN
       RAISE EXCEPTION 'unit %: it comes into its state by a movement', NEW.serial
         USING ERRCODE = '23514', CONSTRAINT = 'unit_state_by_movement';
     END IF;
     RETURN NULL;
   END $$`,
  // Once for all units of a statement: each location is looked at and shared once.
  `CREATE FUNCTION unit_arrival_check() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     places uuid[] := ARRAY(SELECT DISTINCT location_id FROM arrived WHERE location_id IS NOT NULL);
     retired uuid;
   BEGIN
     PERFORM FROM location WHERE id = ANY (places) ORDER BY id FOR SHARE;
     SELECT id INTO retired FROM location WHERE id = ANY (places) AND retired_at IS NOT NULL LIMIT 1;
     IF retired IS NOT NULL THEN
       RAISE EXCEPTION 'location % is retired: nothing can be put there', retired
         USING ERRCODE = '23514', CONSTRAINT = 'unit_location_in_use';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER unit_arrival_check AFTER INSERT ON unit REFERENCING NEW TABLE AS arrived
     FOR EACH STATEMENT EXECUTE FUNCTION unit_arrival_check()`,
  'ALTER TABLE unit ENABLE ALWAYS TRIGGER unit_arrival_check',
];
