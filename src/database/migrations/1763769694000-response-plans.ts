import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Response plans: what is done about an alert of a level of a service, and what that takes. A plan is retired, never deleted;
 * what an edition says never changes once it is in force.
 */
export class ResponsePlans1763769694000 implements MigrationInterface {
  readonly name = 'ResponsePlans1763769694000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, name: string, trigger: string) => [
  `CREATE TRIGGER ${name} ${trigger}`,
  `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name}`,
];

const neverTruncated = (table: string) =>
  always(table, 'never_truncated', `BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`);

const sealed = (table: string) => [
  `SELECT make_ledger('${table}')`,
  ...always(
    table,
    `${table}_is_next`,
    `BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION response_plan_edition_is_next()`,
  ),
];

const TABLES = [
  `CREATE TABLE response_plan (
     id uuid CONSTRAINT response_plan_pkey PRIMARY KEY,
     level integer NOT NULL CONSTRAINT response_plan_level CHECK (level BETWEEN 1 AND 4),
     service_id uuid CONSTRAINT response_plan_service_id_fkey REFERENCES service (id),
     -- The edition in force; 0 only inside the transaction that makes the plan.
     edition integer NOT NULL DEFAULT 0 CONSTRAINT response_plan_edition CHECK (edition >= 0),
     retired_at timestamptz,
     retired_reason text CONSTRAINT response_plan_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 0 CONSTRAINT response_plan_version CHECK (version >= 0),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT response_plan_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL))
   )`,
  `CREATE UNIQUE INDEX response_plan_one_in_use ON response_plan (level, service_id) NULLS NOT DISTINCT
     WHERE retired_at IS NULL`,
  'CREATE INDEX response_plan_by_service ON response_plan (service_id, id)',
  `CREATE TABLE response_plan_edition (
     plan_id uuid NOT NULL CONSTRAINT response_plan_edition_plan_id_fkey REFERENCES response_plan (id),
     edition integer NOT NULL CONSTRAINT response_plan_edition_edition CHECK (edition >= 1),
     name text NOT NULL CONSTRAINT response_plan_edition_name CHECK (length(name) BETWEEN 1 AND 120),
     note text NOT NULL CONSTRAINT response_plan_edition_note CHECK (length(note) <= 2000),
     created_by uuid CONSTRAINT response_plan_edition_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT response_plan_edition_pkey PRIMARY KEY (plan_id, edition)
   )`,
  `ALTER TABLE response_plan ADD CONSTRAINT response_plan_edition_in_force FOREIGN KEY (id, edition)
     REFERENCES response_plan_edition (plan_id, edition) DEFERRABLE INITIALLY DEFERRED`,
  `CREATE TABLE response_plan_step (
     plan_id uuid NOT NULL,
     edition integer NOT NULL,
     seq integer NOT NULL CONSTRAINT response_plan_step_seq CHECK (seq BETWEEN 1 AND 50),
     text text NOT NULL CONSTRAINT response_plan_step_text CHECK (length(text) BETWEEN 1 AND 500),
     limit_seconds integer NOT NULL CONSTRAINT response_plan_step_limit_seconds CHECK (limit_seconds BETWEEN 1 AND 2592000),
     role text NOT NULL CONSTRAINT response_plan_step_role CHECK (role IN ('on-duty', 'supervisor', 'expert', 'named')),
     field_id uuid CONSTRAINT response_plan_step_field_id_fkey REFERENCES skill_field (id),
     principal_id uuid CONSTRAINT response_plan_step_principal_id_fkey REFERENCES principal (id),
     CONSTRAINT response_plan_step_pkey PRIMARY KEY (plan_id, edition, seq),
     CONSTRAINT response_plan_step_edition_fkey FOREIGN KEY (plan_id, edition)
       REFERENCES response_plan_edition (plan_id, edition),
     CONSTRAINT response_plan_step_field_of_expert CHECK (role = 'expert' OR field_id IS NULL),
     CONSTRAINT response_plan_step_named CHECK ((role = 'named') = (principal_id IS NOT NULL))
   )`,
  `CREATE TABLE response_plan_need (
     plan_id uuid NOT NULL,
     edition integer NOT NULL,
     seq integer NOT NULL CONSTRAINT response_plan_need_seq CHECK (seq BETWEEN 1 AND 150),
     part_id uuid CONSTRAINT response_plan_need_part_id_fkey REFERENCES part (id),
     device_model_id uuid CONSTRAINT response_plan_need_device_model_id_fkey REFERENCES device_model (id),
     product_id uuid CONSTRAINT response_plan_need_product_id_fkey REFERENCES licence_product (id),
     backup_set_id uuid CONSTRAINT response_plan_need_backup_set_id_fkey REFERENCES backup_set (id),
     quantity integer CONSTRAINT response_plan_need_quantity CHECK (quantity BETWEEN 1 AND 10000),
     younger_than_seconds integer CONSTRAINT response_plan_need_younger_than_seconds
       CHECK (younger_than_seconds BETWEEN 60 AND 316224000),
     CONSTRAINT response_plan_need_pkey PRIMARY KEY (plan_id, edition, seq),
     CONSTRAINT response_plan_need_edition_fkey FOREIGN KEY (plan_id, edition)
       REFERENCES response_plan_edition (plan_id, edition),
     CONSTRAINT response_plan_need_one_thing
       CHECK (num_nonnulls(part_id, device_model_id, product_id, backup_set_id) = 1),
     CONSTRAINT response_plan_need_measure CHECK (
       (backup_set_id IS NULL) = (quantity IS NOT NULL) AND (backup_set_id IS NULL) = (younger_than_seconds IS NULL))
   )`,
  `CREATE UNIQUE INDEX response_plan_need_thing_once ON response_plan_need
     (plan_id, edition, coalesce(part_id, device_model_id, product_id, backup_set_id))`,
];

const FUNCTIONS = [
  // What is added to an edition that is in force already would change what it says.
  `CREATE FUNCTION response_plan_edition_is_next() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM response_plan WHERE id = NEW.plan_id AND edition = NEW.edition - 1 AND retired_at IS NULL FOR NO KEY UPDATE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'edition % is not the next one of response plan %', NEW.edition, NEW.plan_id
         USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_is_next';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE FUNCTION response_plan_change_check() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF OLD.retired_at IS NOT NULL THEN
       RAISE EXCEPTION 'response plan % is retired and changes no more', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'response_plan_retired_is_final';
     END IF;
     IF NEW.edition NOT IN (OLD.edition, OLD.edition + 1) OR NEW.version <> OLD.version + 1 OR NEW.id <> OLD.id
        OR NEW.level <> OLD.level OR NEW.service_id IS DISTINCT FROM OLD.service_id THEN
       RAISE EXCEPTION 'response plan % goes from edition to edition, for one level and service', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'response_plan_edition_by_edition';
     END IF;
     RETURN NEW;
   END $$`,
];

const STATEMENTS = [
  ...TABLES,
  ...FUNCTIONS,
  ...neverTruncated('response_plan'),
  ...always(
    'response_plan',
    'response_plan_never_deleted',
    'BEFORE DELETE ON response_plan FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()',
  ),
  ...always(
    'response_plan',
    'response_plan_edition_by_edition',
    'BEFORE UPDATE ON response_plan FOR EACH ROW EXECUTE FUNCTION response_plan_change_check()',
  ),
  ...sealed('response_plan_edition'),
  ...sealed('response_plan_step'),
  ...sealed('response_plan_need'),
];
