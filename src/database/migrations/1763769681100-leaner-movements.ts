import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A movement costs less. Its part and its locations are those of its unit or stock row, which refer to them: a movement is of one
 * unit or stock row, names the part of it by a foreign key of both, and takes the places from it or has them written into it.
 * Neither parts nor locations are ever deleted. So three keys of its own said nothing more, and each looked a row up for every
 * movement. A unit that is written with its receipt is looked up once.
 */
export class LeanerMovements1763769681100 implements MigrationInterface {
  readonly name = 'LeanerMovements1763769681100';

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
  `ALTER TABLE movement DROP CONSTRAINT movement_part_id_fkey, DROP CONSTRAINT movement_from_location_id_fkey,
     DROP CONSTRAINT movement_to_location_id_fkey`,
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
       -- A unit that is where its receipt leads and has no movement was written with it: none is committed so, which is why
       -- nobody else can see it, and it needs no lock.
       IF NEW.kind = 'receive' THEN
         is_there := EXISTS (
           SELECT FROM unit w WHERE w.id = NEW.unit_id AND (w.state, w.location_id, w.deployed_service_id)
               IS NOT DISTINCT FROM (NEW.to_state, NEW.to_location_id, NEW.service_id)
             AND NOT EXISTS (SELECT FROM movement m WHERE m.unit_id = w.id));
       END IF;
       IF NOT is_there THEN
         SELECT * INTO u FROM unit WHERE id = NEW.unit_id FOR UPDATE;
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
