import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Installations of licensed products as discovery tools report them: what is in use, whether or not a seat was handed out. */
export class Installations1763769682300 implements MigrationInterface {
  readonly name = 'Installations1763769682300';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const words = (column: string, maxLength: number) =>
  `${column} text NOT NULL CONSTRAINT installation_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const STATEMENTS = [
  `CREATE TABLE installation (
     id uuid CONSTRAINT installation_pkey PRIMARY KEY,
     product_id uuid NOT NULL CONSTRAINT installation_product_id_fkey REFERENCES licence_product (id),
     -- Who reports it, and by which key; a report of the same key is of the same installation.
     ${words('source', 80)},
     ${words('source_key', 200)},
     ${words('host', 160)},
     quantity integer NOT NULL DEFAULT 1 CONSTRAINT installation_quantity CHECK (quantity BETWEEN 1 AND 10000000),
     discovered_at timestamptz NOT NULL,
     last_seen_at timestamptz NOT NULL,
     removed_at timestamptz,
     version integer NOT NULL DEFAULT 1 CONSTRAINT installation_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT installation_seen_since CHECK (last_seen_at >= discovered_at),
     CONSTRAINT installation_removed_since CHECK (removed_at >= discovered_at),
     CONSTRAINT installation_not_in_future CHECK (greatest(last_seen_at, removed_at) <= updated_at + interval '5 minutes')
   )`,
  'CREATE UNIQUE INDEX installation_source_unique ON installation (lower(source), lower(source_key))',
  'CREATE INDEX installation_by_product ON installation (product_id, id)',
  'CREATE INDEX installation_by_source ON installation (lower(source), id)',
  'CREATE INDEX installation_by_host ON installation (lower(host), id)',
  `CREATE TRIGGER installation_never_deleted BEFORE DELETE ON installation
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  'ALTER TABLE installation ENABLE ALWAYS TRIGGER installation_never_deleted',
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON installation
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  'ALTER TABLE installation ENABLE ALWAYS TRIGGER never_truncated',
];
