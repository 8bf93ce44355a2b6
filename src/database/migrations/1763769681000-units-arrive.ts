import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A unit may be written with the state and place that its receipt gives it, when both are one transaction. The movement
 * then finds it where it leads, and need not write it once more: the second version of a row, with its entry in each of the
 * indexes, and the statement that makes it, cost four times what the first one does. Without that receipt it is refused as
 * ever, now when the transaction ends.
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

/** Which state a movement of each kind may take a unit from and to. `new` is a unit without any movement yet. */
const UNIT_WAYS: readonly (readonly [kind: string, from: readonly string[], to: readonly string[]])[] = [
  ['receive', ['new'], ['in_stock', 'quarantined', 'in_repair']],
  ['issue', ['in_stock'], ['issued']],
  ['return', ['issued'], ['in_stock', 'quarantined']],
  ['transfer', ['in_stock'], ['in_stock']],
  ['transfer', ['quarantined'], ['quarantined']],
  ['adjust', ['in_stock', 'quarantined', 'issued', 'deployed', 'in_repair'], ['lost']],
  ['adjust', ['lost', 'deployed'], ['in_stock', 'quarantined']],
  ['deploy', ['issued'], ['deployed']],
  ['repair_out', ['in_stock', 'quarantined', 'deployed'], ['in_repair']],
  ['repair_in', ['in_repair'], ['in_stock', 'quarantined']],
  ['quarantine', ['in_stock'], ['quarantined']],
  ['release', ['quarantined'], ['in_stock']],
  ['scrap', ['in_stock', 'quarantined', 'in_repair', 'lost', 'issued', 'deployed'], ['retired']],
  ['count', ['in_stock', 'lost'], ['in_stock']],
  ['count', ['quarantined'], ['quarantined']],
];

const unitWays = UNIT_WAYS.map(
  ([kind, from, to]) =>
    `(NEW.kind = '${kind}' AND coalesce(u.state, 'new') IN ('${from.join(`', '`)}') AND NEW.to_state IN ('${to.join(`', '`)}'))`,
).join(' OR\n            ');

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
  `CREATE OR REPLACE FUNCTION movement_carry_out() RETURNS trigger LANGUAGE plpgsql ${BY_KEYS} AS $$
   DECLARE
     u unit;
     is_there boolean := false;
   BEGIN
     -- Under an older snapshot the checks at the commit would miss what others have committed.
     IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
       RAISE EXCEPTION 'movements are written under READ COMMITTED only'
         USING ERRCODE = '23514', CONSTRAINT = 'movement_isolation';
     END IF;
     NEW.from_balance := NULL;
     NEW.to_balance := NULL;
     IF NEW.unit_id IS NOT NULL THEN
       SELECT * INTO u FROM unit WHERE id = NEW.unit_id FOR UPDATE;
       -- Where it leads already, the unit has been written with its receipt: none is committed without a movement.
       IF NEW.kind = 'receive' AND (u.state, u.location_id, u.deployed_service_id)
            IS NOT DISTINCT FROM (NEW.to_state, NEW.to_location_id, NEW.service_id)
          AND NOT EXISTS (SELECT FROM movement WHERE unit_id = u.id) THEN
         is_there := true;
         u.state := NULL;
         u.location_id := NULL;
       END IF;
       NEW.from_state := u.state;
       NEW.from_location_id := u.location_id;
       IF NOT (${unitWays}) THEN
         RAISE EXCEPTION 'unit %: % cannot take it from % to %', u.serial, NEW.kind, coalesce(u.state, 'nowhere'), NEW.to_state
           USING ERRCODE = '23514', CONSTRAINT = 'movement_way_of_unit';
       END IF;
       IF NOT is_there THEN
         UPDATE unit SET state = NEW.to_state, location_id = NEW.to_location_id, deployed_service_id = NEW.service_id,
           version = version + 1, updated_at = now()
         WHERE id = NEW.unit_id;
       END IF;
     ELSE
       NEW.from_location_id := NULL;
       NEW.to_location_id := NULL;
       -- Both ends in one statement, in the order of their ids, so that two transfers cannot wait for each other.
       IF num_nonnulls(NEW.from_stock_id, NEW.to_stock_id) = 2 THEN
         PERFORM FROM stock WHERE id IN (NEW.from_stock_id, NEW.to_stock_id) ORDER BY id FOR NO KEY UPDATE;
       END IF;
       IF NEW.from_stock_id IS NOT NULL THEN
         UPDATE stock SET quantity = quantity - NEW.quantity WHERE id = NEW.from_stock_id
         RETURNING location_id, quantity INTO NEW.from_location_id, NEW.from_balance;
       END IF;
       IF NEW.to_stock_id IS NOT NULL THEN
         UPDATE stock SET quantity = quantity + NEW.quantity WHERE id = NEW.to_stock_id
         RETURNING location_id, quantity INTO NEW.to_location_id, NEW.to_balance;
       END IF;
     END IF;
     -- Numbered and timed under the row's lock, so that the numbers of one unit or stock row follow its history.
     NEW.id := nextval('movement_id_seq');
     NEW.recorded_at := clock_timestamp();
     RETURN NEW;
   END $$`,
];
