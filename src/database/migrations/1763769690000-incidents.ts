import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Incidents, and the stages that they go through. The stages are a ledger: what an incident is in now is its last line, and a
 * stage lasts until the next one begins, so that all of them together are as long as the incident.
 */
export class Incidents1763769690000 implements MigrationInterface {
  readonly name = 'Incidents1763769690000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...TRIGGERS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const words = (table: string, column: string, maxLength: number, nullable = '') => `
  ${column} text ${nullable === '' ? 'NOT NULL' : nullable}
    CONSTRAINT ${table}_${column} CHECK (length(${column}) BETWEEN 1 AND ${maxLength})`;

const STAGES = `('receive', 'record', 'classify', 'transfer', 'handle', 'feedback', 'closed')`;
const SUB_STATES = `('analysing', 'planning', 'implementing', 'verifying')`;

const TABLES = [
  `CREATE TABLE incident_number (
     year integer CONSTRAINT incident_number_pkey PRIMARY KEY,
     last integer NOT NULL CONSTRAINT incident_number_last CHECK (last >= 1)
   )`,
  `CREATE TABLE incident (
     id uuid CONSTRAINT incident_pkey PRIMARY KEY,
     -- The database sets it.
     number text NOT NULL CONSTRAINT incident_number_unique UNIQUE
       CONSTRAINT incident_number_form CHECK (number ~ '^INC-[0-9]{4}-[0-9]{6,9}$'),
     kind text NOT NULL CONSTRAINT incident_kind CHECK (kind IN ('incident', 'question', 'suggestion', 'minor-fault')),
     severity text NOT NULL CONSTRAINT incident_severity CHECK (severity IN ('emergency', 'important', 'general')),
     ${words('incident', 'title', 200)},
     description text NOT NULL CONSTRAINT incident_description CHECK (length(description) <= 10000),
     ${words('incident', 'reporter_contact', 500)},
     reporter_id uuid CONSTRAINT incident_reporter_id_fkey REFERENCES person (id),
     customer text NOT NULL CONSTRAINT incident_customer CHECK (length(customer) <= 500),
     service_id uuid CONSTRAINT incident_service_id_fkey REFERENCES service (id),
     team_id uuid,
     team_kind text GENERATED ALWAYS AS (CASE WHEN team_id IS NOT NULL THEN 'team' END) STORED,
     assignee_id uuid CONSTRAINT incident_assignee_id_fkey REFERENCES person (id),
     calendar_id uuid CONSTRAINT incident_calendar_id_fkey REFERENCES sla_calendar (id),
     ${words('incident', 'symptom', 4000, 'NULL')},
     frequency text CONSTRAINT incident_frequency CHECK (frequency IN ('once', 'recurring', 'continuous')),
     scope text CONSTRAINT incident_scope CHECK (scope IN ('single-user', 'several-users', 'site', 'all-users')),
     stage text NOT NULL DEFAULT 'receive' CONSTRAINT incident_stage CHECK (stage IN ${STAGES}),
     sub_state text CONSTRAINT incident_sub_state CHECK (sub_state IN ${SUB_STATES}),
     received_at timestamptz NOT NULL,
     ${words('incident', 'late_because', 500, 'NULL')},
     restored_at timestamptz,
     resolved_at timestamptz,
     closed_at timestamptz,
     created_by uuid NOT NULL CONSTRAINT incident_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     version integer NOT NULL DEFAULT 1 CONSTRAINT incident_version CHECK (version >= 1),
     CONSTRAINT incident_team_fkey FOREIGN KEY (team_id, team_kind) REFERENCES principal (id, kind),
     CONSTRAINT incident_severity_of_kind CHECK (kind = 'incident' OR severity = 'general'),
     CONSTRAINT incident_handled_in CHECK ((stage = 'handle') = (sub_state IS NOT NULL)),
     CONSTRAINT incident_handled_by CHECK (stage IN ('receive', 'record', 'classify', 'transfer') OR team_id IS NOT NULL),
     -- What must be known before it counts as recorded.
     CONSTRAINT incident_facts_needed CHECK (stage IN ('receive', 'record') OR kind IN ('question', 'suggestion')
       OR (symptom IS NOT NULL AND (severity = 'general' OR scope IS NOT NULL)
         AND (severity <> 'emergency' OR frequency IS NOT NULL))),
     CONSTRAINT incident_resolved_when CHECK ((stage IN ('feedback', 'closed')) = (resolved_at IS NOT NULL)),
     CONSTRAINT incident_closed_when CHECK ((stage = 'closed') = (closed_at IS NOT NULL)),
     CONSTRAINT incident_restored_first CHECK (resolved_at IS NULL OR kind IN ('question', 'suggestion')
       OR restored_at IS NOT NULL),
     CONSTRAINT incident_in_order CHECK (restored_at >= received_at AND resolved_at >= greatest(received_at, restored_at)
       AND closed_at >= resolved_at),
     CONSTRAINT incident_not_in_future CHECK (received_at <= created_at + interval '1 minute')
   )`,
  'CREATE INDEX incident_by_stage ON incident (stage, id)',
  `CREATE INDEX incident_open ON incident (id) WHERE stage <> 'closed'`,
  'CREATE INDEX incident_by_severity ON incident (severity, id)',
  'CREATE INDEX incident_by_service ON incident (service_id, id) WHERE service_id IS NOT NULL',
  'CREATE INDEX incident_by_team ON incident (team_id, id) WHERE team_id IS NOT NULL',
  `CREATE TABLE incident_stage (
     incident_id uuid NOT NULL CONSTRAINT incident_stage_incident_fkey REFERENCES incident (id),
     seq integer NOT NULL CONSTRAINT incident_stage_seq CHECK (seq BETWEEN 1 AND 1000),
     stage text NOT NULL CONSTRAINT incident_stage_stage CHECK (stage IN ${STAGES}),
     sub_state text CONSTRAINT incident_stage_sub_state CHECK (sub_state IN ${SUB_STATES}),
     entered_at timestamptz NOT NULL,
     ${words('incident_stage', 'late_because', 500, 'NULL')},
     by_id uuid NOT NULL CONSTRAINT incident_stage_by_id_fkey REFERENCES principal (id),
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT incident_stage_pkey PRIMARY KEY (incident_id, seq),
     CONSTRAINT incident_stage_handled_in CHECK ((stage = 'handle') = (sub_state IS NOT NULL)),
     CONSTRAINT incident_stage_not_in_future CHECK (entered_at <= recorded_at + interval '1 minute')
   )`,
  `SELECT make_ledger('incident_stage')`,
];

const TRIGGERS = [
  // One counter a year, without gaps but for numbers under which somebody has a plain SLA case already.
  `CREATE FUNCTION incident_is_numbered() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     this_year integer := extract(year FROM clock_timestamp() AT TIME ZONE 'UTC');
     next integer;
   BEGIN
     LOOP
       INSERT INTO incident_number AS n (year, last) VALUES (this_year, 1)
         ON CONFLICT (year) DO UPDATE SET last = n.last + 1 RETURNING n.last INTO next;
       NEW.number := format('INC-%s-%s', this_year, lpad(next::text, greatest(6, length(next::text)), '0'));
       EXIT WHEN NOT EXISTS (SELECT FROM sla_case_event WHERE subject = NEW.number)
         AND NOT EXISTS (SELECT FROM sla_clock WHERE subject = NEW.number);
     END LOOP;
     NEW.version := 1;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER incident_is_numbered BEFORE INSERT ON incident FOR EACH ROW EXECUTE FUNCTION incident_is_numbered()',
  always('incident', 'incident_is_numbered'),
  `CREATE FUNCTION incident_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NEW.stage <> 'receive' THEN
       RAISE EXCEPTION 'incident % begins with its receipt', NEW.number
         USING ERRCODE = '23514', CONSTRAINT = 'incident_begins';
     END IF;
     INSERT INTO incident_stage (incident_id, seq, stage, entered_at, late_because, by_id)
       VALUES (NEW.id, 1, 'receive', NEW.received_at, NEW.late_because, NEW.created_by);
     RETURN NULL;
   END $$`,
  'CREATE TRIGGER incident_begins AFTER INSERT ON incident FOR EACH ROW EXECUTE FUNCTION incident_begins()',
  always('incident', 'incident_begins'),
  `CREATE FUNCTION incident_stage_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     received timestamptz;
     previous incident_stage;
   BEGIN
     SELECT received_at INTO received FROM incident WHERE id = NEW.incident_id FOR UPDATE;
     SELECT * INTO previous FROM incident_stage WHERE incident_id = NEW.incident_id ORDER BY seq DESC LIMIT 1;
     IF NEW.seq <> coalesce(previous.seq, 0) + 1
        OR NEW.entered_at < coalesce(previous.entered_at, received)
        OR (NEW.seq = 1 AND NEW.entered_at <> received)
        OR NOT (coalesce(previous.stage, 'new'), NEW.stage) IN (('new', 'receive'), ('receive', 'record'),
          ('record', 'classify'), ('classify', 'transfer'), ('transfer', 'handle'), ('handle', 'handle'),
          ('handle', 'feedback'), ('feedback', 'closed'))
        OR (NEW.stage = 'handle' AND previous.sub_state IS NOT DISTINCT FROM NEW.sub_state)
     THEN
       RAISE EXCEPTION 'stage % (%) of incident % does not follow the one before', NEW.seq, NEW.stage, NEW.incident_id
         USING ERRCODE = '23514', CONSTRAINT = 'incident_stage_follows';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_stage_follows BEFORE INSERT ON incident_stage
     FOR EACH ROW EXECUTE FUNCTION incident_stage_follows()`,
  always('incident_stage', 'incident_stage_follows'),
  `CREATE FUNCTION incident_stage_entered() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     UPDATE incident SET stage = NEW.stage, sub_state = NEW.sub_state,
       resolved_at = CASE WHEN NEW.stage = 'feedback' THEN NEW.entered_at ELSE resolved_at END,
       closed_at = CASE WHEN NEW.stage = 'closed' THEN NEW.entered_at END
     WHERE id = NEW.incident_id;
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER incident_stage_entered AFTER INSERT ON incident_stage
     FOR EACH ROW WHEN (NEW.seq > 1) EXECUTE FUNCTION incident_stage_entered()`,
  always('incident_stage', 'incident_stage_entered'),
  `CREATE FUNCTION incident_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'DELETE' OR OLD.stage = 'closed' THEN
       RAISE EXCEPTION 'incident % is kept as it is: % is refused', OLD.number, TG_OP
         USING ERRCODE = '23514', CONSTRAINT = 'incident_stays';
     END IF;
     IF (NEW.id, NEW.number, NEW.received_at, NEW.created_by, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.number, OLD.received_at, OLD.created_by, OLD.created_at)
        OR (OLD.restored_at IS NOT NULL AND NEW.restored_at IS DISTINCT FROM OLD.restored_at) THEN
       RAISE EXCEPTION 'incident %: what it is and what has happened stays', OLD.number
         USING ERRCODE = '23514', CONSTRAINT = 'incident_stays';
     END IF;
     PERFORM FROM (SELECT stage, sub_state, entered_at FROM incident_stage WHERE incident_id = NEW.id
       ORDER BY seq DESC LIMIT 1) last
     WHERE last.stage = NEW.stage AND last.sub_state IS NOT DISTINCT FROM NEW.sub_state
       AND (last.stage <> 'closed' OR last.entered_at = NEW.closed_at)
       AND (last.stage <> 'feedback' OR last.entered_at = NEW.resolved_at);
     IF NOT FOUND THEN
       RAISE EXCEPTION 'incident % is in another stage than its last', OLD.number
         USING ERRCODE = '23514', CONSTRAINT = 'incident_stage_is_last';
     END IF;
     NEW.version := OLD.version + 1;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER incident_guard BEFORE UPDATE OR DELETE ON incident FOR EACH ROW EXECUTE FUNCTION incident_guard()`,
  always('incident', 'incident_guard'),
  'CREATE TRIGGER never_truncated BEFORE TRUNCATE ON incident FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()',
  always('incident', 'never_truncated'),
];
