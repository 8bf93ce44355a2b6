import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The SLA policy sets terms for every kind of clock, and targets of single services; who loosens a confirmed version needs a
 * second principal. Open clocks get the term of a later version only by an entry that says so.
 */
export class SlaTerms1763769640700 implements MigrationInterface {
  readonly name = 'SlaTerms1763769640700';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

/** A year, as in the form that the API accepts. */
const MAX_SECONDS = 366 * 86_400;

const EVENTS = `('notification', 'record', 'classification', 'transfer', 'response', 'plan', 'update', 'recovery', 'resolution',
  'feedback')`;

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const bounded = (column: string) => `
  ${column} integer
    CONSTRAINT sla_service_target_${column}_bounds CHECK (${column} BETWEEN 1 AND ${MAX_SECONDS})`;

const isObject = (table: string, column: string) =>
  `CONSTRAINT ${table}_${column} CHECK (jsonb_typeof(${column}) = 'object')`;

const STATEMENTS = [
  `ALTER TABLE sla_policy_version
     ADD approved_by uuid CONSTRAINT sla_policy_version_approved_by_fkey REFERENCES principal (id),
     ADD starts jsonb NOT NULL DEFAULT '{}' ${isObject('sla_policy_version', 'starts')},
     ADD CONSTRAINT sla_policy_version_approved_by_another CHECK (approved_by <> confirmed_by)`,
  `ALTER TABLE sla_target ADD terms jsonb NOT NULL DEFAULT '{}' ${isObject('sla_target', 'terms')}`,
  // What is NULL, or no term, is as for the severity.
  `CREATE TABLE sla_service_target (
     policy_version integer NOT NULL
       CONSTRAINT sla_service_target_policy_version_fkey REFERENCES sla_policy_version (version),
     service_id uuid NOT NULL CONSTRAINT sla_service_target_service_id_fkey REFERENCES service (id),
     severity text NOT NULL
       CONSTRAINT sla_service_target_severity CHECK (severity IN ('emergency', 'important', 'general')),
     ${['respond_seconds', 'plan_seconds', 'recover_seconds', 'rpo_seconds'].map(bounded).join(',')},
     terms jsonb NOT NULL DEFAULT '{}' ${isObject('sla_service_target', 'terms')},
     CONSTRAINT sla_service_target_pkey PRIMARY KEY (policy_version, service_id, severity)
   )`,
  `CREATE FUNCTION sla_service_target_with_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM sla_policy_version WHERE version = NEW.policy_version AND created_at = now()) THEN
       RAISE EXCEPTION 'targets of services are written together with policy version %', NEW.policy_version
         USING ERRCODE = '23514', CONSTRAINT = 'sla_service_target_with_version';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_service_target_with_version BEFORE INSERT ON sla_service_target
     FOR EACH ROW EXECUTE FUNCTION sla_service_target_with_version()`,
  always('sla_service_target', 'sla_service_target_with_version'),
  `SELECT make_ledger('sla_service_target')`,
  // The seconds of the severities are compared here; terms and services are compared by whoever writes them.
  `CREATE FUNCTION sla_policy_loosened_by_two() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NEW.approved_by IS NULL AND EXISTS (
       SELECT FROM sla_policy_version v
       JOIN sla_target before ON before.policy_version = v.version
       JOIN sla_target after ON after.policy_version = NEW.version AND after.severity = before.severity
       WHERE v.version = NEW.version - 1 AND v.origin = 'confirmed'
         AND (after.respond_seconds > before.respond_seconds OR after.plan_seconds > before.plan_seconds
           OR after.recover_seconds > before.recover_seconds OR after.rpo_seconds > before.rpo_seconds)
     ) THEN
       RAISE EXCEPTION 'policy version % loosens a target, and nobody else has approved it', NEW.version
         USING ERRCODE = '23514', CONSTRAINT = 'sla_policy_version_loosened_by_two';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER sla_policy_version_loosened_by_two AFTER INSERT ON sla_policy_version
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sla_policy_loosened_by_two()`,
  `CREATE TABLE sla_policy_proposal (
     id uuid CONSTRAINT sla_policy_proposal_pkey PRIMARY KEY,
     base_version integer NOT NULL
       CONSTRAINT sla_policy_proposal_base_version_fkey REFERENCES sla_policy_version (version),
     draft jsonb NOT NULL ${isObject('sla_policy_proposal', 'draft')},
     proposed_by uuid NOT NULL CONSTRAINT sla_policy_proposal_proposed_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `SELECT make_ledger('sla_policy_proposal')`,
  `CREATE TABLE sla_policy_decision (
     proposal_id uuid CONSTRAINT sla_policy_decision_pkey PRIMARY KEY
       CONSTRAINT sla_policy_decision_proposal_fkey REFERENCES sla_policy_proposal (id),
     outcome text NOT NULL CONSTRAINT sla_policy_decision_outcome CHECK (outcome IN ('approved', 'rejected')),
     note text NOT NULL CONSTRAINT sla_policy_decision_note CHECK (length(note) <= 2000),
     policy_version integer CONSTRAINT sla_policy_decision_policy_version_fkey REFERENCES sla_policy_version (version),
     decided_by uuid NOT NULL CONSTRAINT sla_policy_decision_decided_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT sla_policy_decision_makes_version CHECK ((outcome = 'approved') = (policy_version IS NOT NULL))
   )`,
  `SELECT make_ledger('sla_policy_decision')`,
  `CREATE TABLE sla_clock_rebase (
     clock_id uuid NOT NULL CONSTRAINT sla_clock_rebase_clock_fkey REFERENCES sla_clock (id),
     seq integer NOT NULL CONSTRAINT sla_clock_rebase_seq CHECK (seq BETWEEN 1 AND 100),
     term jsonb NOT NULL ${isObject('sla_clock_rebase', 'term')},
     policy_version integer NOT NULL
       CONSTRAINT sla_clock_rebase_policy_version_fkey REFERENCES sla_policy_version (version),
     reason text NOT NULL CONSTRAINT sla_clock_rebase_reason CHECK (length(reason) BETWEEN 1 AND 500),
     by_id uuid NOT NULL CONSTRAINT sla_clock_rebase_by_id_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT sla_clock_rebase_pkey PRIMARY KEY (clock_id, seq)
   )`,
  `CREATE FUNCTION sla_clock_rebase_of_open() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM sla_clock_open WHERE clock_id = NEW.clock_id FOR UPDATE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'clock % has been stopped', NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_rebase_of_open';
     END IF;
     IF NEW.term ->> 'counted' IS DISTINCT FROM 'always'
        AND (SELECT calendar_id FROM sla_clock WHERE id = NEW.clock_id) IS NULL THEN
       RAISE EXCEPTION 'clock % has no calendar', NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_rebase_needs_calendar';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_clock_rebase_of_open BEFORE INSERT ON sla_clock_rebase
     FOR EACH ROW EXECUTE FUNCTION sla_clock_rebase_of_open()`,
  always('sla_clock_rebase', 'sla_clock_rebase_of_open'),
  `SELECT make_ledger('sla_clock_rebase')`,
  'CREATE INDEX sla_clock_by_subject ON sla_clock (subject)',
  // What the notification says of a case holds for its later events.
  `CREATE TABLE sla_case_event (
     id uuid CONSTRAINT sla_case_event_pkey PRIMARY KEY,
     subject text NOT NULL CONSTRAINT sla_case_event_subject CHECK (length(subject) BETWEEN 1 AND 200),
     event text NOT NULL CONSTRAINT sla_case_event_event CHECK (event IN ${EVENTS}),
     severity text NOT NULL CONSTRAINT sla_case_event_severity CHECK (severity IN ('emergency', 'important', 'general')),
     service_id uuid CONSTRAINT sla_case_event_service_id_fkey REFERENCES service (id),
     calendar_id uuid CONSTRAINT sla_case_event_calendar_id_fkey REFERENCES sla_calendar (id),
     policy_version integer NOT NULL
       CONSTRAINT sla_case_event_policy_version_fkey REFERENCES sla_policy_version (version),
     happened_at timestamptz NOT NULL,
     late_because text CONSTRAINT sla_case_event_late_because CHECK (length(late_because) BETWEEN 1 AND 500),
     by_id uuid NOT NULL CONSTRAINT sla_case_event_by_id_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT sla_case_event_not_in_future CHECK (happened_at <= created_at + interval '1 minute')
   )`,
  // Updates come again and again; everything else happens once.
  `CREATE UNIQUE INDEX sla_case_event_once ON sla_case_event (subject, event) WHERE event <> 'update'`,
  'CREATE INDEX sla_case_event_by_subject ON sla_case_event (subject, id)',
  `SELECT make_ledger('sla_case_event')`,
];
