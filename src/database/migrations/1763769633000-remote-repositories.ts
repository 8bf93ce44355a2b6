import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Repositories on other machines, over SFTP or in object stores. What is needed to find one is its place; what is needed to log
 * in is sealed. The root of such a one is its place for people.
 */
export class RemoteRepositories1763769633000 implements MigrationInterface {
  readonly name = 'RemoteRepositories1763769633000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE repository
     DROP CONSTRAINT repository_kind,
     DROP CONSTRAINT repository_root_absolute,
     DROP CONSTRAINT repository_identity_kind,
     ADD place jsonb,
     ADD sealed_credentials text
       CONSTRAINT repository_credentials_length CHECK (length(sealed_credentials) BETWEEN 1 AND 100000),
     ADD CONSTRAINT repository_kind CHECK (kind IN ('local', 'sftp', 's3')),
     ADD CONSTRAINT repository_root_absolute CHECK (length(root) <= 4096 AND (kind <> 'local' OR root ~ '^/')),
     ADD CONSTRAINT repository_identity_kind CHECK (identity_kind IN ('sentinel', 'filesystem', 'place')),
     -- Without a sentinel a directory is known by its file system, and what is elsewhere by where it is.
     ADD CONSTRAINT repository_identity_of_kind CHECK (
       identity_kind = 'sentinel' OR (identity_kind = 'filesystem') = (kind = 'local')),
     ADD CONSTRAINT repository_place CHECK (coalesce(CASE kind
       WHEN 'local' THEN place IS NULL
       WHEN 'sftp' THEN jsonb_typeof(place -> 'host') = 'string' AND jsonb_typeof(place -> 'port') = 'number'
         AND jsonb_typeof(place -> 'user') = 'string' AND place ->> 'path' ~ '^/'
         AND place ->> 'hostKey' ~ '^SHA256:[A-Za-z0-9+/]{43}$'
       WHEN 's3' THEN jsonb_typeof(place -> 'endpoint') = 'string' AND jsonb_typeof(place -> 'region') = 'string'
         AND jsonb_typeof(place -> 'bucket') = 'string' AND jsonb_typeof(place -> 'prefix') = 'string'
         AND jsonb_typeof(place -> 'pathStyle') = 'boolean'
     END, false)),
     ADD CONSTRAINT repository_place_kind CHECK (place IS NULL OR place ->> 'kind' = kind),
     ADD CONSTRAINT repository_credentials CHECK ((kind = 'local') = (sealed_credentials IS NULL))`,
  `CREATE UNIQUE INDEX repository_place_once ON repository (identity)
     WHERE identity_kind = 'place' AND retired_at IS NULL`,
];
