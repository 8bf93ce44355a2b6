import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Links by which a customer sees how an incident stands: stored as digests, ending by themselves, and counted without anything
 * of the reader. And the updates that were written for them, a ledger.
 */
export class CustomerLinks1763769691600 implements MigrationInterface {
  readonly name = 'CustomerLinks1763769691600';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const STATEMENTS = [
  `CREATE TABLE customer_link (
     id uuid CONSTRAINT customer_link_pkey PRIMARY KEY,
     incident_id uuid NOT NULL CONSTRAINT customer_link_incident_fkey REFERENCES incident (id),
     hash bytea NOT NULL CONSTRAINT customer_link_hash_key UNIQUE
       CONSTRAINT customer_link_hash_length CHECK (octet_length(hash) = 32),
     label text NOT NULL CONSTRAINT customer_link_label CHECK (length(label) BETWEEN 1 AND 120),
     created_by uuid NOT NULL CONSTRAINT customer_link_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     expires_at timestamptz NOT NULL,
     revoked_at timestamptz,
     reads bigint NOT NULL DEFAULT 0 CONSTRAINT customer_link_reads CHECK (reads >= 0),
     last_read_at timestamptz,
     CONSTRAINT customer_link_expires CHECK (expires_at > created_at AND expires_at <= created_at + interval '91 days')
   )`,
  'CREATE INDEX customer_link_by_incident ON customer_link (incident_id, id)',
  `CREATE FUNCTION customer_link_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.incident_id, NEW.hash, NEW.label, NEW.created_by, NEW.created_at, NEW.expires_at)
          = (OLD.id, OLD.incident_id, OLD.hash, OLD.label, OLD.created_by, OLD.created_at, OLD.expires_at)
        AND (OLD.revoked_at IS NULL OR NEW.revoked_at = OLD.revoked_at) AND NEW.reads >= OLD.reads THEN
       RETURN NEW;
     END IF;
     RAISE EXCEPTION 'a link to a customer is revoked, never changed, revived or deleted'
       USING ERRCODE = '23514', CONSTRAINT = 'customer_link_stays';
   END $$`,
  `CREATE TRIGGER customer_link_stays BEFORE UPDATE OR DELETE ON customer_link
     FOR EACH ROW EXECUTE FUNCTION customer_link_stays()`,
  always('customer_link', 'customer_link_stays'),
  `CREATE TABLE customer_update (
     id uuid CONSTRAINT customer_update_pkey PRIMARY KEY,
     incident_id uuid NOT NULL CONSTRAINT customer_update_incident_fkey REFERENCES incident (id),
     text text NOT NULL CONSTRAINT customer_update_text CHECK (length(text) BETWEEN 1 AND 2000),
     by_id uuid NOT NULL CONSTRAINT customer_update_by_id_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  'CREATE INDEX customer_update_by_incident ON customer_update (incident_id, id)',
  `SELECT make_ledger('customer_update')`,
];
