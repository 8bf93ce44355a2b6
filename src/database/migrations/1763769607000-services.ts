import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ADVISORY_LOCKS } from '../advisory-locks.ts';

/**
 * The service register. A service is retired, never deleted, because evidence names it for years. The triggers hold what
 * no CHECK can: dependencies without a cycle, none on a retired service, and Muster's own row, which stays.
 */
export class Services1763769607000 implements MigrationInterface {
  readonly name = 'Services1763769607000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...GUARDS, ...GRAPH]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const ofService = (table: string) => `
  service_id uuid NOT NULL CONSTRAINT ${table}_service_id_fkey REFERENCES service (id)`;

const quantity = (table: string) => `
  quantity integer NOT NULL CONSTRAINT ${table}_quantity CHECK (quantity BETWEEN 1 AND 10000)`;

const words = (table: string, column: string, maxLength: number) => `
  ${column} text NOT NULL CONSTRAINT ${table}_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const TABLES = [
  `CREATE TABLE service (
     id uuid CONSTRAINT service_pkey PRIMARY KEY,
     ${words('service', 'name', 120)},
     criticality text NOT NULL
       CONSTRAINT service_criticality CHECK (criticality IN ('emergency', 'important', 'general')),
     owner_id uuid NOT NULL,
     owner_kind text NOT NULL CONSTRAINT service_owner_kind CHECK (owner_kind IN ('person', 'team')),
     customer text NOT NULL CONSTRAINT service_customer CHECK (length(customer) <= 500),
     max_proof_age_days integer NOT NULL
       CONSTRAINT service_max_proof_age_days CHECK (max_proof_age_days BETWEEN 1 AND 3660),
     system boolean NOT NULL DEFAULT false,
     retired_at timestamptz,
     retired_reason text CONSTRAINT service_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 1 CONSTRAINT service_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT service_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind),
     CONSTRAINT service_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL)),
     CONSTRAINT service_system_stays CHECK (NOT system OR retired_at IS NULL)
   )`,
  'CREATE UNIQUE INDEX service_name_unique ON service (lower(name))',
  'CREATE UNIQUE INDEX service_system_unique ON service (system) WHERE system',
  'CREATE INDEX service_by_criticality ON service (criticality, lower(name))',
  'CREATE INDEX service_by_owner ON service (owner_id, lower(name))',
  `CREATE TABLE service_dependency (
     ${ofService('service_dependency')},
     depends_on_id uuid NOT NULL CONSTRAINT service_dependency_depends_on_id_fkey REFERENCES service (id),
     CONSTRAINT service_dependency_pkey PRIMARY KEY (service_id, depends_on_id),
     CONSTRAINT service_dependency_not_itself CHECK (service_id <> depends_on_id)
   )`,
  'CREATE INDEX service_dependency_reverse ON service_dependency (depends_on_id)',
  `CREATE TABLE service_backup_set (
     ${ofService('service_backup_set')},
     backup_set_id uuid NOT NULL,
     CONSTRAINT service_backup_set_pkey PRIMARY KEY (service_id, backup_set_id)
   )`,
  'CREATE INDEX service_backup_set_reverse ON service_backup_set (backup_set_id)',
  `CREATE TABLE service_spare (
     ${ofService('service_spare')},
     ${words('service_spare', 'part', 100)},
     ${quantity('service_spare')},
     CONSTRAINT service_spare_pkey PRIMARY KEY (service_id, part)
   )`,
  'CREATE UNIQUE INDEX service_spare_part_unique ON service_spare (service_id, lower(part))',
  `CREATE TABLE service_seat (
     ${ofService('service_seat')},
     ${words('service_seat', 'product', 100)},
     ${quantity('service_seat')},
     CONSTRAINT service_seat_pkey PRIMARY KEY (service_id, product)
   )`,
  'CREATE UNIQUE INDEX service_seat_product_unique ON service_seat (service_id, lower(product))',
  `CREATE TABLE service_skill (
     ${ofService('service_skill')},
     ${words('service_skill', 'skill', 100)},
     CONSTRAINT service_skill_pkey PRIMARY KEY (service_id, skill)
   )`,
  'CREATE UNIQUE INDEX service_skill_unique ON service_skill (service_id, lower(skill))',
];

const GUARDS = [
  `CREATE FUNCTION service_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'service % is retired, never deleted', OLD.name
       USING ERRCODE = '23514', CONSTRAINT = 'service_never_deleted';
   END $$`,
  `CREATE TRIGGER service_never_deleted BEFORE DELETE ON service
     FOR EACH ROW EXECUTE FUNCTION service_refuse_delete()`,
  `CREATE FUNCTION service_guard_update() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF OLD.retired_at IS NOT NULL THEN
       RAISE EXCEPTION 'service % is retired and changes no more', OLD.name
         USING ERRCODE = '23514', CONSTRAINT = 'service_retired_is_final';
     END IF;
     IF NEW.system <> OLD.system OR (OLD.system AND NEW.name <> OLD.name) THEN
       RAISE EXCEPTION 'service % is Muster itself: its name and its mark stay', OLD.name
         USING ERRCODE = '23514', CONSTRAINT = 'service_system_name';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER service_guard_update BEFORE UPDATE ON service
     FOR EACH ROW EXECUTE FUNCTION service_guard_update()`,
];

// Two transactions that each add a harmless edge can close a cycle together, so all take the same lock before they look.
const GRAPH = [
  `CREATE FUNCTION service_dependency_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM pg_advisory_xact_lock(${ADVISORY_LOCKS.serviceGraph});
     IF EXISTS (
       WITH RECURSIVE needed (id) AS (
         SELECT NEW.depends_on_id
         UNION
         SELECT d.depends_on_id FROM needed JOIN service_dependency d ON d.service_id = needed.id
       )
       SELECT FROM needed WHERE id = NEW.service_id
     ) THEN
       RAISE EXCEPTION 'service % would depend on itself through service %', NEW.service_id, NEW.depends_on_id
         USING ERRCODE = '23514', CONSTRAINT = 'service_dependency_no_cycle';
     END IF;
     IF EXISTS (SELECT FROM service WHERE id = NEW.depends_on_id AND retired_at IS NOT NULL) THEN
       RAISE EXCEPTION 'service % is retired: nothing new can depend on it', NEW.depends_on_id
         USING ERRCODE = '23514', CONSTRAINT = 'service_dependency_not_retired';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER service_dependency_check AFTER INSERT OR UPDATE ON service_dependency
     FOR EACH ROW EXECUTE FUNCTION service_dependency_check()`,
  `CREATE FUNCTION service_retirement_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM pg_advisory_xact_lock(${ADVISORY_LOCKS.serviceGraph});
     IF EXISTS (
       SELECT FROM service_dependency d JOIN service s ON s.id = d.service_id
       WHERE d.depends_on_id = NEW.id AND s.retired_at IS NULL
     ) THEN
       RAISE EXCEPTION 'service % is still needed by another one', NEW.name
         USING ERRCODE = '23514', CONSTRAINT = 'service_retired_not_needed';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER service_retirement_check AFTER UPDATE OF retired_at ON service
     FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL) EXECUTE FUNCTION service_retirement_check()`,
];
