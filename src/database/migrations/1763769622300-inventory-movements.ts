import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ledger of movements. A movement is inserted, and its trigger carries it out on the unit or the stock rows, so the
 * ledger sums to what lies there by construction.
 */
export class InventoryMovements1763769622300 implements MigrationInterface {
  readonly name = 'InventoryMovements1763769622300';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...MOVEMENTS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const words = (table: string, column: string, maxLength: number, nullable = '') => `
  ${column} text ${nullable === '' ? 'NOT NULL' : nullable}
    CONSTRAINT ${table}_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const UNIT_STATES = `('in_stock', 'issued', 'deployed', 'in_repair', 'quarantined', 'lost', 'retired')`;

const MOVEMENT_KINDS = `('receive', 'issue', 'return', 'transfer', 'adjust', 'deploy', 'repair_out', 'repair_in',
  'quarantine', 'release', 'scrap', 'count')`;

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

const MOVEMENTS = [
  `CREATE TABLE movement (
     id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT movement_pkey PRIMARY KEY,
     -- One act of one person: its lines share it.
     batch_id uuid NOT NULL,
     kind text NOT NULL CONSTRAINT movement_kind CHECK (kind IN ${MOVEMENT_KINDS}),
     part_id uuid NOT NULL CONSTRAINT movement_part_id_fkey REFERENCES part (id),
     quantity integer NOT NULL DEFAULT 1 CONSTRAINT movement_quantity CHECK (quantity BETWEEN 1 AND 1000000000),
     unit_id uuid,
     from_state text CONSTRAINT movement_from_state CHECK (from_state IN ${UNIT_STATES}),
     to_state text CONSTRAINT movement_to_state CHECK (to_state IN ${UNIT_STATES}),
     from_stock_id uuid,
     to_stock_id uuid,
     from_location_id uuid CONSTRAINT movement_from_location_id_fkey REFERENCES location (id),
     to_location_id uuid CONSTRAINT movement_to_location_id_fkey REFERENCES location (id),
     -- What lay in the stock rows after it.
     from_balance integer,
     to_balance integer,
     -- Where a deployed unit works now.
     service_id uuid CONSTRAINT movement_service_id_fkey REFERENCES service (id),
     -- The allocation line that it carries out (of a split line: the first one).
     line_id uuid,
     ${words('movement', 'reason', 500, 'NULL')},
     ${words('movement', 'reference', 120, 'NULL')},
     actor_id uuid CONSTRAINT movement_actor_id_fkey REFERENCES principal (id),
     occurred_at timestamptz NOT NULL DEFAULT now(),
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT movement_unit_fkey FOREIGN KEY (unit_id, part_id) REFERENCES unit (id, part_id),
     CONSTRAINT movement_from_stock_fkey FOREIGN KEY (from_stock_id, part_id) REFERENCES stock (id, part_id),
     CONSTRAINT movement_to_stock_fkey FOREIGN KEY (to_stock_id, part_id) REFERENCES stock (id, part_id),
     CONSTRAINT movement_of_one_thing CHECK ((unit_id IS NOT NULL) <> (from_stock_id IS NOT NULL OR to_stock_id IS NOT NULL)),
     CONSTRAINT movement_of_one_unit CHECK (unit_id IS NULL OR (quantity = 1 AND to_state IS NOT NULL)),
     CONSTRAINT movement_stock_has_no_state CHECK (unit_id IS NOT NULL OR (from_state IS NULL AND to_state IS NULL)),
     CONSTRAINT movement_between_two CHECK (from_stock_id <> to_stock_id),
     CONSTRAINT movement_stock_ends CHECK (unit_id IS NOT NULL OR CASE kind
       WHEN 'receive' THEN from_stock_id IS NULL WHEN 'return' THEN from_stock_id IS NULL
       WHEN 'repair_in' THEN from_stock_id IS NULL
       WHEN 'issue' THEN to_stock_id IS NULL WHEN 'scrap' THEN to_stock_id IS NULL
       WHEN 'repair_out' THEN to_stock_id IS NULL
       WHEN 'transfer' THEN num_nonnulls(from_stock_id, to_stock_id) = 2
       WHEN 'quarantine' THEN num_nonnulls(from_stock_id, to_stock_id) = 2
       WHEN 'release' THEN num_nonnulls(from_stock_id, to_stock_id) = 2
       WHEN 'adjust' THEN num_nonnulls(from_stock_id, to_stock_id) = 1
       WHEN 'count' THEN num_nonnulls(from_stock_id, to_stock_id) = 1
       ELSE false END),
     CONSTRAINT movement_adjust_has_reason CHECK (kind NOT IN ('adjust', 'scrap', 'quarantine') OR reason IS NOT NULL),
     CONSTRAINT movement_not_in_future CHECK (occurred_at <= recorded_at + interval '5 minutes'),
     CONSTRAINT movement_service_of_deploy CHECK (service_id IS NULL OR kind = 'deploy')
   )`,
  'CREATE INDEX movement_by_unit ON movement (unit_id, id) WHERE unit_id IS NOT NULL',
  'CREATE INDEX movement_by_part ON movement (part_id, id)',
  'CREATE INDEX movement_from_stock ON movement (from_stock_id, id) WHERE from_stock_id IS NOT NULL',
  'CREATE INDEX movement_to_stock ON movement (to_stock_id, id) WHERE to_stock_id IS NOT NULL',
  'CREATE INDEX movement_by_line ON movement (line_id) WHERE line_id IS NOT NULL',
  'CREATE INDEX movement_by_batch ON movement (batch_id, id)',
  'CREATE INDEX movement_by_kind ON movement (kind, id)',
  // Kinds come in runs, a year of receipts before the first transfer. Taken as evenly mixed, the primary key would seem as good
  // a way to the transfers as the index above, and a million receipts are read first. So the planner does not learn how many.
  'ALTER TABLE movement ALTER COLUMN kind SET STATISTICS 0',
  `CREATE FUNCTION movement_carry_out() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     u unit;
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
       NEW.from_state := u.state;
       NEW.from_location_id := u.location_id;
       IF NOT (${unitWays}) THEN
         RAISE EXCEPTION 'unit %: % cannot take it from % to %', u.serial, NEW.kind, coalesce(u.state, 'nowhere'), NEW.to_state
           USING ERRCODE = '23514', CONSTRAINT = 'movement_way_of_unit';
       END IF;
       UPDATE unit SET state = NEW.to_state, location_id = NEW.to_location_id, deployed_service_id = NEW.service_id,
         version = version + 1, updated_at = now()
       WHERE id = NEW.unit_id;
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
  'CREATE TRIGGER movement_carry_out BEFORE INSERT ON movement FOR EACH ROW EXECUTE FUNCTION movement_carry_out()',
  always('movement', 'movement_carry_out'),
  `SELECT make_ledger('movement')`,
  `CREATE FUNCTION unit_ledger_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF NOT EXISTS (
       SELECT FROM unit u, LATERAL (SELECT * FROM movement WHERE unit_id = u.id ORDER BY id DESC LIMIT 1) m
       WHERE u.id = NEW.id AND (u.state, u.location_id, u.deployed_service_id)
         IS NOT DISTINCT FROM (m.to_state, m.to_location_id, m.service_id)
     ) THEN
       RAISE EXCEPTION 'unit %: its last movement says something else', NEW.serial
         USING ERRCODE = '23514', CONSTRAINT = 'unit_state_by_movement';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER unit_ledger_check AFTER UPDATE ON unit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN ((NEW.state, NEW.location_id, NEW.deployed_service_id)
           IS DISTINCT FROM (OLD.state, OLD.location_id, OLD.deployed_service_id))
     EXECUTE FUNCTION unit_ledger_check()`,
  always('unit', 'unit_ledger_check'),
  `CREATE FUNCTION stock_ledger_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF (SELECT balance FROM (
           (SELECT id, from_balance AS balance FROM movement WHERE from_stock_id = NEW.id ORDER BY id DESC LIMIT 1)
           UNION ALL
           (SELECT id, to_balance FROM movement WHERE to_stock_id = NEW.id ORDER BY id DESC LIMIT 1)
         ) ends ORDER BY id DESC LIMIT 1)
        IS DISTINCT FROM (SELECT quantity FROM stock WHERE id = NEW.id) THEN
       RAISE EXCEPTION 'stock %: its last movement left another quantity', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'stock_quantity_by_movement';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER stock_ledger_check AFTER UPDATE ON stock DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN (NEW.quantity <> OLD.quantity) EXECUTE FUNCTION stock_ledger_check()`,
  always('stock', 'stock_ledger_check'),
];
