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
    for (const statement of [...UNITS, ...STOCK, ...PLACES]) await runner.query(statement);
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
