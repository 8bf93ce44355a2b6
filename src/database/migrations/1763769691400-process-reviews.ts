import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reviews of the process: planned for a period; when one is due the attainment of its period is attached and never changes
 * again; and once it was held, or was cancelled, nothing of it changes.
 */
export class ProcessReviews1763769691400 implements MigrationInterface {
  readonly name = 'ProcessReviews1763769691400';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const principal = (column: string) =>
  `${column} uuid CONSTRAINT process_review_${column}_fkey REFERENCES principal (id)`;

const words = (column: string, max: number) =>
  `${column} text CONSTRAINT process_review_${column} CHECK (length(${column}) BETWEEN 1 AND ${max})`;

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const STATEMENTS = [
  `CREATE TABLE process_review (
     id uuid CONSTRAINT process_review_pkey PRIMARY KEY,
     ${words('title', 200)} NOT NULL,
     period_from date NOT NULL,
     -- Not included.
     period_until date NOT NULL,
     zone text NOT NULL CONSTRAINT process_review_zone CHECK (length(zone) BETWEEN 1 AND 60),
     is_scheduled boolean NOT NULL,
     due_at timestamptz NOT NULL,
     ${principal('owner_id')},
     ${principal('planned_by')},
     state text NOT NULL DEFAULT 'planned'
       CONSTRAINT process_review_state CHECK (state IN ('planned', 'due', 'held', 'cancelled')),
     -- As it was read when the review was due, with the SHA-256 digest of its bytes.
     attainment text CONSTRAINT process_review_attainment CHECK (octet_length(attainment) <= 8388608),
     attainment_sha256 text,
     attainment_at timestamptz,
     ${words('findings', 20_000)},
     ${words('decisions', 20_000)},
     ${words('cancel_reason', 500)},
     ${principal('ended_by')},
     ended_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     version integer NOT NULL DEFAULT 1 CONSTRAINT process_review_version CHECK (version >= 1),
     CONSTRAINT process_review_period CHECK (period_from < period_until),
     CONSTRAINT process_review_planned_by_somebody CHECK (is_scheduled OR planned_by IS NOT NULL),
     CONSTRAINT process_review_attainment_whole CHECK (
       (attainment IS NULL) = (attainment_sha256 IS NULL) AND (attainment IS NULL) = (attainment_at IS NULL)
     ),
     CONSTRAINT process_review_attainment_digest CHECK (
       attainment_sha256 = encode(sha256(convert_to(attainment, 'UTF8')), 'hex')
     ),
     CONSTRAINT process_review_due_with_attainment CHECK (
       CASE state WHEN 'planned' THEN attainment IS NULL WHEN 'cancelled' THEN true ELSE attainment IS NOT NULL END
     ),
     CONSTRAINT process_review_held_with_findings CHECK (
       (state = 'held') = (findings IS NOT NULL) AND (state = 'held') = (decisions IS NOT NULL)
     ),
     CONSTRAINT process_review_cancelled_with_reason CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL)),
     CONSTRAINT process_review_ended CHECK (
       (state IN ('held', 'cancelled')) = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (ended_by IS NULL)
     )
   )`,
  'CREATE INDEX process_review_by_state ON process_review (state, id)',
  `CREATE INDEX process_review_open_by_due ON process_review (due_at, id) WHERE state IN ('planned', 'due')`,
  // The schedule plans a period once, whatever becomes of the review.
  'CREATE UNIQUE INDEX process_review_scheduled_once ON process_review (period_from) WHERE is_scheduled',
  `CREATE FUNCTION process_review_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'UPDATE' AND OLD.state IN ('planned', 'due') AND NEW.version = OLD.version + 1
        AND (OLD.state, NEW.state) IN (('planned', 'planned'), ('planned', 'due'), ('planned', 'cancelled'),
          ('due', 'due'), ('due', 'held'), ('due', 'cancelled'))
        AND (NEW.id, NEW.period_from, NEW.period_until, NEW.zone, NEW.is_scheduled, NEW.planned_by, NEW.created_at)
          IS NOT DISTINCT FROM
            (OLD.id, OLD.period_from, OLD.period_until, OLD.zone, OLD.is_scheduled, OLD.planned_by, OLD.created_at)
        AND (OLD.attainment IS NULL OR (NEW.attainment, NEW.attainment_at) IS NOT DISTINCT FROM
          (OLD.attainment, OLD.attainment_at)) THEN
       RETURN NEW;
     END IF;
     RAISE EXCEPTION 'a review of the process, its attainment and what was decided stay as they are'
       USING ERRCODE = '23514', CONSTRAINT = 'process_review_stays';
   END $$`,
  `CREATE TRIGGER process_review_stays BEFORE UPDATE OR DELETE ON process_review
     FOR EACH ROW EXECUTE FUNCTION process_review_stays()`,
  always('process_review', 'process_review_stays'),
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON process_review FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  always('process_review', 'never_truncated'),
  `CREATE TABLE process_review_participant (
     review_id uuid NOT NULL CONSTRAINT process_review_participant_review_fkey REFERENCES process_review (id),
     person_id uuid NOT NULL CONSTRAINT process_review_participant_person_fkey REFERENCES principal (id),
     CONSTRAINT process_review_participant_pkey PRIMARY KEY (review_id, person_id)
   )`,
  // They are written while it is due, in the transaction that says that it was held.
  `CREATE FUNCTION process_review_participates() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM process_review WHERE id = NEW.review_id AND state = 'due' FOR SHARE;
     IF NOT FOUND OR NOT EXISTS (SELECT FROM principal WHERE id = NEW.person_id AND kind = 'person') THEN
       RAISE EXCEPTION 'persons take part in a review that is due'
         USING ERRCODE = '23514', CONSTRAINT = 'process_review_participant_when_due';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER process_review_participates BEFORE INSERT ON process_review_participant
     FOR EACH ROW EXECUTE FUNCTION process_review_participates()`,
  always('process_review_participant', 'process_review_participates'),
  `SELECT make_ledger('process_review_participant')`,
  `ALTER TABLE improvement_action
     ADD process_review_id uuid GENERATED ALWAYS AS (CASE WHEN source_kind = 'process-review' THEN source_id END) STORED
       CONSTRAINT improvement_action_process_review_fkey REFERENCES process_review (id)`,
];
