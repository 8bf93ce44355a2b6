import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Why SLA clocks were breached, as people state it: a ledger, in which the last entry of a clock holds. And the index by which
 * the clocks of a period are read for attainment.
 */
export class Attainment1763769691000 implements MigrationInterface {
  readonly name = 'Attainment1763769691000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const CAUSES = `('no-spare', 'no-licence', 'no-sound-backup', 'nobody-available', 'skill-missing', 'supplier', 'customer',
  'site-access', 'late-notice', 'diagnosis', 'plan-failed', 'workload', 'late-entry', 'other')`;

const STATEMENTS = [
  'CREATE INDEX sla_clock_by_start ON sla_clock (started_at, id)',
  `CREATE TABLE sla_breach_cause (
     clock_id uuid NOT NULL CONSTRAINT sla_breach_cause_clock_fkey REFERENCES sla_clock (id),
     seq integer NOT NULL CONSTRAINT sla_breach_cause_seq CHECK (seq BETWEEN 1 AND 100),
     cause text NOT NULL CONSTRAINT sla_breach_cause_cause CHECK (cause IN ${CAUSES}),
     note text NOT NULL CONSTRAINT sla_breach_cause_note CHECK (length(note) <= 2000),
     by_id uuid NOT NULL CONSTRAINT sla_breach_cause_by_id_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT sla_breach_cause_pkey PRIMARY KEY (clock_id, seq),
     CONSTRAINT sla_breach_cause_other_explained CHECK (cause <> 'other' OR note <> '')
   )`,
  `CREATE FUNCTION sla_breach_cause_of_breach() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM sla_clock_mark WHERE clock_id = NEW.clock_id AND percent = 100) THEN
       RAISE EXCEPTION 'clock % was not breached', NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_breach_cause_of_breach';
     END IF;
     IF NOT EXISTS (SELECT FROM principal WHERE id = NEW.by_id AND kind = 'person') THEN
       RAISE EXCEPTION 'a person states why clock % was breached', NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_breach_cause_by_person';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_breach_cause_of_breach BEFORE INSERT ON sla_breach_cause
     FOR EACH ROW EXECUTE FUNCTION sla_breach_cause_of_breach()`,
  'ALTER TABLE sla_breach_cause ENABLE ALWAYS TRIGGER sla_breach_cause_of_breach',
  `SELECT make_ledger('sla_breach_cause')`,
];
