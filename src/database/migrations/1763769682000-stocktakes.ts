import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Stocktakes: what was expected when one was opened, who counted what and when, and in what that differs. What was counted
 * is a ledger. The register itself changes by movements alone, when the differences are posted.
 */
export class Stocktakes1763769682000 implements MigrationInterface {
  readonly name = 'Stocktakes1763769682000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...STOCKTAKES, ...COUNTS, ...DIFFERENCES, ...ROLES]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const words = (table: string, column: string, maxLength: number, nullable = '') => `
  ${column} text ${nullable === '' ? 'NOT NULL' : nullable}
    CONSTRAINT ${table}_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const person = (table: string, column: string) =>
  `${column} uuid CONSTRAINT ${table}_${column}_fkey REFERENCES principal (id)`;

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const neverDeleted = (table: string) => [
  `CREATE TRIGGER never_deleted BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION refuse_stocktake_change()`,
  always(table, 'never_deleted'),
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  always(table, 'never_truncated'),
];

/** A unit or a stock row, by which its rows are found. */
const thing = (table: string) => `
  unit_id uuid CONSTRAINT ${table}_unit_id_fkey REFERENCES unit (id),
  stock_id uuid CONSTRAINT ${table}_stock_id_fkey REFERENCES stock (id),
  thing_id uuid GENERATED ALWAYS AS (coalesce(unit_id, stock_id)) STORED`;

const STOCKTAKES = [
  `CREATE FUNCTION refuse_stocktake_change() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     RAISE EXCEPTION '% is kept as it is: % is refused', TG_TABLE_NAME, TG_OP
       USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_stays';
   END $$`,
  `CREATE TABLE stocktake (
     id uuid CONSTRAINT stocktake_pkey PRIMARY KEY,
     location_id uuid NOT NULL CONSTRAINT stocktake_location_id_fkey REFERENCES location (id),
     ${words('stocktake', 'name', 120)},
     is_blind boolean NOT NULL,
     -- A difference above either of them asks for a second person; none stated: none does.
     tolerance_pieces integer CONSTRAINT stocktake_tolerance_pieces CHECK (tolerance_pieces BETWEEN 0 AND 1000000000),
     tolerance_percent numeric(5, 2) CONSTRAINT stocktake_tolerance_percent CHECK (tolerance_percent BETWEEN 0 AND 100),
     ${words('stocktake', 'note', 1000, 'NULL')},
     state text NOT NULL DEFAULT 'counting'
       CONSTRAINT stocktake_state CHECK (state IN ('counting', 'recounting', 'review', 'posted', 'cancelled')),
     is_open boolean NOT NULL DEFAULT true,
     round integer NOT NULL DEFAULT 1 CONSTRAINT stocktake_round CHECK (round >= 1),
     ${person('stocktake', 'opened_by')},
     opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     ${person('stocktake', 'closed_by')},
     closed_at timestamptz,
     ${person('stocktake', 'ended_by')},
     ended_at timestamptz,
     ${words('stocktake', 'ended_reason', 500, 'NULL')},
     -- The movements that posted it.
     batch_id uuid,
     version integer NOT NULL DEFAULT 1 CONSTRAINT stocktake_version CHECK (version >= 1),
     CONSTRAINT stocktake_id_open_unique UNIQUE (id, is_open),
     CONSTRAINT stocktake_open_states CHECK (is_open = (state IN ('counting', 'recounting', 'review'))),
     CONSTRAINT stocktake_ended_when CHECK (is_open = (ended_at IS NULL)),
     CONSTRAINT stocktake_posted_batch CHECK ((state = 'posted') = (batch_id IS NOT NULL)),
     CONSTRAINT stocktake_cancelled_reason CHECK (state <> 'cancelled' OR ended_reason IS NOT NULL)
   )`,
  'CREATE INDEX stocktake_by_state ON stocktake (state, id)',
  'CREATE INDEX stocktake_by_location ON stocktake (location_id, id)',
  ...neverDeleted('stocktake'),
  `CREATE TRIGGER ended_stays BEFORE UPDATE ON stocktake
     FOR EACH ROW WHEN (NOT OLD.is_open) EXECUTE FUNCTION refuse_stocktake_change()`,
  always('stocktake', 'ended_stays'),
  // The locations as they were when it was opened. No location is in two that are open.
  `CREATE TABLE stocktake_location (
     stocktake_id uuid NOT NULL,
     location_id uuid NOT NULL CONSTRAINT stocktake_location_location_id_fkey REFERENCES location (id),
     is_open boolean NOT NULL DEFAULT true,
     CONSTRAINT stocktake_location_pkey PRIMARY KEY (stocktake_id, location_id),
     CONSTRAINT stocktake_location_stocktake_fkey FOREIGN KEY (stocktake_id, is_open)
       REFERENCES stocktake (id, is_open) ON UPDATE CASCADE
   )`,
  'CREATE UNIQUE INDEX stocktake_location_open_unique ON stocktake_location (location_id) WHERE is_open',
  ...neverDeleted('stocktake_location'),
  `CREATE TABLE stocktake_expected (
     stocktake_id uuid NOT NULL CONSTRAINT stocktake_expected_stocktake_id_fkey REFERENCES stocktake (id),
     ${thing('stocktake_expected')} NOT NULL,
     part_id uuid NOT NULL CONSTRAINT stocktake_expected_part_id_fkey REFERENCES part (id),
     location_id uuid NOT NULL CONSTRAINT stocktake_expected_location_id_fkey REFERENCES location (id),
     quantity integer NOT NULL,
     -- The last movement of it that is in the picture; 0: none.
     movement_id bigint NOT NULL,
     CONSTRAINT stocktake_expected_pkey PRIMARY KEY (stocktake_id, thing_id),
     CONSTRAINT stocktake_expected_one_thing CHECK (num_nonnulls(unit_id, stock_id) = 1)
   )`,
  'CREATE INDEX stocktake_expected_by_place ON stocktake_expected (stocktake_id, location_id, part_id, thing_id)',
  `SELECT make_ledger('stocktake_expected')`,
];

const COUNTS = [
  // What a stock row should have held at an instant: what it was opened with, and the movements between. A row that came later
  // was opened with nothing.
  `CREATE FUNCTION stocktake_quantity_at(stocktake uuid, row_id uuid, at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
     WITH opened AS (SELECT coalesce(max(e.quantity), 0) AS quantity, coalesce(max(e.movement_id), 0) AS movement_id
       FROM stocktake_expected e WHERE e.stocktake_id = stocktake AND e.thing_id = row_id)
     SELECT opened.quantity
       + coalesce((SELECT sum(m.quantity) FROM movement m
           WHERE m.to_stock_id = row_id AND m.id > opened.movement_id AND m.occurred_at <= at), 0)
       - coalesce((SELECT sum(m.quantity) FROM movement m
           WHERE m.from_stock_id = row_id AND m.id > opened.movement_id AND m.occurred_at <= at), 0)
     FROM opened $$`,
  `CREATE TABLE stocktake_count (
     id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT stocktake_count_pkey PRIMARY KEY,
     stocktake_id uuid NOT NULL CONSTRAINT stocktake_count_stocktake_id_fkey REFERENCES stocktake (id),
     round integer NOT NULL,
     ${thing('stocktake_count')},
     -- What was scanned and nothing bears.
     ${words('stocktake_count', 'unknown_code', 120, 'NULL')},
     location_id uuid CONSTRAINT stocktake_count_location_id_fkey REFERENCES location (id),
     -- Of a unit 1, or 0: it is not there.
     counted integer NOT NULL CONSTRAINT stocktake_count_counted CHECK (counted BETWEEN 0 AND 1000000000),
     source text NOT NULL CONSTRAINT stocktake_count_source CHECK (source IN ('scan', 'file', 'close')),
     counted_by uuid NOT NULL CONSTRAINT stocktake_count_counted_by_fkey REFERENCES principal (id),
     counted_at timestamptz NOT NULL,
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT stocktake_count_one_thing CHECK (num_nonnulls(unit_id, stock_id, unknown_code) = 1),
     CONSTRAINT stocktake_count_one_unit CHECK (unit_id IS NULL OR counted <= 1),
     CONSTRAINT stocktake_count_seen_somewhere CHECK (counted = 0 OR location_id IS NOT NULL),
     CONSTRAINT stocktake_count_not_in_future CHECK (counted_at <= recorded_at + interval '5 minutes')
   )`,
  'CREATE INDEX stocktake_count_by_thing ON stocktake_count (stocktake_id, thing_id, id)',
  'CREATE INDEX stocktake_count_by_stocktake ON stocktake_count (stocktake_id, id)',
  `SELECT make_ledger('stocktake_count')`,
  // Shared with other counters; who closes the count waits for them, and they find it closed.
  `CREATE FUNCTION stocktake_count_check() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM stocktake WHERE id = NEW.stocktake_id AND round = NEW.round AND state IN ('counting', 'recounting')
       AND NEW.counted_at >= opened_at FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'stocktake %: nothing is counted in round % now, or not at that time', NEW.stocktake_id, NEW.round
         USING ERRCODE = '23514', CONSTRAINT = 'stocktake_count_while_counting';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER stocktake_count_check AFTER INSERT ON stocktake_count
     FOR EACH ROW EXECUTE FUNCTION stocktake_count_check()`,
  always('stocktake_count', 'stocktake_count_check'),
];

const DIFFERENCES = [
  `CREATE TABLE stocktake_difference (
     id uuid CONSTRAINT stocktake_difference_pkey PRIMARY KEY,
     stocktake_id uuid NOT NULL CONSTRAINT stocktake_difference_stocktake_id_fkey REFERENCES stocktake (id),
     kind text NOT NULL CONSTRAINT stocktake_difference_kind CHECK (kind IN ('surplus', 'shortage', 'missing', 'misplaced',
       'found', 'counted-twice', 'not-in-stock', 'unknown', 'uncounted')),
     ${thing('stocktake_difference')},
     unknown_code text,
     part_id uuid CONSTRAINT stocktake_difference_part_id_fkey REFERENCES part (id),
     -- Where the register has it, and where it was seen.
     location_id uuid CONSTRAINT stocktake_difference_location_id_fkey REFERENCES location (id),
     seen_location_id uuid CONSTRAINT stocktake_difference_seen_location_id_fkey REFERENCES location (id),
     register_state text,
     expected integer,
     counted integer,
     -- The last movement of a unit that was known when it was judged.
     movement_id bigint,
     counted_by uuid CONSTRAINT stocktake_difference_counted_by_fkey REFERENCES principal (id),
     ${person('stocktake_difference', 'confirmed_by')},
     needs_second boolean NOT NULL,
     proposal text NOT NULL,
     action text CONSTRAINT stocktake_difference_action
       CHECK (action IN ('adjust', 'mark-lost', 'move-here', 'look-into', 'leave')),
     reason text CONSTRAINT stocktake_difference_reason CHECK (reason IN ('theft', 'damage', 'unrecorded-movement',
       'wrong-place', 'wrong-label', 'earlier-miscount', 'unexplained')),
     ${words('stocktake_difference', 'note', 300, 'NULL')},
     ${person('stocktake_difference', 'decided_by')},
     outcome text CONSTRAINT stocktake_difference_outcome CHECK (outcome IN ('adjusted', 'left', 'overtaken')),
     CONSTRAINT stocktake_difference_one_thing CHECK (num_nonnulls(unit_id, stock_id, unknown_code) = 1),
     CONSTRAINT stocktake_difference_decided_why CHECK ((action IS NULL) = (reason IS NULL)),
     -- Above the tolerance two people have counted alike, or nothing changes.
     CONSTRAINT stocktake_difference_four_eyes CHECK (outcome IS DISTINCT FROM 'adjusted' OR NOT needs_second
       OR coalesce(confirmed_by <> counted_by, false)),
     CONSTRAINT stocktake_difference_unique UNIQUE NULLS NOT DISTINCT (stocktake_id, unit_id, stock_id, unknown_code)
   )`,
  'CREATE INDEX stocktake_difference_by_kind ON stocktake_difference (stocktake_id, kind, id)',
  // What an ended stocktake says stays; while it is open, each count finds its differences anew.
  `CREATE FUNCTION stocktake_difference_check() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM stocktake WHERE id IN (OLD.stocktake_id, NEW.stocktake_id) AND NOT is_open;
     IF FOUND THEN
       RAISE EXCEPTION 'the stocktake has ended: its differences stay'
         USING ERRCODE = '23514', CONSTRAINT = 'stocktake_difference_stays';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER stocktake_difference_check AFTER INSERT OR UPDATE OR DELETE ON stocktake_difference
     FOR EACH ROW EXECUTE FUNCTION stocktake_difference_check()`,
  always('stocktake_difference', 'stocktake_difference_check'),
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON stocktake_difference
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  always('stocktake_difference', 'never_truncated'),
];

// Who counts blindly must not read the register beside it.
const ROLES = [
  'ALTER TABLE principal DROP CONSTRAINT principal_roles',
  `ALTER TABLE principal ADD CONSTRAINT principal_roles
     CHECK (roles <@ ARRAY['viewer', 'asset-manager', 'operator', 'auditor', 'admin', 'counter'])`,
];
