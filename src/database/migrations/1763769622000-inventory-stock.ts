import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Units, stock and the ledger of movements. Nobody writes the place or state of a unit or the quantity of a stock row:
 * a movement is inserted, and its trigger carries it out. So the ledger sums to what lies there by construction, and the
 * guards refuse every other way. They hold under `session_replication_role = replica` too. A write inside any trigger is as
 * deep as the movement's own, so what has changed is compared with its last movement once more at the commit.
 */
export class InventoryStock1763769622000 implements MigrationInterface {
  readonly name = 'InventoryStock1763769622000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...UNITS, ...STOCK, ...PLACES, ...MOVEMENTS, ...UPKEEP]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const words = (table: string, column: string, maxLength: number, nullable = '') => `
  ${column} text ${nullable === '' ? 'NOT NULL' : nullable}
    CONSTRAINT ${table}_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const touched = (table: string) => `
  version integer NOT NULL DEFAULT 1 CONSTRAINT ${table}_version CHECK (version >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()`;

const keptForGood = (table: string) => `
  CREATE TRIGGER ${table}_never_deleted BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`;

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const UNIT_STATES = `('in_stock', 'issued', 'deployed', 'in_repair', 'quarantined', 'lost', 'retired')`;

const UNITS = [
  `CREATE TABLE unit (
     id uuid CONSTRAINT unit_pkey PRIMARY KEY,
     part_id uuid NOT NULL,
     tracking text NOT NULL DEFAULT 'serial' CONSTRAINT unit_tracking CHECK (tracking = 'serial'),
     ${words('unit', 'serial', 80)},
     asset_tag text CONSTRAINT unit_asset_tag CHECK (asset_tag ~ '^[[:alnum:]][[:alnum:]._/-]{0,39}$'),
     -- Null between the insert and the first movement only, inside one transaction.
     state text CONSTRAINT unit_state CHECK (state IN ${UNIT_STATES}),
     location_id uuid CONSTRAINT unit_location_id_fkey REFERENCES location (id),
     deployed_service_id uuid CONSTRAINT unit_deployed_service_id_fkey REFERENCES service (id),
     condition text NOT NULL DEFAULT 'new' CONSTRAINT unit_condition CHECK (condition IN ('new', 'good', 'worn', 'damaged')),
     ${words('unit', 'supplier', 120, 'NULL')},
     ${words('unit', 'firmware', 80, 'NULL')},
     warranty_until date,
     expires_on date,
     last_tested_at timestamptz,
     -- The last day on which it counts as tested; null when its part needs no tests.
     test_due_on date,
     last_seen_at timestamptz,
     ${words('unit', 'note', 1000, 'NULL')},
     search text NOT NULL GENERATED ALWAYS AS (lower(serial || ' ' || coalesce(asset_tag, ''))) STORED,
     ${touched('unit')},
     CONSTRAINT unit_part_fkey FOREIGN KEY (part_id, tracking) REFERENCES part (id, tracking),
     CONSTRAINT unit_id_part_unique UNIQUE (id, part_id),
     CONSTRAINT unit_lies_somewhere CHECK ((state IN ('in_stock', 'quarantined')) = (location_id IS NOT NULL)),
     CONSTRAINT unit_deployed_in CHECK (deployed_service_id IS NULL OR state = 'deployed'),
     CONSTRAINT unit_damaged_is_no_stock CHECK (NOT (state = 'in_stock' AND condition = 'damaged'))
   )`,
  'CREATE UNIQUE INDEX unit_serial_unique ON unit (part_id, lower(serial))',
  'CREATE UNIQUE INDEX unit_asset_tag_unique ON unit (lower(asset_tag))',
  'CREATE INDEX unit_by_serial ON unit (lower(serial), id)',
  // The order in which the system picks: the one whose last test is longest ago comes first.
  `CREATE INDEX unit_pick ON unit (part_id, last_tested_at NULLS FIRST, id) WHERE state = 'in_stock'`,
  'CREATE INDEX unit_by_part ON unit (part_id, state, id)',
  'CREATE INDEX unit_by_location ON unit (location_id, part_id, id) WHERE location_id IS NOT NULL',
  'CREATE INDEX unit_by_state ON unit (state, id)',
  'CREATE INDEX unit_by_service ON unit (deployed_service_id, id) WHERE deployed_service_id IS NOT NULL',
  // Dates matter while a unit could be handed out: what was written off long ago does not stand in the way.
  `CREATE INDEX unit_by_test_due ON unit (test_due_on, id) WHERE state = 'in_stock' AND test_due_on IS NOT NULL`,
  `CREATE INDEX unit_by_expiry ON unit (expires_on, id) WHERE state = 'in_stock' AND expires_on IS NOT NULL`,
  `CREATE INDEX unit_by_warranty ON unit (warranty_until, id) WHERE state <> 'retired' AND warranty_until IS NOT NULL`,
  'CREATE INDEX unit_search ON unit USING gin (search gin_trgm_ops)',
  keptForGood('unit'),
  always('unit', 'unit_never_deleted'),
  // What can be handed out: in stock, not past its shelf life, tested while its part asks for tests.
  `CREATE FUNCTION unit_usable(unit) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE RETURN
     ($1).state = 'in_stock'
     AND (($1).expires_on IS NULL OR ($1).expires_on >= utc_today())
     AND (($1).test_due_on IS NULL OR ($1).test_due_on >= utc_today())`,
  `CREATE FUNCTION unit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF TG_OP = 'INSERT' THEN
       IF NEW.state IS NOT NULL THEN
         RAISE EXCEPTION 'unit %: it comes into its state by a movement', NEW.serial
           USING ERRCODE = '23514', CONSTRAINT = 'unit_state_by_movement';
       END IF;
       RETURN NEW;
     END IF;
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
  'CREATE TRIGGER unit_guard BEFORE INSERT OR UPDATE ON unit FOR EACH ROW EXECUTE FUNCTION unit_guard()',
  always('unit', 'unit_guard'),
  `CREATE FUNCTION unit_received_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (SELECT FROM unit WHERE id = NEW.id AND state IS NULL) THEN
       RAISE EXCEPTION 'unit %: nothing received it', NEW.serial
         USING ERRCODE = '23514', CONSTRAINT = 'unit_has_a_movement';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER unit_received_check AFTER INSERT ON unit DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION unit_received_check()`,
  always('unit', 'unit_received_check'),
];

const STOCK = [
  `CREATE TABLE stock (
     id uuid CONSTRAINT stock_pkey PRIMARY KEY,
     part_id uuid NOT NULL,
     tracking text NOT NULL DEFAULT 'bulk' CONSTRAINT stock_tracking CHECK (tracking = 'bulk'),
     location_id uuid NOT NULL CONSTRAINT stock_location_id_fkey REFERENCES location (id),
     lot text NOT NULL DEFAULT '' CONSTRAINT stock_lot CHECK (length(lot) <= 80),
     expires_on date,
     condition text NOT NULL DEFAULT 'usable' CONSTRAINT stock_condition CHECK (condition IN ('usable', 'quarantined')),
     quantity integer NOT NULL DEFAULT 0
       CONSTRAINT stock_quantity CHECK (quantity BETWEEN 0 AND 1000000000),
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT stock_part_fkey FOREIGN KEY (part_id, tracking) REFERENCES part (id, tracking),
     CONSTRAINT stock_id_part_unique UNIQUE (id, part_id),
     CONSTRAINT stock_place_unique UNIQUE NULLS NOT DISTINCT (part_id, location_id, lot, expires_on, condition)
   )`,
  `CREATE INDEX stock_pick ON stock (part_id, expires_on, id) WHERE condition = 'usable' AND quantity > 0`,
  'CREATE INDEX stock_by_part ON stock (part_id, id)',
  'CREATE INDEX stock_by_location ON stock (location_id, part_id, id)',
  'CREATE INDEX stock_by_expiry ON stock (expires_on, id) WHERE quantity > 0 AND expires_on IS NOT NULL',
  keptForGood('stock'),
  always('stock', 'stock_never_deleted'),
  `CREATE FUNCTION stock_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF (CASE TG_OP WHEN 'INSERT' THEN NEW.quantity <> 0 ELSE NEW.quantity <> OLD.quantity AND pg_trigger_depth() < 2 END) THEN
       RAISE EXCEPTION 'stock %: its quantity changes by a movement', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'stock_quantity_by_movement';
     END IF;
     IF TG_OP = 'UPDATE' AND (NEW.id, NEW.part_id, NEW.location_id, NEW.lot, NEW.expires_on, NEW.condition)
        IS DISTINCT FROM (OLD.id, OLD.part_id, OLD.location_id, OLD.lot, OLD.expires_on, OLD.condition) THEN
       RAISE EXCEPTION 'stock %: pieces move to another row, the row itself stays what it is', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'stock_place_stays';
     END IF;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER stock_guard BEFORE INSERT OR UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION stock_guard()',
  always('stock', 'stock_guard'),
];

// A retired location holds nothing. Whoever puts something there shares a lock on its row, whoever retires it takes the row,
// so neither misses the other; what lies there already needs no lock, because it is seen.
const PLACES = [
  `CREATE FUNCTION location_in_use_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM FROM location WHERE id = NEW.location_id AND retired_at IS NULL FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'location % is retired: nothing can be put there', NEW.location_id
         USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_location_in_use';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER unit_location_in_use AFTER UPDATE OF location_id ON unit FOR EACH ROW
     WHEN (NEW.location_id IS NOT NULL AND NEW.location_id IS DISTINCT FROM OLD.location_id)
     EXECUTE FUNCTION location_in_use_check()`,
  always('unit', 'unit_location_in_use'),
  `CREATE TRIGGER stock_location_in_use AFTER UPDATE OF quantity ON stock FOR EACH ROW
     WHEN (OLD.quantity = 0 AND NEW.quantity > 0) EXECUTE FUNCTION location_in_use_check()`,
  always('stock', 'stock_location_in_use'),
  `CREATE FUNCTION location_retirement_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (SELECT FROM unit u WHERE u.location_id = NEW.id)
        OR EXISTS (SELECT FROM stock s WHERE s.location_id = NEW.id AND s.quantity > 0) THEN
       RAISE EXCEPTION 'location % still holds pieces', NEW.code
         USING ERRCODE = '23514', CONSTRAINT = 'location_retired_holds_nothing';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER location_retirement_check AFTER UPDATE OF retired_at ON location
     FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL) EXECUTE FUNCTION location_retirement_check()`,
  always('location', 'location_retirement_check'),
  // Pieces that lie here, are out, or are being repaired come back into a part that is in use. Deployed ones need not.
  `CREATE FUNCTION part_retirement_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (SELECT FROM unit u WHERE u.part_id = NEW.id AND u.state IN ('in_stock', 'quarantined', 'issued', 'in_repair'))
        OR EXISTS (SELECT FROM stock s WHERE s.part_id = NEW.id AND s.quantity > 0)
        OR EXISTS (SELECT FROM allocation_line l WHERE l.part_id = NEW.id AND l.state = 'issued') THEN
       RAISE EXCEPTION 'part % still has pieces', NEW.part_number
         USING ERRCODE = '23514', CONSTRAINT = 'part_retired_has_no_pieces';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER part_retirement_check AFTER UPDATE OF retired_at ON part
     FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL) EXECUTE FUNCTION part_retirement_check()`,
  always('part', 'part_retirement_check'),
];

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

const UPKEEP = [
  // A unit at its vendor's. It closes when the unit comes back or is written off.
  `CREATE TABLE repair (
     id uuid CONSTRAINT repair_pkey PRIMARY KEY,
     unit_id uuid NOT NULL CONSTRAINT repair_unit_id_fkey REFERENCES unit (id),
     ${words('repair', 'vendor', 120, 'NULL')},
     ${words('repair', 'vendor_case', 120, 'NULL')},
     ${words('repair', 'fault', 1000, 'NULL')},
     sent_at timestamptz NOT NULL DEFAULT now(),
     expected_back_on date,
     closed_at timestamptz,
     outcome text CONSTRAINT repair_outcome CHECK (outcome IN ('repaired', 'replaced', 'no-fault-found', 'not-repairable', 'lost')),
     ${touched('repair')},
     CONSTRAINT repair_closed_with_outcome CHECK ((closed_at IS NULL) = (outcome IS NULL)),
     CONSTRAINT repair_closed_after_sent CHECK (closed_at >= sent_at)
   )`,
  'CREATE UNIQUE INDEX repair_open_unique ON repair (unit_id) WHERE closed_at IS NULL',
  'CREATE INDEX repair_by_unit ON repair (unit_id, id)',
  'CREATE INDEX repair_open ON repair (expected_back_on, id) WHERE closed_at IS NULL',
  keptForGood('repair'),
  `CREATE TABLE unit_test (
     id uuid CONSTRAINT unit_test_pkey PRIMARY KEY,
     unit_id uuid NOT NULL CONSTRAINT unit_test_unit_id_fkey REFERENCES unit (id),
     tested_at timestamptz NOT NULL,
     result text NOT NULL CONSTRAINT unit_test_result CHECK (result IN ('passed', 'failed')),
     actor_id uuid CONSTRAINT unit_test_actor_id_fkey REFERENCES principal (id),
     ${words('unit_test', 'note', 1000, 'NULL')},
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT unit_test_not_in_future CHECK (tested_at <= created_at + interval '5 minutes')
   )`,
  'CREATE INDEX unit_test_by_unit ON unit_test (unit_id, tested_at DESC)',
  `SELECT make_ledger('unit_test')`,
  `CREATE TABLE replenishment (
     id uuid CONSTRAINT replenishment_pkey PRIMARY KEY,
     part_id uuid NOT NULL CONSTRAINT replenishment_part_id_fkey REFERENCES part (id),
     quantity integer NOT NULL CONSTRAINT replenishment_quantity CHECK (quantity BETWEEN 1 AND 1000000),
     received_quantity integer NOT NULL DEFAULT 0 CONSTRAINT replenishment_received_quantity CHECK (received_quantity >= 0),
     state text NOT NULL CONSTRAINT replenishment_state CHECK (state IN ('requested', 'ordered', 'received', 'cancelled')),
     origin text NOT NULL CONSTRAINT replenishment_origin CHECK (origin IN ('reorder-point', 'deploy', 'manual')),
     ${words('replenishment', 'supplier', 120, 'NULL')},
     ${words('replenishment', 'reference', 120, 'NULL')},
     ${words('replenishment', 'reason', 500, 'NULL')},
     expected_on date,
     ${touched('replenishment')},
     CONSTRAINT replenishment_received_all CHECK (state <> 'received' OR received_quantity >= quantity),
     CONSTRAINT replenishment_ordered_first CHECK (received_quantity = 0 OR state <> 'requested')
   )`,
  `CREATE INDEX replenishment_open ON replenishment (part_id, id) WHERE state IN ('requested', 'ordered')`,
  'CREATE INDEX replenishment_by_part ON replenishment (part_id, id)',
  'CREATE INDEX replenishment_by_state ON replenishment (state, id)',
  keptForGood('replenishment'),
];
