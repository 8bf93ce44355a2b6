import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ADVISORY_LOCKS } from '../advisory-locks.ts';

/**
 * The SLA policy: two ledgers, a row for each version and a row for each severity in it. Versions are numbered without
 * a gap, only the first may be an example, and a version whose three severities are not all there cannot be committed.
 */
export class Sla1763769606000 implements MigrationInterface {
  readonly name = 'Sla1763769606000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

/** A year, as in the form that the API accepts. */
const MAX_SECONDS = 366 * 86_400;

const bounded = (column: string) => `
  ${column} integer NOT NULL
    CONSTRAINT sla_target_${column}_bounds CHECK (${column} BETWEEN 1 AND ${MAX_SECONDS})`;

const STATEMENTS = [
  `CREATE TABLE sla_policy_version (
     version integer CONSTRAINT sla_policy_version_pkey PRIMARY KEY,
     origin text NOT NULL CONSTRAINT sla_policy_version_origin CHECK (origin IN ('example', 'confirmed')),
     note text NOT NULL CONSTRAINT sla_policy_version_note CHECK (length(note) <= 2000),
     confirmed_by uuid CONSTRAINT sla_policy_version_confirmed_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT sla_policy_version_positive CHECK (version >= 1),
     CONSTRAINT sla_policy_version_example_first CHECK (origin <> 'example' OR version = 1),
     CONSTRAINT sla_policy_version_somebody_stands_for_it CHECK ((origin = 'confirmed') = (confirmed_by IS NOT NULL))
   )`,
  `CREATE TABLE sla_target (
     policy_version integer NOT NULL
       CONSTRAINT sla_target_policy_version_fkey REFERENCES sla_policy_version (version),
     severity text NOT NULL CONSTRAINT sla_target_severity CHECK (severity IN ('emergency', 'important', 'general')),
     ${['respond_seconds', 'plan_seconds', 'recover_seconds', 'rpo_seconds'].map(bounded).join(',')},
     CONSTRAINT sla_target_pkey PRIMARY KEY (policy_version, severity),
     CONSTRAINT sla_target_respond_within_recover CHECK (respond_seconds <= recover_seconds),
     CONSTRAINT sla_target_plan_within_recover CHECK (plan_seconds <= recover_seconds)
   )`,
  // The lock makes concurrent writers take turns, so the number that each computes is the number that it gets.
  `CREATE FUNCTION sla_policy_next_version() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     expected integer;
   BEGIN
     PERFORM pg_advisory_xact_lock(${ADVISORY_LOCKS.slaPolicy});
     SELECT coalesce(max(version), 0) + 1 INTO expected FROM sla_policy_version;
     IF NEW.version <> expected THEN
       RAISE EXCEPTION 'the next policy version is %, not %', expected, NEW.version
         USING ERRCODE = '23514', CONSTRAINT = 'sla_policy_version_sequential';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_policy_version_sequential BEFORE INSERT ON sla_policy_version
     FOR EACH ROW EXECUTE FUNCTION sla_policy_next_version()`,
  `CREATE FUNCTION sla_policy_complete() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF (SELECT count(*) FROM sla_target WHERE policy_version = NEW.version) <> 3 THEN
       RAISE EXCEPTION 'policy version % does not set the targets of all three severities', NEW.version
         USING ERRCODE = '23514', CONSTRAINT = 'sla_policy_version_complete';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER sla_policy_version_complete AFTER INSERT ON sla_policy_version
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sla_policy_complete()`,
  `SELECT make_ledger('sla_policy_version')`,
  `SELECT make_ledger('sla_target')`,
];
