import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rules by which a severity is proposed: versions that never change, the newest in force. And a case whose severity was changed:
 * its open clocks get the targets of that one.
 */
export class IncidentRules1763769690200 implements MigrationInterface {
  readonly name = 'IncidentRules1763769690200';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const SEVERITIES = `('emergency', 'important', 'general')`;

/** What a new installation begins with. */
const FIRST_RULES = [
  {
    name: 'A vital service is down for a whole site or everybody',
    when: { criticality: ['emergency'], scope: ['site', 'all-users'], frequency: ['recurring', 'continuous'] },
    severity: 'emergency',
  },
  {
    name: 'A vital service fails for several users',
    when: { criticality: ['emergency'], scope: ['several-users', 'site', 'all-users'] },
    severity: 'important',
  },
  {
    name: 'An important service is down for a whole site or everybody',
    when: { criticality: ['important'], scope: ['site', 'all-users'] },
    severity: 'important',
  },
  { name: 'Everything else', when: {}, severity: 'general' },
];

const STATEMENTS = [
  `CREATE TABLE incident_rule_version (
     version integer CONSTRAINT incident_rule_version_pkey PRIMARY KEY,
     rules jsonb NOT NULL CONSTRAINT incident_rule_version_rules CHECK (jsonb_typeof(rules) = 'array'),
     note text NOT NULL CONSTRAINT incident_rule_version_note CHECK (length(note) <= 2000),
     -- Null for the first version, which nobody has made.
     created_by uuid CONSTRAINT incident_rule_version_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT incident_rule_version_is_somebodys CHECK ((version = 1) = (created_by IS NULL))
   )`,
  `SELECT make_ledger('incident_rule_version')`,
  `CREATE FUNCTION incident_rule_version_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NEW.version <> coalesce((SELECT max(version) FROM incident_rule_version), 0) + 1 THEN
       RAISE EXCEPTION 'version % of the rules does not follow the last', NEW.version
         USING ERRCODE = '23514', CONSTRAINT = 'incident_rule_version_follows';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_rule_version_follows BEFORE INSERT ON incident_rule_version
     FOR EACH ROW EXECUTE FUNCTION incident_rule_version_follows()`,
  'ALTER TABLE incident_rule_version ENABLE ALWAYS TRIGGER incident_rule_version_follows',
  `INSERT INTO incident_rule_version (version, rules, note)
     VALUES (1, '${JSON.stringify(FIRST_RULES)}', 'Examples: replace them by what was agreed')`,
  `CREATE TABLE sla_case_severity (
     id uuid CONSTRAINT sla_case_severity_pkey PRIMARY KEY,
     subject text NOT NULL CONSTRAINT sla_case_severity_subject CHECK (length(subject) BETWEEN 1 AND 200),
     severity text NOT NULL CONSTRAINT sla_case_severity_severity CHECK (severity IN ${SEVERITIES}),
     reason text NOT NULL CONSTRAINT sla_case_severity_reason CHECK (length(reason) BETWEEN 1 AND 500),
     by_id uuid NOT NULL CONSTRAINT sla_case_severity_by_id_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  'CREATE INDEX sla_case_severity_by_subject ON sla_case_severity (subject, id)',
  `SELECT make_ledger('sla_case_severity')`,
  // Of an incident, it is what the incident has.
  `CREATE FUNCTION sla_case_severity_of_incident() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF EXISTS (SELECT FROM incident WHERE number = NEW.subject AND severity <> NEW.severity) THEN
       RAISE EXCEPTION 'incident % is not of severity %', NEW.subject, NEW.severity
         USING ERRCODE = '23514', CONSTRAINT = 'sla_case_severity_of_incident';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_case_severity_of_incident BEFORE INSERT ON sla_case_severity
     FOR EACH ROW EXECUTE FUNCTION sla_case_severity_of_incident()`,
  'ALTER TABLE sla_case_severity ENABLE ALWAYS TRIGGER sla_case_severity_of_incident',
  // Null: as before.
  `ALTER TABLE sla_clock_rebase
     ADD severity text CONSTRAINT sla_clock_rebase_severity CHECK (severity IN ${SEVERITIES})`,
];
