import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * SLA clocks: ledgers of what was promised when a clock was started, of its segments, and of the marks that it has reached.
 * `sla_clock_open` holds the clocks that are not stopped; whoever adds a segment locks the row of its clock.
 */
export class SlaClocks1763769640500 implements MigrationInterface {
  readonly name = 'SlaClocks1763769640500';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const KINDS = `('respond', 'plan', 'recover', 'resolve', 'update', 'record', 'classify', 'transfer', 'feedback')`;

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const STATEMENTS = [
  `CREATE TABLE sla_clock (
     id uuid CONSTRAINT sla_clock_pkey PRIMARY KEY,
     kind text NOT NULL CONSTRAINT sla_clock_kind CHECK (kind IN ${KINDS}),
     severity text NOT NULL CONSTRAINT sla_clock_severity CHECK (severity IN ('emergency', 'important', 'general')),
     subject text NOT NULL CONSTRAINT sla_clock_subject CHECK (length(subject) BETWEEN 1 AND 200),
     service_id uuid CONSTRAINT sla_clock_service_id_fkey REFERENCES service (id),
     -- What was promised then: later policies change nothing here.
     term jsonb NOT NULL CONSTRAINT sla_clock_term CHECK (jsonb_typeof(term) = 'object'),
     policy_version integer CONSTRAINT sla_clock_policy_version_fkey REFERENCES sla_policy_version (version),
     calendar_id uuid CONSTRAINT sla_clock_calendar_id_fkey REFERENCES sla_calendar (id),
     mark_percents integer[] NOT NULL CONSTRAINT sla_clock_mark_percents CHECK (
       1 <= ALL (mark_percents) AND 99 >= ALL (mark_percents) AND cardinality(mark_percents) <= 10
     ),
     started_at timestamptz NOT NULL,
     created_by uuid CONSTRAINT sla_clock_created_by_fkey REFERENCES principal (id),
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT sla_clock_needs_calendar CHECK (coalesce(term ->> 'counted', '') = 'always' OR calendar_id IS NOT NULL),
     CONSTRAINT sla_clock_not_in_future CHECK (started_at <= created_at + interval '1 minute')
   )`,
  'CREATE INDEX sla_clock_by_service ON sla_clock (service_id, id) WHERE service_id IS NOT NULL',
  `SELECT make_ledger('sla_clock')`,
  `CREATE TABLE sla_clock_open (
     clock_id uuid CONSTRAINT sla_clock_open_pkey PRIMARY KEY
       CONSTRAINT sla_clock_open_clock_fkey REFERENCES sla_clock (id)
   )`,
  `CREATE TABLE sla_clock_segment (
     clock_id uuid NOT NULL CONSTRAINT sla_clock_segment_clock_fkey REFERENCES sla_clock (id),
     seq integer NOT NULL CONSTRAINT sla_clock_segment_seq CHECK (seq BETWEEN 1 AND 1000),
     state text NOT NULL CONSTRAINT sla_clock_segment_state CHECK (state IN ('running', 'paused', 'stopped')),
     from_at timestamptz NOT NULL,
     reason text CONSTRAINT sla_clock_segment_reason CHECK (length(reason) BETWEEN 1 AND 500),
     by_id uuid CONSTRAINT sla_clock_segment_by_id_fkey REFERENCES principal (id),
     approved_by_id uuid CONSTRAINT sla_clock_segment_approved_by_id_fkey REFERENCES principal (id),
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT sla_clock_segment_pkey PRIMARY KEY (clock_id, seq),
     CONSTRAINT sla_clock_segment_pause_approved CHECK ((state = 'paused') = (approved_by_id IS NOT NULL)),
     CONSTRAINT sla_clock_segment_pause_by_two CHECK (approved_by_id <> by_id),
     CONSTRAINT sla_clock_segment_pause_has_reason CHECK (state <> 'paused' OR reason IS NOT NULL),
     CONSTRAINT sla_clock_segment_not_in_future CHECK (from_at <= recorded_at + interval '1 minute')
   )`,
  `CREATE FUNCTION sla_clock_segment_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     previous sla_clock_segment;
   BEGIN
     -- Under an older snapshot the last segment could be another one than is seen.
     IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
       RAISE EXCEPTION 'segments are written under READ COMMITTED only'
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_segment_isolation';
     END IF;
     IF NEW.seq = 1 THEN
       INSERT INTO sla_clock_open (clock_id) VALUES (NEW.clock_id) ON CONFLICT DO NOTHING;
     ELSE
       PERFORM FROM sla_clock_open WHERE clock_id = NEW.clock_id FOR UPDATE;
       IF NOT FOUND THEN
         RAISE EXCEPTION 'clock % has been stopped', NEW.clock_id
           USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_segment_stopped';
       END IF;
     END IF;
     SELECT * INTO previous FROM sla_clock_segment WHERE clock_id = NEW.clock_id ORDER BY seq DESC LIMIT 1;
     IF NEW.seq <> coalesce(previous.seq, 0) + 1
        OR NEW.from_at < coalesce(previous.from_at, NEW.from_at)
        OR NOT (coalesce(previous.state, 'new'), NEW.state) IN (
          ('new', 'running'), ('running', 'paused'), ('running', 'stopped'), ('paused', 'running'), ('paused', 'stopped')
        )
        OR (NEW.seq = 1 AND NEW.from_at <> (SELECT started_at FROM sla_clock WHERE id = NEW.clock_id))
     THEN
       RAISE EXCEPTION 'segment % (%) of clock % does not follow the one before', NEW.seq, NEW.state, NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_segment_follows';
     END IF;
     IF NEW.state = 'stopped' THEN
       DELETE FROM sla_clock_open WHERE clock_id = NEW.clock_id;
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_clock_segment_follows BEFORE INSERT ON sla_clock_segment
     FOR EACH ROW EXECUTE FUNCTION sla_clock_segment_follows()`,
  always('sla_clock_segment', 'sla_clock_segment_follows'),
  `SELECT make_ledger('sla_clock_segment')`,
  `CREATE FUNCTION sla_clock_starts() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM sla_clock_segment WHERE clock_id = NEW.id) THEN
       RAISE EXCEPTION 'clock % has no first segment', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_starts';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER sla_clock_starts AFTER INSERT ON sla_clock
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sla_clock_starts()`,
  // 100 is the breach.
  `CREATE TABLE sla_clock_mark (
     clock_id uuid NOT NULL CONSTRAINT sla_clock_mark_clock_fkey REFERENCES sla_clock (id),
     percent integer NOT NULL CONSTRAINT sla_clock_mark_percent CHECK (percent BETWEEN 1 AND 100),
     reached_at timestamptz NOT NULL,
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT sla_clock_mark_pkey PRIMARY KEY (clock_id, percent),
     CONSTRAINT sla_clock_mark_not_in_future CHECK (reached_at <= recorded_at + interval '1 minute')
   )`,
  `SELECT make_ledger('sla_clock_mark')`,
];
