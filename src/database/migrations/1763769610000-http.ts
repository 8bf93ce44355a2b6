import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was answered to a write that carried an `Idempotency-Key`, so that a repetition gets the same answer. `body` is
 * null for an answer that held a secret: it is never stored.
 */
export class Http1763769610000 implements MigrationInterface {
  readonly name = 'Http1763769610000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_record (
        principal_id uuid NOT NULL CONSTRAINT idempotency_record_principal REFERENCES principal (id),
        operation_id text NOT NULL,
        key text NOT NULL CONSTRAINT idempotency_record_key_length CHECK (length(key) BETWEEN 1 AND 255),
        request_hash bytea NOT NULL CONSTRAINT idempotency_record_hash_length CHECK (octet_length(request_hash) = 32),
        status integer NOT NULL CONSTRAINT idempotency_record_success CHECK (status BETWEEN 200 AND 299),
        body text,
        etag text,
        location text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT idempotency_record_pkey PRIMARY KEY (principal_id, operation_id, key)
      )`);
    await runner.query('CREATE INDEX idempotency_record_by_age ON idempotency_record (created_at)');
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
