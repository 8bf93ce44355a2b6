import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Allocations: units, stock and seats held for, or issued to, a holder; projects, which hold things, and kits. What a table
 * can hold by itself stands here: windows of one unit never overlap, a unit is issued once, a dead hold is not issued. The
 * walls that look further are in the next migration.
 */
export class Allocations1763769624000 implements MigrationInterface {
  readonly name = 'Allocations1763769624000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...GUARDS, ...PROJECTS_AND_KITS]) await runner.query(statement);
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

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const keptForGood = (table: string) => [
  `CREATE TRIGGER ${table}_never_deleted BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  always(table, `${table}_never_deleted`),
];

const TABLES = [
  `CREATE TABLE project (
     id uuid CONSTRAINT project_pkey PRIMARY KEY,
     code text NOT NULL CONSTRAINT project_code CHECK (code ~ '^[[:alnum:]][[:alnum:]._/-]{0,39}$'),
     ${words('project', 'name', 120)},
     owner_id uuid NOT NULL,
     owner_kind text NOT NULL CONSTRAINT project_owner_kind CHECK (owner_kind IN ('person', 'team')),
     retired_at timestamptz,
     ${words('project', 'retired_reason', 500, 'NULL')},
     ${touched('project')},
     CONSTRAINT project_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind),
     CONSTRAINT project_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL))
   )`,
  'CREATE UNIQUE INDEX project_code_unique ON project (lower(code))',
  ...keptForGood('project'),
  `CREATE TABLE allocation (
     id uuid CONSTRAINT allocation_pkey PRIMARY KEY,
     -- People and labels know it by this number.
     number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT allocation_number_unique UNIQUE,
     -- What it began as; its lines say what it is now.
     form text NOT NULL CONSTRAINT allocation_form CHECK (form IN ('hold', 'checkout', 'reservation')),
     purpose text NOT NULL CONSTRAINT allocation_purpose CHECK (purpose IN ('loan', 'maintenance', 'drill', 'incident')),
     severity text CONSTRAINT allocation_severity CHECK (severity IN ('emergency', 'important', 'general')),
     holder_kind text NOT NULL
       CONSTRAINT allocation_holder_kind CHECK (holder_kind IN ('person', 'team', 'service', 'project')),
     holder_id uuid NOT NULL,
     holder_principal_id uuid GENERATED ALWAYS AS (CASE WHEN holder_kind IN ('person', 'team') THEN holder_id END) STORED,
     holder_service_id uuid GENERATED ALWAYS AS (CASE WHEN holder_kind = 'service' THEN holder_id END) STORED
       CONSTRAINT allocation_holder_service_fkey REFERENCES service (id),
     holder_project_id uuid GENERATED ALWAYS AS (CASE WHEN holder_kind = 'project' THEN holder_id END) STORED
       CONSTRAINT allocation_holder_project_fkey REFERENCES project (id),
     service_id uuid CONSTRAINT allocation_service_id_fkey REFERENCES service (id),
     ${words('allocation', 'note', 1000, 'NULL')},
     -- Why it may take what is kept for emergencies.
     ${words('allocation', 'reserve_reason', 500, 'NULL')},
     created_by uuid CONSTRAINT allocation_created_by_fkey REFERENCES principal (id),
     -- When something of a hold or reservation was first handed out: from then on it is among the check-outs too.
     collected_at timestamptz,
     ${touched('allocation')},
     CONSTRAINT allocation_collected_is_not_checkout CHECK (collected_at IS NULL OR form <> 'checkout'),
     CONSTRAINT allocation_holder_fkey FOREIGN KEY (holder_principal_id, holder_kind) REFERENCES principal (id, kind),
     CONSTRAINT allocation_severity_of_purpose CHECK ((purpose IN ('drill', 'incident')) = (severity IS NOT NULL)),
     CONSTRAINT allocation_reserve_of_emergency CHECK (reserve_reason IS NULL OR severity IS NOT DISTINCT FROM 'emergency')
   )`,
  'CREATE INDEX allocation_by_holder ON allocation (holder_id, id)',
  'CREATE INDEX allocation_by_service ON allocation (service_id, id) WHERE service_id IS NOT NULL',
  'CREATE INDEX allocation_by_form ON allocation (form, id)',
  'CREATE INDEX allocation_by_purpose ON allocation (form, purpose, id)',
  `CREATE INDEX allocation_out ON allocation (id) WHERE form = 'checkout' OR collected_at IS NOT NULL`,
  `CREATE INDEX allocation_out_by_purpose ON allocation (purpose, id) WHERE form = 'checkout' OR collected_at IS NOT NULL`,
  `CREATE TABLE allocation_line (
     id uuid CONSTRAINT allocation_line_pkey PRIMARY KEY,
     allocation_id uuid NOT NULL CONSTRAINT allocation_line_allocation_id_fkey REFERENCES allocation (id),
     position integer NOT NULL CONSTRAINT allocation_line_position CHECK (position >= 0),
     kind text NOT NULL CONSTRAINT allocation_line_kind CHECK (kind IN ('unit', 'stock', 'seat')),
     part_id uuid,
     unit_id uuid,
     stock_id uuid,
     entitlement_id uuid CONSTRAINT allocation_line_entitlement_id_fkey REFERENCES entitlement (id),
     quantity integer NOT NULL CONSTRAINT allocation_line_quantity CHECK (quantity BETWEEN 1 AND 1000000000),
     -- With how many it began, when it was not split off another: its splits always sum to it. Written by the guard.
     first_quantity integer,
     state text NOT NULL CONSTRAINT allocation_line_state CHECK (state IN (
       'held', 'issued', 'returned', 'consumed', 'deployed', 'lost', 'damaged', 'released', 'expired', 'preempted')),
     -- The time that it occupies, [from, until): a hold until it expires, a reservation its window, an issue until it is
     -- due or for ever.
     during tstzrange NOT NULL,
     -- When a held line dies by itself.
     expires_at timestamptz,
     -- When an issued line should be back.
     due_at timestamptz,
     -- False: any other unit of the part would do, until it is collected.
     pinned boolean NOT NULL DEFAULT true,
     from_reserve boolean NOT NULL DEFAULT false,
     -- The failed device that it serves, when the caller named one.
     device_model_id uuid CONSTRAINT allocation_line_device_model_id_fkey REFERENCES device_model (id),
     -- Who or what sits on the seats, where the holder does not say it.
     ${words('allocation_line', 'assignee', 160, 'NULL')},
     -- A line that was split (part of it came back) keeps the first line's id here.
     root_line_id uuid NOT NULL CONSTRAINT allocation_line_root_line_id_fkey REFERENCES allocation_line (id),
     issued_at timestamptz,
     ended_at timestamptz,
     ${words('allocation_line', 'end_note', 500, 'NULL')},
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT allocation_line_unit_fkey FOREIGN KEY (unit_id, part_id) REFERENCES unit (id, part_id),
     CONSTRAINT allocation_line_stock_fkey FOREIGN KEY (stock_id, part_id) REFERENCES stock (id, part_id),
     CONSTRAINT allocation_line_of_one_thing CHECK (CASE kind
       WHEN 'unit' THEN unit_id IS NOT NULL AND part_id IS NOT NULL AND num_nonnulls(stock_id, entitlement_id) = 0 AND quantity = 1
       WHEN 'stock' THEN stock_id IS NOT NULL AND part_id IS NOT NULL AND num_nonnulls(unit_id, entitlement_id) = 0
       ELSE entitlement_id IS NOT NULL AND num_nonnulls(unit_id, stock_id, part_id) = 0 END),
     CONSTRAINT allocation_line_bounded CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)
       AND lower(during) IS NOT NULL AND upper(during) IS NOT NULL AND isfinite(lower(during))),
     CONSTRAINT allocation_line_hold_expires CHECK (state <> 'held' OR (expires_at IS NOT NULL AND isfinite(expires_at))),
     CONSTRAINT allocation_line_issued_since CHECK (
       (state IN ('held', 'released', 'expired', 'preempted')) = (issued_at IS NULL)),
     CONSTRAINT allocation_line_first_quantity CHECK ((root_line_id = id) = (first_quantity IS NOT NULL)),
     CONSTRAINT allocation_line_ended CHECK ((state IN ('held', 'issued')) = (ended_at IS NULL)),
     CONSTRAINT allocation_line_seat_ends CHECK (kind <> 'seat' OR state NOT IN ('consumed', 'deployed', 'lost', 'damaged')),
     -- One unit, one window at a time, whether it is held or issued.
     CONSTRAINT allocation_line_unit_window EXCLUDE USING gist (unit_id WITH =, during WITH &&)
       WHERE (unit_id IS NOT NULL AND state IN ('held', 'issued'))
   )`,
  `CREATE UNIQUE INDEX allocation_line_unit_issued_once ON allocation_line (unit_id) WHERE state = 'issued' AND unit_id IS NOT NULL`,
  'CREATE INDEX allocation_line_by_allocation ON allocation_line (allocation_id, position, id)',
  'CREATE INDEX allocation_line_by_root ON allocation_line (root_line_id)',
  `CREATE INDEX allocation_line_held_part ON allocation_line (part_id, expires_at) WHERE state = 'held' AND part_id IS NOT NULL`,
  `CREATE INDEX allocation_line_held_unit ON allocation_line (unit_id) WHERE state = 'held' AND unit_id IS NOT NULL`,
  `CREATE INDEX allocation_line_held_stock ON allocation_line (stock_id) WHERE state = 'held' AND stock_id IS NOT NULL`,
  `CREATE INDEX allocation_line_live_seat ON allocation_line (entitlement_id)
     WHERE state IN ('held', 'issued') AND entitlement_id IS NOT NULL`,
  `CREATE INDEX allocation_line_expiring ON allocation_line (expires_at) WHERE state = 'held'`,
  `CREATE INDEX allocation_line_due ON allocation_line (due_at, id) WHERE state = 'issued' AND due_at IS NOT NULL`,
  // What is open, newest allocation first; also who has pieces of a part.
  // With what they are asked for besides, so that the lines themselves are not read: ten thousand cost a millisecond then.
  `CREATE INDEX allocation_line_live ON allocation_line (allocation_id) INCLUDE (id, state, due_at, expires_at)
     WHERE state IN ('held', 'issued')`,
  `CREATE INDEX allocation_line_live_part ON allocation_line (part_id, allocation_id) INCLUDE (state, expires_at)
     WHERE state IN ('held', 'issued') AND part_id IS NOT NULL`,
  'CREATE INDEX allocation_line_unit_history ON allocation_line (unit_id, id) WHERE unit_id IS NOT NULL',
  'ALTER TABLE movement ADD CONSTRAINT movement_line_id_fkey FOREIGN KEY (line_id) REFERENCES allocation_line (id)',
  `ALTER TABLE movement ADD CONSTRAINT movement_issue_has_line CHECK (kind NOT IN ('issue', 'return', 'deploy') OR line_id IS NOT NULL)`,
  `CREATE TABLE kit (
     id uuid CONSTRAINT kit_pkey PRIMARY KEY,
     ${words('kit', 'name', 120)},
     ${words('kit', 'note', 1000, 'NULL')},
     retired_at timestamptz,
     ${words('kit', 'retired_reason', 500, 'NULL')},
     ${touched('kit')},
     CONSTRAINT kit_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL))
   )`,
  'CREATE UNIQUE INDEX kit_name_unique ON kit (lower(name))',
  ...keptForGood('kit'),
  `CREATE TABLE kit_line (
     kit_id uuid NOT NULL CONSTRAINT kit_line_kit_id_fkey REFERENCES kit (id),
     position integer NOT NULL CONSTRAINT kit_line_position CHECK (position BETWEEN 0 AND 199),
     part_id uuid CONSTRAINT kit_line_part_id_fkey REFERENCES part (id),
     product_id uuid CONSTRAINT kit_line_product_id_fkey REFERENCES licence_product (id),
     device_model_id uuid CONSTRAINT kit_line_device_model_id_fkey REFERENCES device_model (id),
     quantity integer NOT NULL CONSTRAINT kit_line_quantity CHECK (quantity BETWEEN 1 AND 10000),
     CONSTRAINT kit_line_pkey PRIMARY KEY (kit_id, position),
     CONSTRAINT kit_line_of_one CHECK (num_nonnulls(part_id, product_id, device_model_id) = 1)
   )`,
];

const GUARDS = [
  `CREATE FUNCTION allocation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF (NEW.id, NEW.number, NEW.form, NEW.purpose, NEW.severity, NEW.created_by, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.number, OLD.form, OLD.purpose, OLD.severity, OLD.created_by, OLD.created_at)
        OR (OLD.reserve_reason IS NOT NULL AND NEW.reserve_reason IS NULL) THEN
       RAISE EXCEPTION 'allocation %: form, purpose and severity are decided once', OLD.number
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_purpose_stays';
     END IF;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER allocation_guard BEFORE UPDATE ON allocation FOR EACH ROW EXECUTE FUNCTION allocation_guard()',
  always('allocation', 'allocation_guard'),
  ...keptForGood('allocation'),
  ...keptForGood('allocation_line'),
  `CREATE FUNCTION allocation_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     wrong text;
   BEGIN
     IF TG_OP = 'INSERT' THEN
       IF NEW.root_line_id = NEW.id THEN
         NEW.first_quantity := NEW.quantity;
         IF NEW.state NOT IN ('held', 'issued') THEN wrong := 'allocation_line_begins_live'; END IF;
       ELSE
         NEW.first_quantity := NULL;
         -- The first line has to be there already: one that the same statement inserts later has not been looked at.
         IF NOT EXISTS (
           SELECT FROM allocation_line r WHERE r.id = NEW.root_line_id AND r.root_line_id = r.id
             AND (r.allocation_id, r.kind, r.part_id, r.stock_id, r.entitlement_id)
                 IS NOT DISTINCT FROM (NEW.allocation_id, NEW.kind, NEW.part_id, NEW.stock_id, NEW.entitlement_id)
         ) THEN
           wrong := 'allocation_line_split_of_same';
         END IF;
       END IF;
     ELSIF OLD.state NOT IN ('held', 'issued') THEN
       wrong := 'allocation_line_end_is_final';
     ELSIF (NEW.id, NEW.allocation_id, NEW.position, NEW.kind, NEW.part_id, NEW.stock_id, NEW.entitlement_id, NEW.root_line_id,
            NEW.first_quantity, NEW.created_at)
           IS DISTINCT FROM
           (OLD.id, OLD.allocation_id, OLD.position, OLD.kind, OLD.part_id, OLD.stock_id, OLD.entitlement_id, OLD.root_line_id,
            OLD.first_quantity, OLD.created_at)
        OR (OLD.pinned AND NOT NEW.pinned)
        OR (NEW.unit_id IS DISTINCT FROM OLD.unit_id AND NOT (OLD.state = 'held' AND NOT OLD.pinned))
        -- What is out has been out since then: seats would count as free before a later beginning.
        OR (OLD.state = 'issued' AND (lower(NEW.during), NEW.issued_at) IS DISTINCT FROM (lower(OLD.during), OLD.issued_at))
        OR NEW.quantity > OLD.quantity THEN
       wrong := 'allocation_line_stays_what_it_is';
     ELSIF OLD.state <> NEW.state AND NOT (
       (OLD.state = 'held' AND NEW.state IN ('issued', 'released', 'expired', 'preempted')) OR
       (OLD.state = 'issued' AND NEW.state IN ('returned', 'consumed', 'deployed', 'lost', 'damaged'))
     ) THEN
       wrong := 'allocation_line_way';
     ELSIF OLD.state = 'held' AND NEW.state = 'expired' AND OLD.expires_at > clock_timestamp() THEN
       wrong := 'allocation_line_expires_in_time';
     ELSIF OLD.state = 'held' AND NEW.state IN ('held', 'issued') AND OLD.expires_at <= clock_timestamp() THEN
       wrong := 'allocation_line_dead_hold';
     END IF;
     -- A window that is over, or has not begun, would hide from the sums what is out now.
     IF NEW.state = 'issued' AND (TG_OP = 'INSERT' OR OLD.state = 'held')
        AND (greatest(lower(NEW.during), NEW.issued_at) > clock_timestamp() OR upper(NEW.during) <= now()) THEN
       wrong := coalesce(wrong, 'allocation_line_issued_in_window');
     END IF;
     IF wrong IS NOT NULL THEN
       RAISE EXCEPTION 'allocation line %: % to % is refused', NEW.id,
         CASE TG_OP WHEN 'INSERT' THEN 'nothing' ELSE OLD.state END, NEW.state
         USING ERRCODE = '23514', CONSTRAINT = wrong;
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER allocation_line_guard BEFORE INSERT OR UPDATE ON allocation_line
     FOR EACH ROW EXECUTE FUNCTION allocation_line_guard()`,
  always('allocation_line', 'allocation_line_guard'),
];

// A project in use is a holder; one that is retired holds nothing and gains nothing.
const PROJECTS_AND_KITS = [
  ...['project', 'kit'].map(
    (table) => `CREATE TRIGGER ${table}_retired_is_final BEFORE UPDATE ON ${table}
       FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  ),
  `CREATE FUNCTION project_retirement_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF EXISTS (
       SELECT FROM allocation a JOIN allocation_line l ON l.allocation_id = a.id
       WHERE a.holder_id = NEW.id AND a.holder_kind = 'project'
         AND (l.state = 'issued' OR (l.state = 'held' AND l.expires_at > clock_timestamp()))
     ) THEN
       RAISE EXCEPTION 'project % still holds something', NEW.code
         USING ERRCODE = '23514', CONSTRAINT = 'project_retired_holds_nothing';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER project_retirement_check AFTER UPDATE OF retired_at ON project
     FOR EACH ROW WHEN (NEW.retired_at IS NOT NULL) EXECUTE FUNCTION project_retirement_check()`,
  // Holds the project's row, so that its retirement waits for what it is being given, and then sees it.
  `CREATE FUNCTION allocation_project_check() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM FROM project WHERE id = NEW.holder_id AND retired_at IS NULL FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'allocation %: its project is not in use', NEW.number
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_project_in_use';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER allocation_project_check BEFORE INSERT OR UPDATE OF holder_id, holder_kind ON allocation
     FOR EACH ROW WHEN (NEW.holder_kind = 'project') EXECUTE FUNCTION allocation_project_check()`,
];
