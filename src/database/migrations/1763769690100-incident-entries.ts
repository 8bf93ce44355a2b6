import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is entered of an incident: one ledger. Nothing of an incident changes, and none of its SLA clocks stops, without the entry
 * that says so.
 */
export class IncidentEntries1763769690100 implements MigrationInterface {
  readonly name = 'IncidentEntries1763769690100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ENTRIES, ...INCIDENT_WALLS, ...CLOCK_WALLS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const filled = (...keys: string[]) => keys.map((key) => `coalesce(length(details ->> '${key}'), 0) >= 1`).join(' AND ');

const ENTRIES = [
  `CREATE TABLE incident_entry (
     id uuid CONSTRAINT incident_entry_pkey PRIMARY KEY,
     incident_id uuid NOT NULL CONSTRAINT incident_entry_incident_fkey REFERENCES incident (id),
     -- The database sets it.
     seq integer NOT NULL CONSTRAINT incident_entry_seq CHECK (seq BETWEEN 1 AND 100000),
     kind text NOT NULL CONSTRAINT incident_entry_kind CHECK (kind IN ('facts', 'contact', 'plan', 'verification', 'resolution',
       'feedback', 'classification', 'transfer', 'note', 'dispatch')),
     happened_at timestamptz NOT NULL,
     late_because text CONSTRAINT incident_entry_late_because CHECK (length(late_because) BETWEEN 1 AND 500),
     details jsonb NOT NULL CONSTRAINT incident_entry_details CHECK (jsonb_typeof(details) = 'object'),
     person_id uuid CONSTRAINT incident_entry_person_id_fkey REFERENCES person (id),
     team_id uuid,
     team_kind text GENERATED ALWAYS AS (CASE WHEN team_id IS NOT NULL THEN 'team' END) STORED,
     allocation_id uuid CONSTRAINT incident_entry_allocation_id_fkey REFERENCES allocation (id),
     by_id uuid NOT NULL CONSTRAINT incident_entry_by_id_fkey REFERENCES principal (id),
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT incident_entry_unique UNIQUE (incident_id, seq),
     CONSTRAINT incident_entry_team_fkey FOREIGN KEY (team_id, team_kind) REFERENCES principal (id, kind),
     CONSTRAINT incident_entry_not_in_future CHECK (happened_at <= recorded_at + interval '1 minute'),
     CONSTRAINT incident_entry_is_complete CHECK (CASE kind
       WHEN 'facts' THEN details ?| ARRAY['symptom', 'frequency', 'scope']
       WHEN 'contact' THEN ${filled('who', 'how', 'said')}
       WHEN 'feedback' THEN ${filled('who', 'how', 'said')}
       WHEN 'plan' THEN ${filled('version', 'text')}
       WHEN 'verification' THEN ${filled('who', 'how')} AND coalesce(details ->> 'result', '') IN ('passed', 'failed')
       WHEN 'resolution' THEN ${filled('text')}
       WHEN 'classification' THEN ${filled('kind', 'severity')}
       WHEN 'note' THEN ${filled('text')}
       WHEN 'transfer' THEN team_id IS NOT NULL
       WHEN 'dispatch' THEN allocation_id IS NOT NULL
     END)
   )`,
  `CREATE UNIQUE INDEX incident_entry_once ON incident_entry (incident_id, kind) WHERE kind IN ('resolution', 'feedback')`,
  `CREATE UNIQUE INDEX incident_entry_plan_version ON incident_entry (incident_id, (details ->> 'version'))
     WHERE kind = 'plan'`,
  `CREATE UNIQUE INDEX incident_entry_of_allocation ON incident_entry (allocation_id) WHERE allocation_id IS NOT NULL`,
  `SELECT make_ledger('incident_entry')`,
  `CREATE FUNCTION incident_entry_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     owner incident;
   BEGIN
     SELECT * INTO owner FROM incident WHERE id = NEW.incident_id FOR UPDATE;
     IF owner.stage = 'closed' THEN
       RAISE EXCEPTION 'incident % is closed', owner.number
         USING ERRCODE = '23514', CONSTRAINT = 'incident_entry_of_open';
     END IF;
     IF NEW.happened_at < owner.received_at THEN
       RAISE EXCEPTION 'incident %: nothing has happened before its receipt', owner.number
         USING ERRCODE = '23514', CONSTRAINT = 'incident_entry_since_receipt';
     END IF;
     NEW.seq := coalesce((SELECT max(seq) FROM incident_entry WHERE incident_id = NEW.incident_id), 0) + 1;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_entry_follows BEFORE INSERT ON incident_entry
     FOR EACH ROW EXECUTE FUNCTION incident_entry_follows()`,
  always('incident_entry', 'incident_entry_follows'),
  // Every entry is a change of the incident: who has read it before decides again.
  `CREATE FUNCTION incident_entry_entered() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     UPDATE incident SET title = title WHERE id = NEW.incident_id;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER incident_entry_entered AFTER INSERT ON incident_entry
     FOR EACH ROW EXECUTE FUNCTION incident_entry_entered()`,
  always('incident_entry', 'incident_entry_entered'),
];

const INCIDENT_WALLS = [
  // What the last entry of a kind says.
  `CREATE FUNCTION incident_last_entry(incident uuid, entry_kind text) RETURNS incident_entry LANGUAGE sql STABLE
     SET search_path = public, pg_temp AS $$
     SELECT e.* FROM incident_entry e WHERE e.incident_id = incident AND e.kind = entry_kind ORDER BY e.seq DESC LIMIT 1 $$`,
  `CREATE FUNCTION incident_last_fact(incident uuid, fact text) RETURNS text LANGUAGE sql STABLE
     SET search_path = public, pg_temp AS $$
     SELECT e.details ->> fact FROM incident_entry e WHERE e.incident_id = incident AND e.kind = 'facts' AND e.details ? fact
     ORDER BY e.seq DESC LIMIT 1 $$`,
  `CREATE FUNCTION incident_as_entered() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     last incident_entry;
     wrong text;
   BEGIN
     IF (NEW.kind, NEW.severity) IS DISTINCT FROM (OLD.kind, OLD.severity) THEN
       last := incident_last_entry(NEW.id, 'classification');
       IF (last.details ->> 'kind', last.details ->> 'severity') IS DISTINCT FROM (NEW.kind, NEW.severity) THEN
         wrong := 'severity';
       END IF;
     END IF;
     IF (NEW.team_id, NEW.assignee_id) IS DISTINCT FROM (OLD.team_id, OLD.assignee_id) THEN
       last := incident_last_entry(NEW.id, 'transfer');
       IF (last.team_id, last.person_id) IS DISTINCT FROM (NEW.team_id, NEW.assignee_id) THEN wrong := 'team'; END IF;
     END IF;
     IF (NEW.symptom IS DISTINCT FROM OLD.symptom AND NEW.symptom IS DISTINCT FROM incident_last_fact(NEW.id, 'symptom'))
        OR (NEW.scope IS DISTINCT FROM OLD.scope AND NEW.scope IS DISTINCT FROM incident_last_fact(NEW.id, 'scope'))
        OR (NEW.frequency IS DISTINCT FROM OLD.frequency
          AND NEW.frequency IS DISTINCT FROM incident_last_fact(NEW.id, 'frequency')) THEN
       wrong := 'facts';
     END IF;
     IF NEW.restored_at IS DISTINCT FROM OLD.restored_at AND NOT EXISTS (
       SELECT FROM incident_entry e WHERE e.incident_id = NEW.id AND e.kind = 'verification'
         AND e.details ->> 'result' = 'passed' AND e.happened_at = NEW.restored_at) THEN
       wrong := 'recovery';
     END IF;
     IF wrong IS NOT NULL THEN
       RAISE EXCEPTION 'incident %: its % is not what was entered', NEW.number, wrong
         USING ERRCODE = '23514', CONSTRAINT = 'incident_as_entered';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_as_entered BEFORE UPDATE ON incident FOR EACH ROW EXECUTE FUNCTION incident_as_entered()`,
  always('incident', 'incident_as_entered'),
  `CREATE FUNCTION incident_stage_has_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     owner incident;
     missing text;
   BEGIN
     SELECT * INTO owner FROM incident WHERE id = NEW.incident_id;
     SELECT needed.kind INTO missing FROM unnest(CASE
       WHEN NEW.stage = 'transfer' THEN ARRAY['classification']
       WHEN NEW.stage = 'handle' THEN ARRAY['transfer']
       WHEN NEW.stage = 'feedback' AND owner.kind IN ('question', 'suggestion') THEN ARRAY['contact', 'resolution']
       WHEN NEW.stage = 'feedback' THEN ARRAY['contact', 'plan', 'resolution']
       WHEN NEW.stage = 'closed' THEN ARRAY['feedback']
       ELSE '{}' END) AS needed (kind)
     WHERE NOT EXISTS (SELECT FROM incident_entry e WHERE e.incident_id = NEW.incident_id AND e.kind = needed.kind) LIMIT 1;
     IF NEW.stage = 'feedback' AND owner.kind = 'suggestion'
        AND (incident_last_entry(owner.id, 'resolution')).details -> 'decision' ->> 'outcome' IS NULL THEN
       missing := 'decision';
     END IF;
     IF missing IS NOT NULL THEN
       RAISE EXCEPTION 'incident %: stage % without a %', owner.number, NEW.stage, missing
         USING ERRCODE = '23514', CONSTRAINT = 'incident_stage_has_entry';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_stage_has_entry BEFORE INSERT ON incident_stage
     FOR EACH ROW EXECUTE FUNCTION incident_stage_has_entry()`,
  always('incident_stage', 'incident_stage_has_entry'),
];

const CLOCK_WALLS = [
  `CREATE FUNCTION sla_case_event_of_incident() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     about incident;
   BEGIN
     SELECT * INTO about FROM incident WHERE number = NEW.subject;
     IF NOT FOUND THEN
       RETURN NEW;
     END IF;
     IF (CASE NEW.event
       WHEN 'notification' THEN NEW.happened_at = about.received_at
       WHEN 'record' THEN EXISTS (SELECT FROM incident_stage s
         WHERE s.incident_id = about.id AND s.stage = 'classify' AND s.entered_at = NEW.happened_at)
       ELSE EXISTS (SELECT FROM incident_entry e WHERE e.incident_id = about.id AND e.happened_at = NEW.happened_at
         AND e.kind = CASE NEW.event WHEN 'response' THEN 'contact' WHEN 'update' THEN 'contact'
           WHEN 'recovery' THEN 'verification' ELSE NEW.event END
         AND (NEW.event <> 'recovery' OR e.details ->> 'result' = 'passed'))
       END) THEN
       RETURN NEW;
     END IF;
     RAISE EXCEPTION 'incident %: nothing that was entered proves its %', NEW.subject, NEW.event
       USING ERRCODE = '23514', CONSTRAINT = 'sla_case_event_of_incident';
   END $$`,
  `CREATE TRIGGER sla_case_event_of_incident BEFORE INSERT ON sla_case_event
     FOR EACH ROW EXECUTE FUNCTION sla_case_event_of_incident()`,
  always('sla_case_event', 'sla_case_event_of_incident'),
  `CREATE FUNCTION sla_clock_stop_of_incident() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     clock sla_clock;
   BEGIN
     SELECT * INTO clock FROM sla_clock WHERE id = NEW.clock_id;
     IF EXISTS (SELECT FROM incident WHERE number = clock.subject) AND NOT EXISTS (
       SELECT FROM sla_case_event e WHERE e.subject = clock.subject AND e.happened_at = NEW.from_at
         AND e.event = ANY (CASE clock.kind WHEN 'respond' THEN ARRAY['response'] WHEN 'recover' THEN ARRAY['recovery']
           WHEN 'resolve' THEN ARRAY['resolution'] WHEN 'update' THEN ARRAY['update', 'resolution']
           WHEN 'classify' THEN ARRAY['classification'] ELSE ARRAY[clock.kind] END)) THEN
       RAISE EXCEPTION 'clock % is of the incident %, in which nothing happened that stops it', NEW.clock_id, clock.subject
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_stop_of_incident';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_clock_stop_of_incident BEFORE INSERT ON sla_clock_segment
     FOR EACH ROW WHEN (NEW.state = 'stopped') EXECUTE FUNCTION sla_clock_stop_of_incident()`,
  always('sla_clock_segment', 'sla_clock_stop_of_incident'),
  `CREATE FUNCTION sla_clock_start_of_incident() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF EXISTS (SELECT FROM incident WHERE number = NEW.subject) AND NOT EXISTS (
       SELECT FROM sla_case_event WHERE subject = NEW.subject AND happened_at = NEW.started_at) THEN
       RAISE EXCEPTION 'nothing happened in the incident % that starts a clock', NEW.subject
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_start_of_incident';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_clock_start_of_incident BEFORE INSERT ON sla_clock
     FOR EACH ROW EXECUTE FUNCTION sla_clock_start_of_incident()`,
  always('sla_clock', 'sla_clock_start_of_incident'),
];
