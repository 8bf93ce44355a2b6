import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is to be put right and was not found by a drill: an owner, a date, and how it ended. It is never deleted, and once it has
 * ended nothing of it changes. Lists show it together with the actions of drills, by their due times.
 */
export class ImprovementActions1763769691200 implements MigrationInterface {
  readonly name = 'ImprovementActions1763769691200';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const TABLE = 'improvement_action';

const words = (column: string, max: number, min: 0 | 1) =>
  `${column} text NOT NULL CONSTRAINT ${TABLE}_${column} CHECK (length(${column}) BETWEEN ${min} AND ${max})`;

const STATEMENTS = [
  `CREATE TABLE ${TABLE} (
     id uuid CONSTRAINT ${TABLE}_pkey PRIMARY KEY,
     source_kind text NOT NULL CONSTRAINT ${TABLE}_source_kind
       CHECK (source_kind IN ('incident-review', 'process-review', 'other')),
     -- What has found it; nothing for what somebody entered by itself.
     source_id uuid,
     ${words('title', 300, 1)},
     ${words('note', 4000, 0)},
     owner_id uuid NOT NULL CONSTRAINT ${TABLE}_owner_id_fkey REFERENCES principal (id),
     due_at timestamptz NOT NULL,
     state text NOT NULL DEFAULT 'open' CONSTRAINT ${TABLE}_state CHECK (state IN ('open', 'done', 'dropped')),
     -- The proof of what was done, or why it was dropped.
     outcome text CONSTRAINT ${TABLE}_outcome CHECK (length(outcome) BETWEEN 1 AND 4000),
     ended_by uuid CONSTRAINT ${TABLE}_ended_by_fkey REFERENCES principal (id),
     ended_at timestamptz,
     opened_by uuid NOT NULL CONSTRAINT ${TABLE}_opened_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     version integer NOT NULL DEFAULT 1 CONSTRAINT ${TABLE}_version CHECK (version >= 1),
     CONSTRAINT ${TABLE}_has_source CHECK ((source_kind = 'other') = (source_id IS NULL)),
     CONSTRAINT ${TABLE}_ended CHECK (
       (state = 'open') = (ended_at IS NULL) AND (state = 'open') = (outcome IS NULL) AND (state = 'open') = (ended_by IS NULL)
     )
   )`,
  `CREATE INDEX ${TABLE}_by_due ON ${TABLE} (due_at, id)`,
  `CREATE INDEX ${TABLE}_by_state ON ${TABLE} (state, due_at, id)`,
  `CREATE INDEX ${TABLE}_by_owner ON ${TABLE} (owner_id, due_at, id)`,
  `CREATE INDEX ${TABLE}_by_source ON ${TABLE} (source_id, due_at, id) WHERE source_id IS NOT NULL`,
  'CREATE INDEX drill_action_by_due ON drill_action (due_at, id)',
  'CREATE INDEX drill_action_open_by_due ON drill_action (due_at, id) WHERE closed_at IS NULL',
  'CREATE INDEX drill_action_by_owner ON drill_action (owner_id, due_at, id)',
  `CREATE FUNCTION improvement_action_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'UPDATE' AND OLD.state = 'open' AND NEW.version = OLD.version + 1
        AND (NEW.id, NEW.source_kind, NEW.source_id, NEW.opened_by, NEW.created_at)
          IS NOT DISTINCT FROM (OLD.id, OLD.source_kind, OLD.source_id, OLD.opened_by, OLD.created_at) THEN
       RETURN NEW;
     END IF;
     RAISE EXCEPTION 'an action is never deleted, and once it has ended it stays as it is'
       USING ERRCODE = '23514', CONSTRAINT = 'improvement_action_stays';
   END $$`,
  `CREATE TRIGGER improvement_action_stays BEFORE UPDATE OR DELETE ON ${TABLE}
     FOR EACH ROW EXECUTE FUNCTION improvement_action_stays()`,
  `ALTER TABLE ${TABLE} ENABLE ALWAYS TRIGGER improvement_action_stays`,
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ${TABLE} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  `ALTER TABLE ${TABLE} ENABLE ALWAYS TRIGGER never_truncated`,
];
