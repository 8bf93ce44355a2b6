import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit trail and its seals, both ledgers.
 *
 * A trigger stamps every entry with the time and the transaction that wrote it, so that no writer can choose them: the
 * sealer's proof that it skips nothing rests on `xact_id` being the truth. The seals are numbered without gaps, and the
 * database holds that too: each names its predecessor, which must exist.
 */
export class Audit1763769602000 implements MigrationInterface {
  readonly name = 'Audit1763769602000';

  async up(runner: QueryRunner): Promise<void> {
    await createEntries(runner);
    await createSeals(runner);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

async function createEntries(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE audit_entry (
      id bigint GENERATED ALWAYS AS IDENTITY,
      occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      xact_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
      actor_id uuid,
      actor_name text NOT NULL,
      action text NOT NULL,
      subject_kind text NOT NULL,
      subject_id text NOT NULL,
      details jsonb NOT NULL DEFAULT '{}',
      request_id text,
      CONSTRAINT audit_entry_pkey PRIMARY KEY (id),
      CONSTRAINT audit_entry_actor_name CHECK (actor_name <> ''),
      CONSTRAINT audit_entry_action CHECK (action ~ '^[a-z][a-z0-9-]*([.][a-z][a-z0-9-]*)+$'),
      CONSTRAINT audit_entry_subject_kind CHECK (subject_kind ~ '^[a-z][a-z0-9-]*$'),
      CONSTRAINT audit_entry_subject_id CHECK (subject_id <> '' AND length(subject_id) <= 300),
      CONSTRAINT audit_entry_details CHECK (jsonb_typeof(details) = 'object' AND octet_length(details::text) <= 65536),
      CONSTRAINT audit_entry_request_id CHECK (length(request_id) <= 200)
    )`);
  await runner.query(`CREATE INDEX audit_entry_xact ON audit_entry (xact_id, id)`);
  await runner.query(`CREATE INDEX audit_entry_time ON audit_entry (occurred_at, id)`);
  await runner.query(`CREATE INDEX audit_entry_actor ON audit_entry (actor_id, occurred_at, id)`);
  await runner.query(`CREATE INDEX audit_entry_action_time ON audit_entry (action, occurred_at, id)`);
  await runner.query(`CREATE INDEX audit_entry_subject ON audit_entry (subject_kind, subject_id, occurred_at, id)`);
  await runner.query(`
    CREATE FUNCTION stamp_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.occurred_at := clock_timestamp();
      NEW.xact_id := pg_current_xact_id();
      RETURN NEW;
    END $$`);
  await runner.query(`
    CREATE TRIGGER audit_entry_stamp BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION stamp_audit_entry()`);
  await runner.query(`ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_stamp`);
  await runner.query(`SELECT make_ledger('audit_entry')`);
}

async function createSeals(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE audit_seal (
      seq bigint NOT NULL,
      previous_seq bigint,
      entry_id bigint NOT NULL,
      sealed_at timestamptz NOT NULL,
      key_id text NOT NULL,
      cluster_id text NOT NULL,
      resume_xact_id xid8 NOT NULL,
      resume_entry_id bigint NOT NULL,
      entry_mac bytea NOT NULL,
      chain_mac bytea NOT NULL,
      CONSTRAINT audit_seal_pkey PRIMARY KEY (seq),
      CONSTRAINT audit_seal_entry UNIQUE (entry_id),
      CONSTRAINT audit_seal_entry_exists FOREIGN KEY (entry_id) REFERENCES audit_entry (id),
      CONSTRAINT audit_seal_gapless CHECK ((seq = 1 AND previous_seq IS NULL) OR (seq > 1 AND previous_seq = seq - 1)),
      CONSTRAINT audit_seal_previous FOREIGN KEY (previous_seq) REFERENCES audit_seal (seq),
      CONSTRAINT audit_seal_macs CHECK (octet_length(entry_mac) = 32 AND octet_length(chain_mac) = 32)
    )`);
  await runner.query(`SELECT make_ledger('audit_seal')`);
}
