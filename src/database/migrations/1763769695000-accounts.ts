import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Passwords of persons, where a session was opened and last used, and the tries to sign in that went wrong. Passwords are
 * chosen by people, so unlike secrets of ours they are stored under a slow hash with a salt.
 */
export class Accounts1763769695000 implements MigrationInterface {
  readonly name = 'Accounts1763769695000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE account (
     principal_id uuid CONSTRAINT account_pkey PRIMARY KEY,
     kind text NOT NULL DEFAULT 'person' CONSTRAINT account_kind CHECK (kind = 'person'),
     password_hash text NOT NULL
       CONSTRAINT account_password_hash CHECK (password_hash ~
         '^[$]argon2id[$]v=19[$]m=[0-9]{5,7},t=[0-9]{1,2},p=[0-9]{1,2}[$][A-Za-z0-9+/]{22,64}[$][A-Za-z0-9+/]{43,86}$')
       -- The least that OWASP advises for argon2id.
       CONSTRAINT account_password_hash_is_slow CHECK (
         substring(password_hash FROM 'm=([0-9]{5,7}),')::integer >= 19456
         AND substring(password_hash FROM ',t=([0-9]{1,2}),')::integer >= 2),
     password_set_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT account_principal_fkey FOREIGN KEY (principal_id, kind) REFERENCES principal (id, kind)
   )`,
  `ALTER TABLE session
     ADD COLUMN opened_by text NOT NULL DEFAULT 'link' CONSTRAINT session_opened_by CHECK (opened_by IN ('link', 'password')),
     ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now(),
     ADD COLUMN client_address text CONSTRAINT session_client_address CHECK (length(client_address) BETWEEN 1 AND 64),
     ADD COLUMN client_agent text CONSTRAINT session_client_agent CHECK (length(client_agent) BETWEEN 1 AND 200)`,
  'CREATE INDEX session_by_principal ON session (principal_id, id)',
  `CREATE TABLE sign_in_limit (
     -- The SHA-256 of whose tries are counted: what somebody types for a name may be their password.
     subject bytea CONSTRAINT sign_in_limit_pkey PRIMARY KEY
       CONSTRAINT sign_in_limit_subject CHECK (octet_length(subject) = 32),
     tries integer NOT NULL CONSTRAINT sign_in_limit_tries CHECK (tries >= 1),
     last_tried_at timestamptz NOT NULL DEFAULT now(),
     locked_until timestamptz,
     -- Nobody locks somebody else out for good.
     CONSTRAINT sign_in_limit_lock CHECK (CASE WHEN tries < 5 THEN locked_until IS NULL
       ELSE locked_until IS NOT NULL AND locked_until > last_tried_at
         AND locked_until <= last_tried_at + interval '15 minutes' END)
   )`,
  'CREATE INDEX sign_in_limit_by_age ON sign_in_limit (last_tried_at)',
];
