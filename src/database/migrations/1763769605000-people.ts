import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * People: what is known about a principal beyond its name, its roles and whether it is disabled, which lie in
 * `principal` alone. The kind stands in every foreign key, so a team can never be a member, nor own a service account
 * under a false kind. Nobody is deleted, because the audit trail and evidence name them for years: they are disabled.
 */
export class People1763769605000 implements MigrationInterface {
  readonly name = 'People1763769605000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const identity = (table: string, kind: string) => `
  id uuid CONSTRAINT ${table}_pkey PRIMARY KEY,
  kind text NOT NULL DEFAULT '${kind}' CONSTRAINT ${table}_kind CHECK (kind = '${kind}'),
  CONSTRAINT ${table}_principal_fkey FOREIGN KEY (id, kind) REFERENCES principal (id, kind)`;

const STATEMENTS = [
  'ALTER TABLE principal ADD CONSTRAINT principal_id_kind_unique UNIQUE (id, kind)',
  // The lists of people: by kind, in the order of their names.
  'CREATE INDEX principal_by_kind ON principal (kind, lower(name), id)',
  `CREATE TABLE person (
     ${identity('person', 'person')},
     email text NOT NULL CONSTRAINT person_email CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
     zone text CONSTRAINT person_zone CHECK (length(zone) BETWEEN 1 AND 64)
   )`,
  'CREATE UNIQUE INDEX person_email_unique ON person (lower(email))',
  `CREATE TABLE team (
     ${identity('team', 'team')}
   )`,
  `CREATE TABLE team_member (
     team_id uuid NOT NULL CONSTRAINT team_member_team_id_fkey REFERENCES team (id),
     person_id uuid NOT NULL CONSTRAINT team_member_person_id_fkey REFERENCES person (id),
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT team_member_pkey PRIMARY KEY (team_id, person_id)
   )`,
  'CREATE INDEX team_member_reverse ON team_member (person_id)',
  `CREATE TABLE service_account (
     ${identity('service_account', 'service-account')},
     owner_id uuid NOT NULL,
     owner_kind text NOT NULL CONSTRAINT service_account_owner_kind CHECK (owner_kind IN ('person', 'team')),
     purpose text NOT NULL CONSTRAINT service_account_purpose CHECK (length(purpose) BETWEEN 1 AND 500),
     CONSTRAINT service_account_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind)
   )`,
  'CREATE INDEX service_account_by_owner ON service_account (owner_id)',
  `CREATE FUNCTION people_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION '% % is disabled, never deleted', replace(OLD.kind, '-', ' '), OLD.id
       USING ERRCODE = '23514', CONSTRAINT = 'people_never_deleted';
   END $$`,
  ...['principal', 'person', 'team', 'service_account'].map(
    (table) => `CREATE TRIGGER people_never_deleted BEFORE DELETE ON ${table}
                  FOR EACH ROW EXECUTE FUNCTION people_refuse_delete()`,
  ),
];
