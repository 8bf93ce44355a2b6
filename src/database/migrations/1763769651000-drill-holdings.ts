import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What drills hold: a row for each line of a hold, and for each thing that was short. Runs that hold without restoring, the
 * verdict for a hold that an emergency took, and actions about what was not there.
 */
export class DrillHoldings1763769651000 implements MigrationInterface {
  readonly name = 'DrillHoldings1763769651000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE drill_run ADD COLUMN mode text NOT NULL DEFAULT 'full'
     CONSTRAINT drill_run_mode CHECK (mode IN ('full', 'availability'))`,
  `ALTER TABLE drill_run ADD COLUMN lost text[] NOT NULL DEFAULT '{}'`,
  'ALTER TABLE drill_run DROP CONSTRAINT drill_run_availability',
  `ALTER TABLE drill_run ADD CONSTRAINT drill_run_availability
     CHECK (availability IN ('not assessed', 'passed', 'failed', 'preempted'))`,
  `ALTER TABLE drill_run ADD CONSTRAINT drill_run_availability_only_proves_nothing
     CHECK (mode = 'full' OR (procedure = 'not assessed' AND technical_rta_seconds IS NULL))`,
  'ALTER TABLE drill_action DROP CONSTRAINT drill_action_subject',
  `ALTER TABLE drill_action ADD CONSTRAINT drill_action_subject
     CHECK (subject IN ('run', 'availability', 'respond', 'plan', 'recover', 'rpo', 'cleanup'))`,
  // A count that finds what was expected leaves no movement.
  'ALTER TABLE stock ADD COLUMN last_seen_at timestamptz',
  `CREATE TABLE drill_holding (
     run_id uuid NOT NULL CONSTRAINT drill_holding_run REFERENCES drill_run (id),
     position integer NOT NULL CONSTRAINT drill_holding_position CHECK (position >= 0),
     kind text NOT NULL CONSTRAINT drill_holding_kind CHECK (kind IN ('unit', 'stock', 'seat')),
     wanted text NOT NULL CONSTRAINT drill_holding_wanted CHECK (length(wanted) BETWEEN 1 AND 400),
     quantity integer NOT NULL CONSTRAINT drill_holding_quantity CHECK (quantity >= 1),
     state text NOT NULL CONSTRAINT drill_holding_state
       CHECK (state IN ('held', 'short', 'not held', 'released', 'preempted', 'expired')),
     thing text CONSTRAINT drill_holding_thing CHECK (length(thing) >= 1),
     place text,
     from_reserve boolean NOT NULL DEFAULT false,
     allocation_id uuid CONSTRAINT drill_holding_allocation REFERENCES allocation (id),
     line_id uuid CONSTRAINT drill_holding_line REFERENCES allocation_line (id),
     unit_id uuid CONSTRAINT drill_holding_unit REFERENCES unit (id),
     seen_at timestamptz,
     sighted_at timestamptz,
     sighted_by text,
     note text,
     held_at timestamptz,
     ended_at timestamptz,
     CONSTRAINT drill_holding_pkey PRIMARY KEY (run_id, position),
     CONSTRAINT drill_holding_held CHECK ((line_id IS NOT NULL) = (state NOT IN ('short', 'not held'))),
     CONSTRAINT drill_holding_of_allocation CHECK ((line_id IS NULL) = (allocation_id IS NULL)),
     CONSTRAINT drill_holding_ended CHECK ((state IN ('released', 'preempted', 'expired')) = (ended_at IS NOT NULL)),
     CONSTRAINT drill_holding_sighted CHECK ((sighted_at IS NULL) = (sighted_by IS NULL))
   )`,
  'CREATE INDEX drill_holding_by_unit ON drill_holding (unit_id) WHERE unit_id IS NOT NULL',
  'CREATE INDEX drill_holding_by_line ON drill_holding (line_id) WHERE line_id IS NOT NULL',
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON drill_holding
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  'ALTER TABLE drill_holding ENABLE ALWAYS TRIGGER never_truncated',
];
