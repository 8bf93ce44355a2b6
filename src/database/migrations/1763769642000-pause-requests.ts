import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Pauses of SLA clocks by the act of two: one asks, and the clock stands still once another person has approved. Requests and
 * decisions are ledgers; `sla_pause_open` holds what is not decided, at most one for a clock. Pauses that were entered before
 * name their approver and have no request.
 */
export class PauseRequests1763769642000 implements MigrationInterface {
  readonly name = 'PauseRequests1763769642000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const STATEMENTS = [
  `CREATE TABLE sla_pause_request (
     id uuid CONSTRAINT sla_pause_request_pkey PRIMARY KEY,
     clock_id uuid NOT NULL CONSTRAINT sla_pause_request_clock_fkey REFERENCES sla_clock (id),
     reason text NOT NULL CONSTRAINT sla_pause_request_reason CHECK (length(reason) BETWEEN 1 AND 500),
     -- Whoever is asked to approve, and told so; another person may do it as well.
     asked_id uuid CONSTRAINT sla_pause_request_asked_id_fkey REFERENCES person (id),
     requested_by uuid NOT NULL CONSTRAINT sla_pause_request_requested_by_fkey REFERENCES principal (id),
     -- The database sets it: nobody asks in the past.
     requested_at timestamptz NOT NULL,
     CONSTRAINT sla_pause_request_asks_another CHECK (asked_id <> requested_by)
   )`,
  'CREATE INDEX sla_pause_request_by_clock ON sla_pause_request (clock_id, id)',
  `CREATE TABLE sla_pause_open (
     request_id uuid CONSTRAINT sla_pause_open_pkey PRIMARY KEY
       CONSTRAINT sla_pause_open_request_fkey REFERENCES sla_pause_request (id) DEFERRABLE INITIALLY DEFERRED,
     clock_id uuid NOT NULL CONSTRAINT sla_pause_open_clock_fkey REFERENCES sla_clock (id),
     CONSTRAINT sla_pause_open_one UNIQUE (clock_id)
   )`,
  `CREATE FUNCTION sla_pause_requested() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM FROM sla_clock_open WHERE clock_id = NEW.clock_id FOR UPDATE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'clock % has been stopped', NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_pause_request_of_open';
     END IF;
     IF (SELECT state FROM sla_clock_segment WHERE clock_id = NEW.clock_id ORDER BY seq DESC LIMIT 1) <> 'running' THEN
       RAISE EXCEPTION 'clock % does not run', NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_pause_request_of_running';
     END IF;
     NEW.requested_at := date_trunc('milliseconds', clock_timestamp());
     INSERT INTO sla_pause_open (request_id, clock_id) VALUES (NEW.id, NEW.clock_id);
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_pause_requested BEFORE INSERT ON sla_pause_request
     FOR EACH ROW EXECUTE FUNCTION sla_pause_requested()`,
  always('sla_pause_request', 'sla_pause_requested'),
  `SELECT make_ledger('sla_pause_request')`,
  `CREATE TABLE sla_pause_decision (
     request_id uuid CONSTRAINT sla_pause_decision_pkey PRIMARY KEY
       CONSTRAINT sla_pause_decision_request_fkey REFERENCES sla_pause_request (id),
     outcome text NOT NULL CONSTRAINT sla_pause_decision_outcome CHECK (outcome IN ('approved', 'refused', 'withdrawn')),
     note text NOT NULL CONSTRAINT sla_pause_decision_note CHECK (length(note) <= 2000),
     -- The approver accepts that it holds since it was asked for, which is back-dating.
     since_request boolean NOT NULL DEFAULT false,
     -- The database sets both.
     effective_at timestamptz,
     decided_at timestamptz NOT NULL,
     decided_by uuid NOT NULL CONSTRAINT sla_pause_decision_decided_by_fkey REFERENCES principal (id),
     CONSTRAINT sla_pause_decision_takes_effect CHECK ((outcome = 'approved') = (effective_at IS NOT NULL)),
     CONSTRAINT sla_pause_decision_since_request CHECK (outcome = 'approved' OR NOT since_request)
   )`,
  `CREATE FUNCTION sla_pause_decided() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   DECLARE
     request sla_pause_request;
   BEGIN
     SELECT * INTO request FROM sla_pause_request WHERE id = NEW.request_id;
     IF (NEW.outcome = 'withdrawn') IS DISTINCT FROM (NEW.decided_by = request.requested_by) THEN
       RAISE EXCEPTION 'pause request %: who asks withdraws, and another one approves or refuses', NEW.request_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_pause_decision_by_another';
     END IF;
     IF NEW.outcome = 'approved'
        AND NOT EXISTS (SELECT FROM principal WHERE id = NEW.decided_by AND kind = 'person' AND disabled_at IS NULL) THEN
       RAISE EXCEPTION 'pause request %: an active person approves', NEW.request_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_pause_decision_by_person';
     END IF;
     DELETE FROM sla_pause_open WHERE request_id = NEW.request_id;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'pause request % is not open', NEW.request_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_pause_decision_of_open';
     END IF;
     NEW.decided_at := date_trunc('milliseconds', clock_timestamp());
     NEW.effective_at := CASE
       WHEN NEW.outcome <> 'approved' THEN NULL
       WHEN NEW.since_request THEN request.requested_at
       ELSE NEW.decided_at
     END;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_pause_decided BEFORE INSERT ON sla_pause_decision
     FOR EACH ROW EXECUTE FUNCTION sla_pause_decided()`,
  always('sla_pause_decision', 'sla_pause_decided'),
  `SELECT make_ledger('sla_pause_decision')`,
  `ALTER TABLE sla_clock_segment
     ADD pause_request_id uuid CONSTRAINT sla_clock_segment_pause_request_fkey REFERENCES sla_pause_request (id)`,
  `CREATE UNIQUE INDEX sla_clock_segment_pause_request_once ON sla_clock_segment (pause_request_id)
     WHERE pause_request_id IS NOT NULL`,
  `CREATE FUNCTION sla_clock_segment_pauses() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NEW.state = 'stopped' THEN
       DELETE FROM sla_pause_open WHERE clock_id = NEW.clock_id;
     ELSIF NEW.state = 'paused' AND NOT EXISTS (
       SELECT FROM sla_pause_request r JOIN sla_pause_decision d ON d.request_id = r.id
       WHERE r.id = NEW.pause_request_id AND r.clock_id = NEW.clock_id AND r.reason = NEW.reason
         AND r.requested_by = NEW.by_id AND d.outcome = 'approved' AND d.decided_by = NEW.approved_by_id
         AND d.effective_at = NEW.from_at
     ) THEN
       RAISE EXCEPTION 'segment % of clock % pauses it otherwise than somebody has approved', NEW.seq, NEW.clock_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_clock_segment_pause_as_approved';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER sla_clock_segment_pauses BEFORE INSERT ON sla_clock_segment
     FOR EACH ROW EXECUTE FUNCTION sla_clock_segment_pauses()`,
  always('sla_clock_segment', 'sla_clock_segment_pauses'),
  `CREATE FUNCTION sla_pause_takes_effect() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM sla_clock_segment WHERE pause_request_id = NEW.request_id) THEN
       RAISE EXCEPTION 'pause request % is approved, and its clock runs on', NEW.request_id
         USING ERRCODE = '23514', CONSTRAINT = 'sla_pause_takes_effect';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER sla_pause_takes_effect AFTER INSERT ON sla_pause_decision
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.outcome = 'approved') EXECUTE FUNCTION sla_pause_takes_effect()`,
];
