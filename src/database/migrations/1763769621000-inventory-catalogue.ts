import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ADVISORY_LOCKS } from '../advisory-locks.ts';

/**
 * The catalogue of spares: where things lie (a tree of sites, rooms, racks and bins), what can lie there (parts, by
 * category), how much of it only an emergency may take (the reserve), and which failed devices a part serves. Nothing here
 * is deleted, because the ledger names it for years: it is retired.
 */
export class InventoryCatalogue1763769621000 implements MigrationInterface {
  readonly name = 'InventoryCatalogue1763769621000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...SHARED, ...LOCATIONS, ...PARTS, ...FITS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const words = (table: string, column: string, maxLength: number, nullable = '') => `
  ${column} text ${nullable === '' ? 'NOT NULL' : nullable}
    CONSTRAINT ${table}_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const retirable = (table: string) => `
  retired_at timestamptz,
  ${words(table, 'retired_reason', 500, 'NULL')},
  version integer NOT NULL DEFAULT 1 CONSTRAINT ${table}_version CHECK (version >= 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT ${table}_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL))`;

/** Rows that are retired for good: no row is deleted, and a retired one changes no more. */
const keptForGood = (table: string) => [
  `CREATE TRIGGER ${table}_never_deleted BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER ${table}_retired_is_final BEFORE UPDATE ON ${table}
     FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
];

const SHARED = [
  'CREATE EXTENSION IF NOT EXISTS pg_trgm',
  'CREATE EXTENSION IF NOT EXISTS btree_gist',
  // Expiry and test dates are days in UTC, whatever zone a connection is set to.
  `CREATE FUNCTION utc_today() RETURNS date LANGUAGE sql STABLE PARALLEL SAFE
     RETURN (now() AT TIME ZONE 'UTC')::date`,
  `CREATE FUNCTION inventory_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION '% % is retired, never deleted', TG_TABLE_NAME, OLD.id
       USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_never_deleted';
   END $$`,
  `CREATE FUNCTION inventory_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION '% % is retired and changes no more', TG_TABLE_NAME, OLD.id
       USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_retired_is_final';
   END $$`,
];

// Moving a subtree can close a cycle together with another move, so every change of the tree takes one lock.
const LOCATIONS = [
  `CREATE TABLE location (
     id uuid CONSTRAINT location_pkey PRIMARY KEY,
     code text NOT NULL CONSTRAINT location_code CHECK (code ~ '^[[:alnum:]][[:alnum:]._/-]{0,39}$'),
     ${words('location', 'name', 120)},
     kind text NOT NULL CONSTRAINT location_kind CHECK (kind IN ('site', 'room', 'rack', 'bin')),
     parent_id uuid CONSTRAINT location_parent_id_fkey REFERENCES location (id),
     search text NOT NULL GENERATED ALWAYS AS (lower(code || ' ' || name)) STORED,
     ${retirable('location')},
     CONSTRAINT location_site_is_root CHECK ((kind = 'site') = (parent_id IS NULL))
   )`,
  'CREATE UNIQUE INDEX location_code_unique ON location (lower(code))',
  'CREATE INDEX location_by_parent ON location (parent_id, lower(code))',
  'CREATE INDEX location_by_kind ON location (kind, lower(code))',
  'CREATE INDEX location_retired ON location (lower(code)) WHERE retired_at IS NOT NULL',
  'CREATE INDEX location_search ON location USING gin (search gin_trgm_ops)',
  ...keptForGood('location'),
  `CREATE FUNCTION location_depth(kind text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
     RETURN array_position(ARRAY['site', 'room', 'rack', 'bin'], kind)`,
  `CREATE FUNCTION location_tree_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     -- Under an older snapshot it would miss what the holder of the lock before it has moved.
     IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
       RAISE EXCEPTION 'locations are written under READ COMMITTED only'
         USING ERRCODE = '23514', CONSTRAINT = 'location_isolation';
     END IF;
     PERFORM pg_advisory_xact_lock(${ADVISORY_LOCKS.locationTree});
     IF EXISTS (SELECT FROM location p WHERE p.id = NEW.parent_id AND location_depth(p.kind) >= location_depth(NEW.kind))
        OR EXISTS (SELECT FROM location c WHERE c.parent_id = NEW.id AND location_depth(c.kind) <= location_depth(NEW.kind))
     THEN
       RAISE EXCEPTION 'location %: a site holds rooms, racks and bins; a room racks and bins; a rack bins', NEW.code
         USING ERRCODE = '23514', CONSTRAINT = 'location_order_of_kinds';
     END IF;
     IF NEW.retired_at IS NULL AND EXISTS (SELECT FROM location p WHERE p.id = NEW.parent_id AND p.retired_at IS NOT NULL)
     THEN
       RAISE EXCEPTION 'location % would lie in a retired one', NEW.code
         USING ERRCODE = '23514', CONSTRAINT = 'location_parent_in_use';
     END IF;
     IF NEW.retired_at IS NOT NULL AND EXISTS (SELECT FROM location c WHERE c.parent_id = NEW.id AND c.retired_at IS NULL)
     THEN
       RAISE EXCEPTION 'location % still holds locations in use', NEW.code
         USING ERRCODE = '23514', CONSTRAINT = 'location_retired_is_empty';
     END IF;
     RETURN NULL;
   END $$`,
  // Kinds only descend along the tree, so that it can hold no cycle.
  `CREATE TRIGGER location_tree_check AFTER INSERT OR UPDATE ON location
     FOR EACH ROW EXECUTE FUNCTION location_tree_check()`,
];

const PARTS = [
  `CREATE TABLE part_category (
     id uuid CONSTRAINT part_category_pkey PRIMARY KEY,
     ${words('part_category', 'name', 80)},
     -- Typed custom fields of its parts, in their order: key, label, type and limits, as the service's schema has them.
     fields jsonb NOT NULL DEFAULT '[]' CONSTRAINT part_category_fields CHECK (jsonb_typeof(fields) = 'array'),
     ${retirable('part_category')}
   )`,
  'CREATE UNIQUE INDEX part_category_name_unique ON part_category (lower(name))',
  ...keptForGood('part_category'),
  `CREATE TABLE part (
     id uuid CONSTRAINT part_pkey PRIMARY KEY,
     ${words('part', 'manufacturer', 80)},
     ${words('part', 'part_number', 80)},
     ${words('part', 'name', 160)},
     category_id uuid NOT NULL CONSTRAINT part_category_id_fkey REFERENCES part_category (id),
     tracking text NOT NULL CONSTRAINT part_tracking CHECK (tracking IN ('serial', 'bulk')),
     ${words('part', 'unit_of_measure', 20)},
     custom jsonb NOT NULL DEFAULT '{}' CONSTRAINT part_custom CHECK (jsonb_typeof(custom) = 'object'),
     owner_id uuid,
     owner_kind text CONSTRAINT part_owner_kind CHECK (owner_kind IN ('person', 'team')),
     emergency_reserve integer NOT NULL DEFAULT 0
       CONSTRAINT part_emergency_reserve CHECK (emergency_reserve BETWEEN 0 AND 1000000),
     reorder_point integer CONSTRAINT part_reorder_point CHECK (reorder_point BETWEEN 0 AND 1000000),
     reorder_quantity integer CONSTRAINT part_reorder_quantity CHECK (reorder_quantity BETWEEN 1 AND 1000000),
     lead_time_days integer CONSTRAINT part_lead_time_days CHECK (lead_time_days BETWEEN 0 AND 3660),
     shelf_life_days integer CONSTRAINT part_shelf_life_days CHECK (shelf_life_days BETWEEN 1 AND 36600),
     test_interval_days integer CONSTRAINT part_test_interval_days CHECK (test_interval_days BETWEEN 1 AND 3660),
     mtbf_hours bigint CONSTRAINT part_mtbf_hours CHECK (mtbf_hours BETWEEN 1 AND 1000000000),
     annual_failure_rate double precision
       CONSTRAINT part_annual_failure_rate CHECK (annual_failure_rate > 0 AND annual_failure_rate <= 1000),
     installed_base integer CONSTRAINT part_installed_base CHECK (installed_base BETWEEN 0 AND 100000000),
     unit_cost numeric(14, 2) CONSTRAINT part_unit_cost CHECK (unit_cost >= 0),
     currency text CONSTRAINT part_currency CHECK (currency ~ '^[A-Z]{3}$'),
     search text NOT NULL GENERATED ALWAYS AS (lower(manufacturer || ' ' || part_number || ' ' || name)) STORED,
     ${retirable('part')},
     CONSTRAINT part_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind),
     CONSTRAINT part_owner_whole CHECK ((owner_id IS NULL) = (owner_kind IS NULL)),
     CONSTRAINT part_one_failure_figure CHECK (mtbf_hours IS NULL OR annual_failure_rate IS NULL),
     CONSTRAINT part_reorder_whole CHECK ((reorder_point IS NULL) = (reorder_quantity IS NULL)),
     CONSTRAINT part_cost_with_currency CHECK ((unit_cost IS NULL) = (currency IS NULL)),
     CONSTRAINT part_id_tracking_unique UNIQUE (id, tracking)
   )`,
  'CREATE UNIQUE INDEX part_number_unique ON part (lower(manufacturer), lower(part_number))',
  'CREATE INDEX part_by_number ON part (lower(part_number), id)',
  'CREATE INDEX part_by_manufacturer ON part (lower(manufacturer), lower(part_number), id)',
  'CREATE INDEX part_by_category ON part (category_id, lower(part_number), id)',
  'CREATE INDEX part_by_tracking ON part (tracking, lower(part_number), id)',
  'CREATE INDEX part_by_owner ON part (owner_id, lower(part_number), id) WHERE owner_id IS NOT NULL',
  'CREATE INDEX part_retired ON part (lower(part_number), id) WHERE retired_at IS NOT NULL',
  // How people write a part: "manufacturer part-number".
  `CREATE INDEX part_by_reference ON part (lower(manufacturer || ' ' || part_number))`,
  'CREATE INDEX part_search ON part USING gin (search gin_trgm_ops)',
  ...keptForGood('part'),
  `CREATE FUNCTION part_guard_update() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF NEW.tracking <> OLD.tracking THEN
       RAISE EXCEPTION 'part %: tracking by serial or in bulk is decided once', OLD.part_number
         USING ERRCODE = '23514', CONSTRAINT = 'part_tracking_stays';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER part_guard_update BEFORE UPDATE ON part
     FOR EACH ROW EXECUTE FUNCTION part_guard_update()`,
  // A part in use belongs to a category in use. Both sides lock the category's row, so neither misses the other.
  `CREATE FUNCTION part_category_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM FROM part_category WHERE id = NEW.category_id AND retired_at IS NULL FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'part % would belong to a retired category', NEW.part_number
         USING ERRCODE = '23514', CONSTRAINT = 'part_category_in_use';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER part_category_check AFTER INSERT OR UPDATE OF category_id ON part
     FOR EACH ROW EXECUTE FUNCTION part_category_check()`,
  `CREATE FUNCTION part_category_retirement_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (SELECT FROM part p WHERE p.category_id = NEW.id AND p.retired_at IS NULL) THEN
       RAISE EXCEPTION 'category % still has parts in use', NEW.name
         USING ERRCODE = '23514', CONSTRAINT = 'part_category_retired_is_empty';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER part_category_retirement_check AFTER UPDATE OF retired_at ON part_category
     FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL) EXECUTE FUNCTION part_category_retirement_check()`,
  // A floor below one location (its whole subtree), besides the part's own in total.
  `CREATE TABLE part_reserve (
     part_id uuid NOT NULL CONSTRAINT part_reserve_part_id_fkey REFERENCES part (id),
     location_id uuid NOT NULL CONSTRAINT part_reserve_location_id_fkey REFERENCES location (id),
     quantity integer NOT NULL CONSTRAINT part_reserve_quantity CHECK (quantity BETWEEN 1 AND 1000000),
     CONSTRAINT part_reserve_pkey PRIMARY KEY (part_id, location_id)
   )`,
  'CREATE INDEX part_reserve_reverse ON part_reserve (location_id)',
];

const FITS = [
  `CREATE TABLE device_model (
     id uuid CONSTRAINT device_model_pkey PRIMARY KEY,
     ${words('device_model', 'manufacturer', 80)},
     ${words('device_model', 'model', 120)},
     search text NOT NULL GENERATED ALWAYS AS (lower(manufacturer || ' ' || model)) STORED,
     ${retirable('device_model')}
   )`,
  'CREATE UNIQUE INDEX device_model_unique ON device_model (lower(manufacturer), lower(model))',
  'CREATE INDEX device_model_by_model ON device_model (lower(model), id)',
  `CREATE INDEX device_model_by_reference ON device_model (lower(manufacturer || ' ' || model))`,
  'CREATE INDEX device_model_retired ON device_model (lower(model), id) WHERE retired_at IS NOT NULL',
  'CREATE INDEX device_model_search ON device_model USING gin (search gin_trgm_ops)',
  ...keptForGood('device_model'),
  // Directed: this part serves in place of a failed device, or of another part (a substitute, never the other way round
  // unless that is said too). "quantity" of it stand for one; rank 1 is the best. Conditions have to be accepted.
  `CREATE TABLE part_fit (
     id uuid CONSTRAINT part_fit_pkey PRIMARY KEY,
     device_model_id uuid CONSTRAINT part_fit_device_model_id_fkey REFERENCES device_model (id),
     replaced_part_id uuid CONSTRAINT part_fit_replaced_part_id_fkey REFERENCES part (id),
     part_id uuid NOT NULL CONSTRAINT part_fit_part_id_fkey REFERENCES part (id),
     rank integer NOT NULL CONSTRAINT part_fit_rank CHECK (rank BETWEEN 1 AND 1000),
     quantity integer NOT NULL DEFAULT 1 CONSTRAINT part_fit_quantity CHECK (quantity BETWEEN 1 AND 1000),
     ${words('part_fit', 'conditions', 1000, 'NULL')},
     version integer NOT NULL DEFAULT 1 CONSTRAINT part_fit_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT part_fit_of_one CHECK (num_nonnulls(device_model_id, replaced_part_id) = 1),
     CONSTRAINT part_fit_not_itself CHECK (replaced_part_id <> part_id)
   )`,
  'CREATE UNIQUE INDEX part_fit_model_unique ON part_fit (device_model_id, part_id) WHERE device_model_id IS NOT NULL',
  'CREATE UNIQUE INDEX part_fit_part_unique ON part_fit (replaced_part_id, part_id) WHERE replaced_part_id IS NOT NULL',
  'CREATE INDEX part_fit_by_part ON part_fit (part_id, id)',
];
