import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reviews after incidents: one for each, drafted once it is resolved. Whoever approves it freezes what it says; that of an
 * emergency is approved by another person than those who wrote it.
 */
export class IncidentReviews1763769691800 implements MigrationInterface {
  readonly name = 'IncidentReviews1763769691800';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const words = (column: string) =>
  `${column} text NOT NULL CONSTRAINT incident_review_${column} CHECK (length(${column}) <= 10000)`;

const STATEMENTS = [
  `CREATE TABLE incident_review (
     id uuid CONSTRAINT incident_review_pkey PRIMARY KEY,
     incident_id uuid NOT NULL CONSTRAINT incident_review_incident_fkey REFERENCES incident (id)
       CONSTRAINT incident_review_one UNIQUE,
     state text NOT NULL DEFAULT 'draft' CONSTRAINT incident_review_state CHECK (state IN ('draft', 'final')),
     ${['cause', 'factors', 'went_well', 'went_badly'].map(words).join(', ')},
     timeline jsonb NOT NULL CONSTRAINT incident_review_timeline CHECK (jsonb_typeof(timeline) = 'array'),
     author_id uuid NOT NULL CONSTRAINT incident_review_author_fkey REFERENCES principal (id),
     -- What was approved, byte for byte, with its SHA-256 digest.
     content text CONSTRAINT incident_review_content CHECK (octet_length(content) <= 1048576),
     content_sha256 text,
     approved_by uuid CONSTRAINT incident_review_approved_by_fkey REFERENCES principal (id),
     approved_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     version integer NOT NULL DEFAULT 1 CONSTRAINT incident_review_version CHECK (version >= 1),
     CONSTRAINT incident_review_approved CHECK (
       (state = 'final') = (approved_by IS NOT NULL) AND (state = 'final') = (approved_at IS NOT NULL)
         AND (state = 'final') = (content IS NOT NULL) AND (state = 'final') = (content_sha256 IS NOT NULL)
     ),
     CONSTRAINT incident_review_whole CHECK (state = 'draft' OR (cause <> '' AND went_well <> '' AND went_badly <> '')),
     CONSTRAINT incident_review_digest CHECK (content_sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex'))
   )`,
  'CREATE INDEX incident_review_by_state ON incident_review (state, id)',
  // Everybody who has written something of it.
  `CREATE TABLE incident_review_writer (
     review_id uuid NOT NULL CONSTRAINT incident_review_writer_review_fkey REFERENCES incident_review (id),
     writer_id uuid NOT NULL CONSTRAINT incident_review_writer_writer_fkey REFERENCES principal (id),
     CONSTRAINT incident_review_writer_pkey PRIMARY KEY (review_id, writer_id)
   )`,
  `SELECT make_ledger('incident_review_writer')`,
  `CREATE FUNCTION incident_review_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM incident WHERE id = NEW.incident_id AND stage IN ('feedback', 'closed');
     IF NOT FOUND OR NEW.state <> 'draft' THEN
       RAISE EXCEPTION 'the review of an incident is drafted once it is resolved'
         USING ERRCODE = '23514', CONSTRAINT = 'incident_review_of_resolved';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_review_begins BEFORE INSERT ON incident_review
     FOR EACH ROW EXECUTE FUNCTION incident_review_begins()`,
  always('incident_review', 'incident_review_begins'),
  `CREATE FUNCTION incident_review_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'DELETE' OR OLD.state = 'final' OR NEW.version <> OLD.version + 1
        OR (NEW.id, NEW.incident_id, NEW.author_id, NEW.created_at) <> (OLD.id, OLD.incident_id, OLD.author_id, OLD.created_at)
     THEN
       RAISE EXCEPTION 'the review of an incident is never deleted, and once it is approved it stays as it is'
         USING ERRCODE = '23514', CONSTRAINT = 'incident_review_stays';
     END IF;
     IF NEW.state = 'final' AND NOT EXISTS (SELECT FROM principal WHERE id = NEW.approved_by AND kind = 'person') THEN
       RAISE EXCEPTION 'a person approves the review of an incident'
         USING ERRCODE = '23514', CONSTRAINT = 'incident_review_by_person';
     END IF;
     IF NEW.state = 'final' AND (SELECT severity FROM incident WHERE id = NEW.incident_id) = 'emergency'
        AND (NEW.approved_by = NEW.author_id OR EXISTS (
          SELECT FROM incident_review_writer WHERE review_id = NEW.id AND writer_id = NEW.approved_by)) THEN
       RAISE EXCEPTION 'the review of an emergency is approved by another person than those who wrote it'
         USING ERRCODE = '23514', CONSTRAINT = 'incident_review_by_another';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_review_stays BEFORE UPDATE OR DELETE ON incident_review
     FOR EACH ROW EXECUTE FUNCTION incident_review_stays()`,
  always('incident_review', 'incident_review_stays'),
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON incident_review FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  always('incident_review', 'never_truncated'),
  `ALTER TABLE improvement_action
     ADD incident_review_id uuid GENERATED ALWAYS AS (CASE WHEN source_kind = 'incident-review' THEN source_id END) STORED
       CONSTRAINT improvement_action_incident_review_fkey REFERENCES incident_review (id)`,
];
