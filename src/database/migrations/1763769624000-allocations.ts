import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Allocations: units, stock and seats held for, or issued to, a holder. The code allocates under the locks of the pools;
 * what stands here is the second wall, which holds against any other SQL: windows of one unit never overlap, a unit is
 * issued once, a dead hold is not issued, lines and movements agree, splits of a line sum to it, only what can be used is
 * allocated, and nothing but an emergency goes below the floor.
 *
 * Whether a hold has expired is judged by the clock when it is read. An index knows no clock, so `lock_pools` first ends
 * the dead lines of the pools that it locks.
 */
export class Allocations1763769624000 implements MigrationInterface {
  readonly name = 'Allocations1763769624000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...GUARDS, ...PROJECTS_AND_KITS, ...COUNTS, ...WALLS, ...POOLS, ...ALL_OVER])
      await runner.query(statement);
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

/** The largest sum at any instant inside a span: every line adds its quantity where it begins and takes it off where it ends. */
const peakOf = (lines: string) => `
  (SELECT coalesce(max(total), 0) FROM (
     SELECT sum(change) OVER (ORDER BY at, change) AS total FROM (
       SELECT greatest(lower(l.during), lower(span)) AS at, l.quantity AS change FROM ${lines} AND l.during && span
       UNION ALL
       SELECT upper(l.during), -l.quantity FROM ${lines} AND l.during && span AND upper(l.during) < upper(span)
     ) events
   ) sums)`;

const LIVE_HOLD = `l.state = 'held' AND l.expires_at > clock_timestamp()`;

// What the walls and the code count alike. All bounded by the live lines of one pool.
const COUNTS = [
  // The location and everything in it.
  `CREATE FUNCTION location_subtree(root uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
     WITH RECURSIVE tree (id) AS (
       SELECT root UNION ALL SELECT c.id FROM tree JOIN location c ON c.parent_id = tree.id
     )
     SELECT id FROM tree $$`,
  // The peak of live holds on one stock row inside the span. Issued pieces are not on hand, so they do not count.
  `CREATE FUNCTION stock_held_peak(row_id uuid, span tstzrange) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT ${peakOf(`allocation_line l WHERE l.stock_id = row_id AND ${LIVE_HOLD}`)} $$`,
  // The peak of what ordinary lines take, inside the span, from what can be used of a part (below one location, or null for
  // everywhere). Holds inside the reserve do not count: they take from the floor.
  `CREATE FUNCTION part_held_peak(pool uuid, below uuid, span tstzrange) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT ${peakOf(`allocation_line l
       LEFT JOIN unit u ON u.id = l.unit_id LEFT JOIN stock s ON s.id = l.stock_id
       WHERE l.part_id = pool AND ${LIVE_HOLD} AND NOT l.from_reserve
         AND (u.id IS NULL OR unit_usable(u))
         AND (s.id IS NULL OR (s.condition = 'usable' AND (s.expires_on IS NULL OR s.expires_on >= utc_today())))
         AND (below IS NULL OR coalesce(u.location_id, s.location_id) IN (SELECT location_subtree(below)))`)} $$`,
  // What can be used of a part now (below one location, or null for everywhere), counted no further than the bound.
  `CREATE FUNCTION part_usable(pool uuid, below uuid, bound bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT CASE (SELECT tracking FROM part WHERE id = pool)
       WHEN 'serial' THEN (SELECT count(*) FROM (
         SELECT FROM unit u WHERE u.part_id = pool AND unit_usable(u)
           AND (below IS NULL OR u.location_id IN (SELECT location_subtree(below)))
         LIMIT bound) found)
       ELSE (SELECT coalesce(sum(s.quantity), 0) FROM stock s
         WHERE s.part_id = pool AND s.condition = 'usable' AND s.quantity > 0
           AND (s.expires_on IS NULL OR s.expires_on >= utc_today())
           AND (below IS NULL OR s.location_id IN (SELECT location_subtree(below))))
     END $$`,
  // The peak of seats in use or held inside the span. Seats that were issued stay in use until they come back.
  `CREATE FUNCTION seats_used_peak(pool uuid, span tstzrange, ordinary_only boolean) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT ${peakOf(`(
         SELECT quantity, CASE state WHEN 'issued' THEN tstzrange('-infinity', 'infinity') ELSE during END AS during
         FROM allocation_line l
         WHERE l.entitlement_id = pool AND (l.state = 'issued' OR (${LIVE_HOLD})) AND NOT (ordinary_only AND l.from_reserve)
       ) l WHERE true`)} $$`,
];

const WALLS = [
  // Lines and ledger agree about what went out and what came back. Called when a transaction commits.
  `CREATE FUNCTION allocation_ledger_check(line allocation_line) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     IF line.kind = 'unit' THEN
       IF (SELECT (u.state = 'issued') <> EXISTS (SELECT FROM allocation_line l WHERE l.unit_id = u.id AND l.state = 'issued')
           FROM unit u WHERE u.id = line.unit_id) THEN
         RAISE EXCEPTION 'unit %: its line and its movements do not agree', line.unit_id
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_ledger';
       END IF;
     ELSIF line.kind = 'stock' THEN
       IF (SELECT (coalesce(sum(quantity) FILTER (WHERE state IN
                     ('issued', 'returned', 'damaged', 'consumed', 'deployed', 'lost')), 0),
                   coalesce(sum(quantity) FILTER (WHERE state IN ('returned', 'damaged')), 0))
           FROM allocation_line WHERE root_line_id = line.root_line_id)
          IS DISTINCT FROM
          (SELECT (coalesce(sum(quantity) FILTER (WHERE kind = 'issue'), 0),
                   coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0))
           FROM movement WHERE line_id = line.root_line_id) THEN
         RAISE EXCEPTION 'allocation line %: its pieces and its movements do not agree', line.root_line_id
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_ledger';
       END IF;
     END IF;
   END $$`,
  // Only what can be used is held or handed out. A unit that is out can be promised for later.
  `CREATE FUNCTION allocation_usable_check(line allocation_line) RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     usable boolean := true;
   BEGIN
     -- The row alone by its id: a condition on its state would invite another index.
     IF line.kind = 'unit' THEN
       SELECT u.state IN ('in_stock', 'issued') AND coalesce(least(u.expires_on, u.test_due_on) >= utc_today(), true)
       INTO usable FROM unit u WHERE u.id = line.unit_id;
     ELSIF line.kind = 'stock' THEN
       SELECT s.condition = 'usable' AND coalesce(s.expires_on >= utc_today(), true)
       INTO usable FROM stock s WHERE s.id = line.stock_id;
     END IF;
     IF usable IS NOT TRUE THEN
       RAISE EXCEPTION 'allocation line %: it is not usable', line.id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_usable';
     END IF;
   END $$`,
  // The floors of a part: in total, and below each location that has one and holds what the line takes.
  `CREATE FUNCTION allocation_floor_check(line allocation_line, total integer, left_unit uuid) RETURNS void
     LANGUAGE plpgsql AS $$
   DECLARE
     was_at uuid;
     since timestamptz := clock_timestamp();
     span tstzrange := line.during;
     place uuid;
     wall record;
     uncounted integer := 0;
     needed bigint;
     has_places boolean := EXISTS (SELECT FROM part_reserve WHERE part_id = line.part_id);
   BEGIN
     IF total = 0 AND NOT has_places THEN RETURN; END IF;
     -- What is handed out is gone now, whatever its window says by the time of the commit.
     IF line.state = 'issued' THEN
       span := tstzrange(least(lower(span), since), greatest(upper(span), since + interval '1 microsecond'));
     END IF;
     IF has_places THEN
       SELECT coalesce((SELECT location_id FROM stock WHERE id = line.stock_id),
         (SELECT m.from_location_id FROM movement m WHERE m.line_id = line.id AND m.kind = 'issue' LIMIT 1),
         (SELECT location_id FROM unit WHERE id = line.unit_id)) INTO place;
     END IF;
     -- A line that waits and goes from one usable unit to another takes nothing more from the floors above both: one of
     -- them may have been raised meanwhile. The unit that it left may have been handed out just now.
     IF left_unit IS NOT NULL THEN
       SELECT coalesce(u.location_id, (SELECT m.from_location_id FROM movement m WHERE m.unit_id = u.id ORDER BY m.id DESC LIMIT 1))
       INTO was_at FROM unit u WHERE u.id = left_unit AND (u.state = 'issued' OR unit_usable(u));
     END IF;
     -- Held on a unit that is out, it is not among what is held of the usable ones, and takes one of them all the same.
     IF line.state = 'held' AND line.unit_id IS NOT NULL THEN
       SELECT CASE WHEN unit_usable(u) THEN 0 ELSE 1 END INTO uncounted FROM unit u WHERE u.id = line.unit_id;
     END IF;
     FOR wall IN
       SELECT NULL::uuid AS below, total AS floor WHERE total > 0
       UNION ALL
       SELECT r.location_id, r.quantity FROM part_reserve r
       WHERE r.part_id = line.part_id AND place IN (SELECT location_subtree(r.location_id))
     LOOP
       CONTINUE WHEN was_at IS NOT NULL AND (wall.below IS NULL OR was_at IN (SELECT location_subtree(wall.below)));
       needed := wall.floor + part_held_peak(line.part_id, wall.below, span) + uncounted;
       -- What an emergency hands out of the reserve in this very transaction is not charged to its ordinary lines beside
       -- it, nor to the lines of others that were moved to another unit to make room for it.
       IF part_usable(line.part_id, wall.below, needed) < needed
          AND part_usable(line.part_id, wall.below, needed) + (
            SELECT coalesce(sum(o.quantity), 0) FROM allocation_line o
            WHERE o.part_id = line.part_id AND o.state = 'issued' AND o.from_reserve
              AND o.xmin = pg_current_xact_id()::xid AND o.issued_at >= date_trunc('milliseconds', now())) < needed THEN
         RAISE EXCEPTION 'part %: its emergency reserve of % would be touched', line.part_id, wall.floor
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_floor';
       END IF;
     END LOOP;
   END $$`,
  // A unit's line ends as its movement says.
  `CREATE FUNCTION allocation_end_check(line allocation_line) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     IF line.kind = 'unit' AND NOT EXISTS (
       SELECT FROM movement m WHERE m.line_id = line.id AND m.unit_id = line.unit_id AND m.from_state = 'issued'
         AND CASE line.state WHEN 'returned' THEN m.kind = 'return'
               WHEN 'damaged' THEN m.kind = 'return' AND m.to_state = 'quarantined'
               WHEN 'deployed' THEN m.kind = 'deploy' WHEN 'lost' THEN m.to_state = 'lost'
               ELSE m.to_state = 'retired' END
     ) THEN
       RAISE EXCEPTION 'allocation line %: no movement of its unit ends it as %', line.id, line.state
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_ledger';
     END IF;
   END $$`,
  `CREATE FUNCTION allocation_line_check() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     line allocation_line;
     owner allocation;
     pool entitlement;
     reserve integer;
     is_split boolean := CASE TG_OP WHEN 'INSERT' THEN NEW.root_line_id <> NEW.id ELSE NEW.quantity <> OLD.quantity END;
     is_new boolean := TG_OP = 'INSERT' OR OLD.state <> NEW.state OR OLD.unit_id IS DISTINCT FROM NEW.unit_id;
   BEGIN
     -- Under an older snapshot the sums below would miss what others have committed.
     IF current_setting('transaction_isolation') <> 'read committed' THEN
       RAISE EXCEPTION 'allocations are written under READ COMMITTED only'
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_isolation';
     END IF;
     SELECT * INTO line FROM allocation_line WHERE id = NEW.id;
     IF is_split
        AND (SELECT sum(quantity) <> sum(first_quantity) FROM allocation_line WHERE root_line_id = line.root_line_id) THEN
       RAISE EXCEPTION 'allocation line %: its splits do not sum to it', line.root_line_id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_split_sums';
     END IF;
     PERFORM allocation_ledger_check(line);
     IF line.state NOT IN ('held', 'issued') THEN
       IF TG_OP = 'UPDATE' AND OLD.state = 'issued' THEN PERFORM allocation_end_check(line); END IF;
       RETURN NULL;
     END IF;
     -- What takes nothing more is not refused: a part that comes back, a later due date, a smaller hold, although a floor
     -- was raised, or an entitlement has ended, meanwhile.
     IF TG_OP = 'UPDATE' AND NOT is_new AND OLD.from_reserve = NEW.from_reserve
        AND (NEW.state = 'issued' OR NEW.during <@ OLD.during) THEN RETURN NULL; END IF;
     IF is_new THEN PERFORM allocation_usable_check(line); END IF;
     IF line.from_reserve THEN
       SELECT * INTO owner FROM allocation WHERE id = line.allocation_id;
       IF owner.severity IS DISTINCT FROM 'emergency'
          OR (line.state = 'issued' AND (owner.purpose <> 'incident' OR owner.reserve_reason IS NULL)) THEN
         RAISE EXCEPTION 'allocation %: only an emergency takes from the reserve', owner.number
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_reserve_of_emergency';
       END IF;
     END IF;
     IF line.kind = 'seat' THEN
       SELECT * INTO pool FROM entitlement WHERE id = line.entitlement_id FOR NO KEY UPDATE;
       IF seats_used_peak(pool.id, line.during, false) > entitlement_seats_max(pool)
          OR (NOT line.from_reserve
              AND seats_used_peak(pool.id, line.during, true) > entitlement_seats_max(pool) - pool.emergency_reserve) THEN
         RAISE EXCEPTION 'entitlement %: there are not as many seats', pool.id
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_seats';
       END IF;
       IF pool.metric = 'named-user' AND (
            SELECT coalesce(sum(o.quantity), 0) FROM allocation_line o
            WHERE o.entitlement_id = pool.id AND lower(o.assignee) = lower(line.assignee)
              AND (o.state = 'issued' OR (o.state = 'held' AND o.expires_at > clock_timestamp()))) > 1 THEN
         RAISE EXCEPTION 'entitlement %: % has a seat already', pool.id, line.assignee
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_seat_of_one_user';
       END IF;
       RETURN NULL;
     END IF;
     SELECT emergency_reserve INTO reserve FROM part WHERE id = line.part_id FOR NO KEY UPDATE;
     IF line.state = 'held' AND line.kind = 'stock'
        AND stock_held_peak(line.stock_id, line.during) > (SELECT quantity FROM stock WHERE id = line.stock_id) THEN
       RAISE EXCEPTION 'stock %: more would be held than lies there', line.stock_id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_stock_held';
     END IF;
     -- Lines that change places are parked in the year 1 for a moment. None is left there, so what was there has been
     -- compared with what it was before.
     IF upper(line.during) < timestamptz '0002-01-01 00:00Z' THEN
       RAISE EXCEPTION 'allocation line %: it was left in the year 1', line.id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_bounded';
     END IF;
     IF NOT line.from_reserve THEN
       IF TG_OP = 'INSERT' OR upper(OLD.during) >= timestamptz '0002-01-01 00:00Z' THEN
         PERFORM allocation_floor_check(line, reserve, CASE WHEN TG_OP = 'UPDATE' AND OLD.state = line.state
           AND OLD.from_reserve = line.from_reserve AND line.during <@ OLD.during THEN OLD.unit_id END);
       END IF;
     END IF;
     RETURN NULL;
   END $$`,
  // When the transaction commits, because a line and its movement are two statements.
  `CREATE CONSTRAINT TRIGGER allocation_line_check AFTER INSERT OR UPDATE ON allocation_line DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION allocation_line_check()`,
  always('allocation_line', 'allocation_line_check'),
  `CREATE FUNCTION movement_line_check() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     line allocation_line;
   BEGIN
     SELECT * INTO line FROM allocation_line WHERE id = NEW.line_id;
     -- It carries out a first line, on the very unit or stock row that the line has; pieces may come back to another row.
     IF NEW.kind IN ('issue', 'return', 'deploy') AND (line.id IS NULL OR line.root_line_id <> line.id
        OR (line.part_id, line.unit_id) IS DISTINCT FROM (NEW.part_id, NEW.unit_id)
        OR (NEW.kind = 'issue' AND line.stock_id IS DISTINCT FROM NEW.from_stock_id)) THEN
       RAISE EXCEPTION 'movement %: the line % is of something else', NEW.id, NEW.line_id
         USING ERRCODE = '23514', CONSTRAINT = 'movement_line_of_same';
     END IF;
     IF NEW.unit_id IS NOT NULL THEN
       line.kind := 'unit';
       line.unit_id := NEW.unit_id;
     END IF;
     PERFORM allocation_ledger_check(line);
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER movement_line_check AFTER INSERT ON movement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN (NEW.line_id IS NOT NULL OR NEW.from_state = 'issued' OR NEW.to_state = 'issued')
     EXECUTE FUNCTION movement_line_check()`,
  always('movement', 'movement_line_check'),
  // Held pieces stay where they are held; a count, a loss or a defect tells the truth all the same. What is issued with a
  // due date is back for the reservations that begin then: two windows that were promised back to back are both collected.
  `CREATE FUNCTION movement_keeps_holds() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     since timestamptz := clock_timestamp();
     until timestamptz;
   BEGIN
     -- The lock that holds are written under: a hold that has not committed yet would not be seen.
     PERFORM FROM part WHERE id = NEW.part_id FOR NO KEY UPDATE;
     IF NEW.kind = 'issue' THEN SELECT upper(during) INTO until FROM allocation_line WHERE id = NEW.line_id; END IF;
     IF stock_held_peak(NEW.from_stock_id,
          tstzrange(since, greatest(since + interval '1 microsecond', coalesce(until, 'infinity'))))
        > (SELECT quantity FROM stock WHERE id = NEW.from_stock_id) THEN
       RAISE EXCEPTION 'stock %: pieces that are held would be moved away', NEW.from_stock_id
         USING ERRCODE = '23514', CONSTRAINT = 'movement_keeps_holds';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER movement_keeps_holds AFTER INSERT ON movement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN (NEW.from_stock_id IS NOT NULL AND NEW.kind IN ('transfer', 'issue')) EXECUTE FUNCTION movement_keeps_holds()`,
  always('movement', 'movement_keeps_holds'),
];

const POOLS = [
  // Locks pools in one order, then ends the holds in them whose time is over. Each statement sees what the holders of the
  // locks before it have committed.
  `CREATE FUNCTION lock_pools(parts uuid[], entitlements uuid[]) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM FROM part WHERE id = ANY (parts) ORDER BY id FOR NO KEY UPDATE;
     PERFORM FROM entitlement WHERE id = ANY (entitlements) ORDER BY id FOR NO KEY UPDATE;
     UPDATE allocation_line SET state = 'expired', ended_at = clock_timestamp()
     WHERE state = 'held' AND expires_at <= clock_timestamp() AND part_id = ANY (parts);
     IF cardinality(entitlements) > 0 THEN
       UPDATE allocation_line SET state = 'expired', ended_at = clock_timestamp()
       WHERE state = 'held' AND expires_at <= clock_timestamp() AND entitlement_id = ANY (entitlements);
     END IF;
   END $$`,
];

// For all that spares, licences and allocations have: guards hold under session_replication_role = replica, what is never
// deleted is never truncated (a row trigger does not see it), and functions that read tables look them up in a path of
// their own, because a caller's temporary table of the same name would come first.
const ALL_OVER = [
  `CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'what stands in % is kept', TG_TABLE_NAME
       USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_never_deleted';
   END $$`,
  `DO $$
   DECLARE
     t regclass;
     guard record;
     reader regprocedure;
   BEGIN
     FOREACH t IN ARRAY ARRAY['notice', 'location', 'part_category', 'part', 'device_model', 'unit', 'stock', 'repair',
       'replenishment', 'licence_product', 'entitlement', 'licence_key', 'project', 'allocation', 'allocation_line', 'kit']::regclass[]
     LOOP
       EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', t);
       FOR guard IN SELECT tgname FROM pg_trigger WHERE tgrelid = t AND NOT tgisinternal AND tgenabled = 'O' LOOP
         EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t, guard.tgname);
       END LOOP;
     END LOOP;
     FOR reader IN
       SELECT DISTINCT p.oid FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
       WHERE NOT g.tgisinternal AND p.pronamespace = 'public'::regnamespace AND p.prosrc ~ '\\m(SELECT|PERFORM|UPDATE|INSERT)\\M'
     LOOP
       EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', reader);
     END LOOP;
     -- These look rows up one by one. Planned while a table was still small, they would read all of it, in every session
     -- that lives, until its statistics are taken again: at a thousand lines that is ten times their cost.
     FOREACH reader IN ARRAY ARRAY['allocation_line_guard()', 'allocation_line_check()', 'movement_carry_out()',
       'movement_line_check()', 'movement_keeps_holds()', 'unit_ledger_check()', 'stock_ledger_check()',
       'lock_pools(uuid[], uuid[])']::regprocedure[]
     LOOP
       EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', reader);
     END LOOP;
   END $$`,
];
