import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Spans in which alerts are told to nobody: silences of what matches, and maintenance windows of services. Each says who wants it
 * and why, and ends; it can be ended early, and changes in no other way.
 */
export class AlertSuppressions1763769692300 implements MigrationInterface {
  readonly name = 'AlertSuppressions1763769692300';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE alert_suppression (
     id uuid CONSTRAINT alert_suppression_pkey PRIMARY KEY,
     kind text NOT NULL CONSTRAINT alert_suppression_kind CHECK (kind IN ('silence', 'maintenance')),
     -- What is given must all match.
     rule_id uuid CONSTRAINT alert_suppression_rule_fkey REFERENCES alert_rule (id),
     key text CONSTRAINT alert_suppression_key CHECK (length(key) BETWEEN 1 AND 300),
     service_id uuid CONSTRAINT alert_suppression_service_fkey REFERENCES service (id),
     reason text NOT NULL CONSTRAINT alert_suppression_reason CHECK (length(reason) BETWEEN 1 AND 500),
     starts_at timestamptz NOT NULL,
     ends_at timestamptz NOT NULL,
     created_by uuid NOT NULL CONSTRAINT alert_suppression_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     ended_at timestamptz,
     ended_by uuid CONSTRAINT alert_suppression_ended_by_fkey REFERENCES principal (id),
     CONSTRAINT alert_suppression_matches CHECK (CASE kind WHEN 'silence' THEN num_nonnulls(rule_id, key, service_id) > 0
       ELSE service_id IS NOT NULL AND rule_id IS NULL AND key IS NULL END),
     CONSTRAINT alert_suppression_span CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '90 days'),
     CONSTRAINT alert_suppression_ended_by_somebody CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
     CONSTRAINT alert_suppression_ended_before CHECK (ended_at < ends_at)
   )`,
  'CREATE INDEX alert_suppression_by_end ON alert_suppression (ends_at) WHERE ended_at IS NULL',
  `CREATE FUNCTION alert_suppression_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR (to_jsonb(NEW) - 'ended_at' - 'ended_by') IS DISTINCT FROM (to_jsonb(OLD) - 'ended_at' - 'ended_by') THEN
       RAISE EXCEPTION 'suppression % is ended, and changes in no other way', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'alert_suppression_kept';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER alert_suppression_kept BEFORE UPDATE OR DELETE ON alert_suppression
     FOR EACH ROW EXECUTE FUNCTION alert_suppression_kept()`,
  'ALTER TABLE alert_suppression ENABLE ALWAYS TRIGGER alert_suppression_kept',
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON alert_suppression
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  'ALTER TABLE alert_suppression ENABLE ALWAYS TRIGGER never_truncated',
];
