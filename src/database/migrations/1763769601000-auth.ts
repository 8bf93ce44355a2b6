import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Principals and what proves that a request is theirs. Of every secret only the SHA-256 digest is stored: the secrets
 * are 256 random bits, so no salt or slow hash is needed.
 */
export class Auth1763769601000 implements MigrationInterface {
  readonly name = 'Auth1763769601000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE principal (
        id uuid CONSTRAINT principal_pkey PRIMARY KEY,
        kind text NOT NULL CONSTRAINT principal_kind CHECK (kind IN ('person', 'team', 'service-account')),
        name text NOT NULL CONSTRAINT principal_name_length CHECK (length(name) BETWEEN 1 AND 200),
        roles text[] NOT NULL CONSTRAINT principal_roles
          CHECK (roles <@ ARRAY['viewer', 'asset-manager', 'operator', 'auditor', 'admin']),
        disabled_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        version integer NOT NULL DEFAULT 1
      )`);
    await runner.query('CREATE UNIQUE INDEX principal_name_unique ON principal (lower(name))');
    await runner.query(`
      CREATE TABLE api_token (
        id uuid CONSTRAINT api_token_pkey PRIMARY KEY,
        principal_id uuid NOT NULL CONSTRAINT api_token_principal REFERENCES principal (id),
        name text NOT NULL CONSTRAINT api_token_name_length CHECK (length(name) BETWEEN 1 AND 200),
        hash bytea NOT NULL CONSTRAINT api_token_hash_unique UNIQUE
          CONSTRAINT api_token_hash_length CHECK (octet_length(hash) = 32),
        created_by uuid CONSTRAINT api_token_created_by REFERENCES principal (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT api_token_expires_later CHECK (expires_at > created_at)
      )`);
    await runner.query('CREATE INDEX api_token_by_principal ON api_token (principal_id, id)');
    await runner.query(`
      CREATE TABLE sign_in_link (
        hash bytea CONSTRAINT sign_in_link_pkey PRIMARY KEY
          CONSTRAINT sign_in_link_hash_length CHECK (octet_length(hash) = 32),
        principal_id uuid NOT NULL CONSTRAINT sign_in_link_principal REFERENCES principal (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT sign_in_link_expires_later CHECK (expires_at > created_at)
      )`);
    await runner.query('CREATE INDEX sign_in_link_by_expiry ON sign_in_link (expires_at)');
    await runner.query(`
      CREATE TABLE session (
        id uuid CONSTRAINT session_pkey PRIMARY KEY,
        hash bytea NOT NULL CONSTRAINT session_hash_unique UNIQUE
          CONSTRAINT session_hash_length CHECK (octet_length(hash) = 32),
        principal_id uuid NOT NULL CONSTRAINT session_principal REFERENCES principal (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        CONSTRAINT session_expires_later CHECK (expires_at > created_at)
      )`);
    await runner.query('CREATE INDEX session_by_expiry ON session (expires_at)');
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
