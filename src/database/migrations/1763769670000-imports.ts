import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Files of rows that were brought in: what each line says, what it would do and what it did. An import that was applied
 * stays as it is.
 */
export class Imports1763769670000 implements MigrationInterface {
  readonly name = 'Imports1763769670000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE import (
     id uuid CONSTRAINT import_pkey PRIMARY KEY,
     kind text NOT NULL CONSTRAINT import_kind CHECK (kind ~ '^[a-z][a-z-]{0,39}$'),
     file_name text NOT NULL CONSTRAINT import_file_name CHECK (length(file_name) BETWEEN 1 AND 255),
     sha256 text CONSTRAINT import_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
     size_bytes bigint NOT NULL DEFAULT 0 CONSTRAINT import_size CHECK (size_bytes >= 0),
     encoding text NOT NULL CONSTRAINT import_encoding CHECK (encoding IN ('utf-8', 'gb18030')),
     delimiter text NOT NULL CONSTRAINT import_delimiter CHECK (delimiter IN (',', ';', E'\\t')),
     decimal_mark text NOT NULL CONSTRAINT import_decimal_mark CHECK (decimal_mark IN ('.', ',')),
     columns jsonb NOT NULL CONSTRAINT import_columns CHECK (jsonb_typeof(columns) = 'array'),
     mapping_name text CONSTRAINT import_mapping_name CHECK (length(mapping_name) BETWEEN 1 AND 80),
     state text NOT NULL DEFAULT 'read' CONSTRAINT import_state CHECK (state IN ('read', 'checked', 'applied', 'failed')),
     failure text CONSTRAINT import_failure CHECK (length(failure) BETWEEN 1 AND 2000),
     lines integer NOT NULL DEFAULT 0 CONSTRAINT import_lines CHECK (lines >= 0),
     creates integer NOT NULL DEFAULT 0 CONSTRAINT import_creates CHECK (creates >= 0),
     updates integer NOT NULL DEFAULT 0 CONSTRAINT import_updates CHECK (updates >= 0),
     unchanged integer NOT NULL DEFAULT 0 CONSTRAINT import_unchanged CHECK (unchanged >= 0),
     errors integer NOT NULL DEFAULT 0 CONSTRAINT import_errors CHECK (errors >= 0),
     created_by uuid CONSTRAINT import_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     checked_at timestamptz,
     applied_by uuid CONSTRAINT import_applied_by_fkey REFERENCES principal (id),
     applied_at timestamptz,
     CONSTRAINT import_failed_why CHECK (state <> 'failed' OR failure IS NOT NULL),
     CONSTRAINT import_applied_when CHECK ((state = 'applied') = (applied_at IS NOT NULL)),
     CONSTRAINT import_applied_whole CHECK (state <> 'applied' OR (errors = 0 AND sha256 IS NOT NULL))
   )`,
  'CREATE INDEX import_by_kind ON import (kind, id)',
  `CREATE TABLE import_line (
     import_id uuid NOT NULL CONSTRAINT import_line_import_id_fkey REFERENCES import (id) ON DELETE CASCADE,
     line integer NOT NULL CONSTRAINT import_line_number CHECK (line >= 1),
     -- What the fields of the kind say, in their order: null where a cell says nothing, empty where it takes away.
     cells text[] NOT NULL,
     read_problems jsonb,
     -- As most lines of a first import are; it counts once the import is checked.
     outcome text NOT NULL DEFAULT 'create'
       CONSTRAINT import_line_outcome CHECK (outcome IN ('create', 'update', 'unchanged', 'error')),
     problems jsonb,
     changes jsonb,
     subject_id uuid,
     CONSTRAINT import_line_pkey PRIMARY KEY (import_id, line),
     CONSTRAINT import_line_error_says_why CHECK (outcome <> 'error' OR problems IS NOT NULL)
   )`,
  `CREATE TABLE import_progress (
     import_id uuid CONSTRAINT import_progress_pkey PRIMARY KEY
       CONSTRAINT import_progress_import_id_fkey REFERENCES import (id) ON DELETE CASCADE,
     step text NOT NULL CONSTRAINT import_progress_step CHECK (step IN ('reading', 'checking', 'applying')),
     done integer NOT NULL CONSTRAINT import_progress_done CHECK (done >= 0),
     total integer CONSTRAINT import_progress_total CHECK (total >= 0),
     updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  `CREATE TABLE import_mapping (
     id uuid CONSTRAINT import_mapping_pkey PRIMARY KEY,
     kind text NOT NULL CONSTRAINT import_mapping_kind CHECK (kind ~ '^[a-z][a-z-]{0,39}$'),
     name text NOT NULL CONSTRAINT import_mapping_name_length CHECK (length(name) BETWEEN 1 AND 80),
     headers jsonb NOT NULL CONSTRAINT import_mapping_headers CHECK (jsonb_typeof(headers) = 'object'),
     version integer NOT NULL DEFAULT 1 CONSTRAINT import_mapping_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  'CREATE UNIQUE INDEX import_mapping_unique ON import_mapping (kind, lower(name))',
  `CREATE FUNCTION import_applied_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     RAISE EXCEPTION 'import %: it was applied, and stays as a record', OLD.id
       USING ERRCODE = '23514', CONSTRAINT = 'import_applied_stays';
   END $$`,
  `CREATE TRIGGER import_applied_stays BEFORE UPDATE OR DELETE ON import
     FOR EACH ROW WHEN (OLD.state = 'applied') EXECUTE FUNCTION import_applied_stays()`,
  'ALTER TABLE import ENABLE ALWAYS TRIGGER import_applied_stays',
  // Version 7 of RFC 9562, as the service makes them: ids that are made later sort later.
  `CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
   RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
     PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
     52, 1), 53, 1), 'hex')::uuid`,
];
