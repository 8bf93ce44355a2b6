import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What keeps the stock fit: repairs at a vendor's, tests of spares, and what was asked for to fill it up again. */
export class InventoryUpkeep1763769622600 implements MigrationInterface {
  readonly name = 'InventoryUpkeep1763769622600';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...UPKEEP]) await runner.query(statement);
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
