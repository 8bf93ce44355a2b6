import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the database knows of the keys, which lie outside it: their fingerprints, the public half of the signing key, and
 * one sealed row that only the right master key opens.
 */
export class Secrets1763769603000 implements MigrationInterface {
  readonly name = 'Secrets1763769603000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE secret_key (
        fingerprint text NOT NULL,
        kind text NOT NULL,
        state text NOT NULL DEFAULT 'current',
        public_key text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT secret_key_pkey PRIMARY KEY (fingerprint),
        CONSTRAINT secret_key_fingerprint CHECK (fingerprint ~ '^[0-9a-f]{32}$'),
        CONSTRAINT secret_key_kind CHECK (kind IN ('master', 'signing')),
        CONSTRAINT secret_key_state CHECK (state IN ('current', 'retired')),
        CONSTRAINT secret_key_public CHECK ((kind = 'signing') = (public_key IS NOT NULL))
      )`);
    await runner.query(`CREATE UNIQUE INDEX secret_key_current ON secret_key (kind) WHERE state = 'current'`);
    await runner.query(`
      CREATE TABLE secret_canary (
        singleton boolean NOT NULL DEFAULT true,
        id uuid NOT NULL,
        sealed text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT secret_canary_pkey PRIMARY KEY (singleton),
        CONSTRAINT secret_canary_singleton CHECK (singleton)
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
