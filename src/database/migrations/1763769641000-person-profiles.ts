import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is known of a person besides the principal: ways of contact, functions, skills in the fields of a catalogue, and when
 * they leave. A field is retired, never deleted, because what was recorded names it; nobody gains a skill in a retired one.
 */
export class PersonProfiles1763769641000 implements MigrationInterface {
  readonly name = 'PersonProfiles1763769641000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE person ADD leaves_at timestamptz`,
  `CREATE TABLE skill_field (
     id uuid CONSTRAINT skill_field_pkey PRIMARY KEY,
     name text NOT NULL CONSTRAINT skill_field_name CHECK (length(name) BETWEEN 1 AND 100),
     note text NOT NULL DEFAULT '' CONSTRAINT skill_field_note CHECK (length(note) <= 500),
     retired_at timestamptz,
     retired_reason text CONSTRAINT skill_field_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 1 CONSTRAINT skill_field_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT skill_field_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL))
   )`,
  'CREATE UNIQUE INDEX skill_field_name_unique ON skill_field (lower(name))',
  `CREATE TRIGGER skill_field_never_deleted BEFORE DELETE ON skill_field
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER skill_field_retired_is_final BEFORE UPDATE ON skill_field
     FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  `CREATE TABLE person_contact (
     person_id uuid NOT NULL CONSTRAINT person_contact_person_id_fkey REFERENCES person (id),
     seq integer NOT NULL CONSTRAINT person_contact_seq CHECK (seq BETWEEN 1 AND 20),
     kind text NOT NULL CONSTRAINT person_contact_kind CHECK (kind IN ('phone', 'mobile', 'email', 'chat', 'other')),
     value text NOT NULL CONSTRAINT person_contact_value CHECK (length(value) BETWEEN 1 AND 254),
     note text NOT NULL DEFAULT '' CONSTRAINT person_contact_note CHECK (length(note) <= 200),
     CONSTRAINT person_contact_pkey PRIMARY KEY (person_id, seq),
     CONSTRAINT person_contact_unique UNIQUE (person_id, kind, value)
   )`,
  `CREATE TABLE person_function (
     person_id uuid NOT NULL CONSTRAINT person_function_person_id_fkey REFERENCES person (id),
     function text NOT NULL CONSTRAINT person_function_function
       CHECK (function IN ('technical expert', 'service desk', 'project manager', 'supervisor')),
     CONSTRAINT person_function_pkey PRIMARY KEY (person_id, function)
   )`,
  'CREATE INDEX person_function_reverse ON person_function (function, person_id)',
  `CREATE TABLE person_skill (
     person_id uuid NOT NULL CONSTRAINT person_skill_person_id_fkey REFERENCES person (id),
     field_id uuid NOT NULL CONSTRAINT person_skill_field_id_fkey REFERENCES skill_field (id),
     level text NOT NULL CONSTRAINT person_skill_level CHECK (level IN ('basic', 'skilled', 'expert')),
     since timestamptz NOT NULL,
     valid_until timestamptz,
     note text NOT NULL DEFAULT '' CONSTRAINT person_skill_note CHECK (length(note) <= 500),
     CONSTRAINT person_skill_pkey PRIMARY KEY (person_id, field_id),
     CONSTRAINT person_skill_span CHECK (valid_until > since)
   )`,
  'CREATE INDEX person_skill_by_field ON person_skill (field_id, person_id)',
  // Whoever retires the field meanwhile waits, or is seen here.
  `CREATE FUNCTION person_skill_field_in_use() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM skill_field WHERE id = NEW.field_id AND retired_at IS NULL FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'skill field % is not there, or retired', NEW.field_id
         USING ERRCODE = '23514', CONSTRAINT = 'person_skill_field_in_use';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER person_skill_field_in_use BEFORE INSERT ON person_skill
     FOR EACH ROW EXECUTE FUNCTION person_skill_field_in_use()`,
];
