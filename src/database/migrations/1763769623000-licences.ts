import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The licence pool: products, the entitlements to use them, and their keys, which lie here sealed only. Nothing is deleted,
 * because audits ask about the past: products and entitlements are retired, keys are withdrawn.
 */
export class Licences1763769623000 implements MigrationInterface {
  readonly name = 'Licences1763769623000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
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

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const guard = (table: string, name: string, when: string) => [
  `CREATE TRIGGER ${name} ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
  always(table, name),
];

const keptForGood = (table: string) => [
  `CREATE TRIGGER ${table}_never_deleted BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  always(table, `${table}_never_deleted`),
];

const retiredForGood = (table: string) => [
  ...keptForGood(table),
  `CREATE TRIGGER ${table}_retired_is_final BEFORE UPDATE ON ${table}
     FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  always(table, `${table}_retired_is_final`),
];

const STATEMENTS = [
  `CREATE TABLE licence_product (
     id uuid CONSTRAINT licence_product_pkey PRIMARY KEY,
     ${words('licence_product', 'vendor', 80)},
     ${words('licence_product', 'name', 160)},
     product_version text NOT NULL DEFAULT ''
       CONSTRAINT licence_product_product_version CHECK (length(product_version) <= 40),
     search text NOT NULL GENERATED ALWAYS AS (lower(vendor || ' ' || name || ' ' || product_version)) STORED,
     ${retirable('licence_product')}
   )`,
  'CREATE UNIQUE INDEX licence_product_unique ON licence_product (lower(vendor), lower(name), lower(product_version))',
  'CREATE INDEX licence_product_by_name ON licence_product (lower(name), id)',
  'CREATE INDEX licence_product_search ON licence_product USING gin (search gin_trgm_ops)',
  `CREATE INDEX licence_product_retired ON licence_product (lower(name), id) WHERE retired_at IS NOT NULL`,
  ...retiredForGood('licence_product'),
  `CREATE FUNCTION licence_product_retirement() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (SELECT FROM entitlement e WHERE e.product_id = NEW.id AND e.retired_at IS NULL) THEN
       RAISE EXCEPTION 'product % has entitlements in use', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'licence_product_retired_is_free';
     END IF;
     RETURN NEW;
   END $$`,
  ...guard('licence_product', 'licence_product_retirement', 'AFTER UPDATE OF retired_at'),
  `CREATE TABLE entitlement (
     id uuid CONSTRAINT entitlement_pkey PRIMARY KEY,
     product_id uuid NOT NULL CONSTRAINT entitlement_product_id_fkey REFERENCES licence_product (id),
     ${words('entitlement', 'name', 160)},
     metric text NOT NULL
       CONSTRAINT entitlement_metric CHECK (metric IN ('named-user', 'device', 'concurrent', 'core', 'site')),
     quantity integer NOT NULL CONSTRAINT entitlement_quantity CHECK (quantity BETWEEN 0 AND 10000000),
     -- A term has a last day; a perpetual right has none. Days are in UTC, the last one included.
     term text NOT NULL CONSTRAINT entitlement_term CHECK (term IN ('perpetual', 'term')),
     starts_on date NOT NULL,
     ends_on date,
     support_ends_on date,
     ${words('entitlement', 'contract', 120, 'NULL')},
     cost numeric(14, 2) CONSTRAINT entitlement_cost CHECK (cost >= 0),
     currency text CONSTRAINT entitlement_currency CHECK (currency ~ '^[A-Z]{3}$'),
     owner_id uuid,
     owner_kind text CONSTRAINT entitlement_owner_kind CHECK (owner_kind IN ('person', 'team')),
     emergency_reserve integer NOT NULL DEFAULT 0
       CONSTRAINT entitlement_emergency_reserve CHECK (emergency_reserve BETWEEN 0 AND 10000000),
     overuse text NOT NULL DEFAULT 'deny' CONSTRAINT entitlement_overuse CHECK (overuse IN ('deny', 'allow')),
     -- How far above the quantity check-outs may go, with a warning, where over-use is allowed.
     overuse_percent_max integer NOT NULL DEFAULT 0
       CONSTRAINT entitlement_overuse_percent_max CHECK (overuse_percent_max BETWEEN 0 AND 1000),
     ${words('entitlement', 'note', 1000, 'NULL')},
     search text NOT NULL GENERATED ALWAYS AS (lower(name || ' ' || coalesce(contract, ''))) STORED,
     ${retirable('entitlement')},
     CONSTRAINT entitlement_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind),
     CONSTRAINT entitlement_owner_whole CHECK ((owner_id IS NULL) = (owner_kind IS NULL)),
     CONSTRAINT entitlement_term_has_end CHECK ((term = 'term') = (ends_on IS NOT NULL)),
     CONSTRAINT entitlement_ends_after_start CHECK (ends_on >= starts_on),
     CONSTRAINT entitlement_cost_with_currency CHECK ((cost IS NULL) = (currency IS NULL)),
     CONSTRAINT entitlement_overuse_whole CHECK ((overuse = 'allow') = (overuse_percent_max > 0))
   )`,
  'CREATE INDEX entitlement_by_product ON entitlement (product_id, ends_on, id)',
  'CREATE INDEX entitlement_by_name ON entitlement (lower(name), id)',
  'CREATE INDEX entitlement_by_end ON entitlement (ends_on, id) WHERE ends_on IS NOT NULL',
  'CREATE INDEX entitlement_by_support_end ON entitlement (support_ends_on, id) WHERE support_ends_on IS NOT NULL',
  'CREATE INDEX entitlement_by_product_name ON entitlement (product_id, lower(name), id)',
  'CREATE INDEX entitlement_by_metric ON entitlement (metric, lower(name), id)',
  'CREATE INDEX entitlement_by_owner ON entitlement (owner_id, lower(name), id) WHERE owner_id IS NOT NULL',
  'CREATE INDEX entitlement_retired ON entitlement (lower(name), id) WHERE retired_at IS NOT NULL',
  'CREATE INDEX entitlement_search ON entitlement USING gin (search gin_trgm_ops)',
  ...retiredForGood('entitlement'),
  // Under the lock of the product, so that it is not retired meanwhile.
  `CREATE FUNCTION entitlement_product() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF TG_OP = 'UPDATE' AND NEW.product_id IS DISTINCT FROM OLD.product_id THEN
       RAISE EXCEPTION 'entitlement %: its product never changes', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'entitlement_product_stays';
     END IF;
     PERFORM FROM licence_product WHERE id = NEW.product_id AND retired_at IS NULL FOR SHARE;
     IF NOT FOUND AND NEW.retired_at IS NULL THEN
       RAISE EXCEPTION 'entitlement % would be to a product that is retired or not there', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'entitlement_product_in_use';
     END IF;
     RETURN NEW;
   END $$`,
  ...guard('entitlement', 'entitlement_product', 'BEFORE INSERT OR UPDATE OF product_id'),
  `CREATE FUNCTION entitlement_retirement() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF NEW.retired_at IS NOT NULL AND EXISTS (SELECT FROM allocation_line l WHERE l.entitlement_id = NEW.id
          AND (l.state = 'issued' OR (l.state = 'held' AND l.expires_at > clock_timestamp()))) THEN
       RAISE EXCEPTION 'entitlement %: seats of it are in use', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'entitlement_retired_is_free';
     END IF;
     RETURN NEW;
   END $$`,
  ...guard('entitlement', 'entitlement_retirement', 'AFTER UPDATE OF retired_at'),
  // Seats that may be taken today: none before the start, none after the end, none of a retired entitlement.
  `CREATE FUNCTION entitlement_seats(entitlement) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE RETURN
     CASE WHEN ($1).retired_at IS NULL AND ($1).starts_on <= utc_today()
            AND (($1).ends_on IS NULL OR ($1).ends_on >= utc_today())
          THEN ($1).quantity ELSE 0 END`,
  // The most seats in use that check-outs may reach: over-use only where it is allowed, rounded down.
  `CREATE FUNCTION entitlement_seats_max(entitlement) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE RETURN
     (entitlement_seats($1)::bigint * (100 + ($1).overuse_percent_max) / 100)::integer`,
  `CREATE TABLE licence_key (
     id uuid CONSTRAINT licence_key_pkey PRIMARY KEY,
     entitlement_id uuid NOT NULL CONSTRAINT licence_key_entitlement_id_fkey REFERENCES entitlement (id),
     -- Which seat it belongs to, as people name it; empty for the entitlement as a whole.
     seat text NOT NULL DEFAULT '' CONSTRAINT licence_key_seat CHECK (length(seat) <= 120),
     sealed text NOT NULL CONSTRAINT licence_key_sealed CHECK (sealed ~ '^mss1[.]' AND length(sealed) <= 16384),
     withdrawn_at timestamptz,
     ${words('licence_key', 'withdrawn_reason', 500, 'NULL')},
     version integer NOT NULL DEFAULT 1 CONSTRAINT licence_key_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT licence_key_withdrawn_with_reason CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
   )`,
  'CREATE UNIQUE INDEX licence_key_seat_unique ON licence_key (entitlement_id, seat) WHERE withdrawn_at IS NULL',
  'CREATE INDEX licence_key_by_entitlement ON licence_key (entitlement_id, id)',
  ...keptForGood('licence_key'),
  `CREATE FUNCTION licence_key_entitlement() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM FROM entitlement WHERE id = NEW.entitlement_id AND retired_at IS NULL FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'licence key %: its entitlement is retired or not there', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'licence_key_entitlement_in_use';
     END IF;
     RETURN NEW;
   END $$`,
  ...guard('licence_key', 'licence_key_entitlement', 'BEFORE INSERT'),
  // A sealed text belongs to its row; a withdrawn key stays withdrawn.
  `CREATE FUNCTION licence_key_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF (NEW.id, NEW.entitlement_id, NEW.seat, NEW.sealed, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.entitlement_id, OLD.seat, OLD.sealed, OLD.created_at)
        OR OLD.withdrawn_at IS NOT NULL THEN
       RAISE EXCEPTION 'licence key %: it can be withdrawn once, and nothing else of it changes', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'licence_key_stays';
     END IF;
     RETURN NEW;
   END $$`,
  ...guard('licence_key', 'licence_key_guard', 'BEFORE UPDATE'),
];
