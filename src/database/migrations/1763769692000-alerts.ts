import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Alerts: how urgent they can be, the rules over signals, where each key of a rule stands, the alerts that rules have opened, at
 * most one open alert for a key, and the ledger of what became of them. The highest level is the most urgent one.
 */
export class Alerts1763769692000 implements MigrationInterface {
  readonly name = 'Alerts1763769692000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...LEVELS, ...RULES, ...OVERRIDES, ...STATES, ...ALERTS, ...CHANGES]) {
      await runner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const guarded = (table: string, trigger: string, when: string, body: string) => [
  `CREATE FUNCTION ${trigger}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ ${body} $$`,
  `CREATE TRIGGER ${trigger} ${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${trigger}()`,
  always(table, trigger),
];

const neverTruncated = (table: string) => [
  `CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`,
  always(table, 'never_truncated'),
];

const LEVELS = [
  `CREATE TABLE alert_levels (
     only_one boolean CONSTRAINT alert_levels_pkey PRIMARY KEY DEFAULT true CONSTRAINT alert_levels_only_one CHECK (only_one),
     -- The name of level 1, the least urgent, comes first.
     names text[] NOT NULL CONSTRAINT alert_levels_names CHECK (cardinality(names) BETWEEN 2 AND 4
       AND array_position(names, NULL) IS NULL AND length(array_to_string(names, '')) BETWEEN 2 AND 160),
     version integer NOT NULL DEFAULT 1 CONSTRAINT alert_levels_version CHECK (version >= 1),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  `INSERT INTO alert_levels (names) VALUES (ARRAY['notice', 'warning', 'near critical', 'critical'])`,
  `CREATE FUNCTION alert_levels_high(wanted integer) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp
     RETURN (SELECT wanted <= cardinality(names) FROM alert_levels)`,
  ...neverTruncated('alert_levels'),
];

// Levels, raise and clear values rise together (fall together for a rule that looks downwards); a level is left on the calm side
// of where it is reached, so that the dead band between them is never negative.
const THRESHOLDS = `CREATE FUNCTION alert_thresholds_fit(direction text, thresholds jsonb) RETURNS boolean
  LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(jsonb_typeof(thresholds) = 'array', false) AND jsonb_array_length(thresholds) <= 4 AND NOT EXISTS (
    SELECT FROM (
      SELECT level, raise * way AS raise, clear * way AS clear, lag(level) OVER places AS level_before,
        lag(raise * way) OVER places AS raise_before, lag(clear * way) OVER places AS clear_before
      FROM (SELECT CASE direction WHEN 'above' THEN 1 ELSE -1 END AS way) d,
        ROWS FROM (jsonb_to_recordset(thresholds) AS (level integer, raise double precision, clear double precision))
          WITH ORDINALITY AS t (level, raise, clear, place)
      WINDOW places AS (ORDER BY place)
    ) t
    WHERE (level BETWEEN 1 AND 4 AND clear <= raise AND (level_before IS NULL
      OR (level > level_before AND raise > raise_before AND clear >= clear_before))) IS NOT TRUE
  ) $$`;

const highestOf = (thresholds: string) =>
  `(SELECT max((t ->> 'level')::integer) FROM jsonb_array_elements(${thresholds}) t)`;

const RULES = [
  THRESHOLDS,
  `CREATE TABLE alert_rule (
     id uuid CONSTRAINT alert_rule_pkey PRIMARY KEY,
     name text NOT NULL CONSTRAINT alert_rule_name CHECK (length(name) BETWEEN 1 AND 120),
     signal text NOT NULL CONSTRAINT alert_rule_signal CHECK (signal ~ '^[a-z0-9][a-z0-9._:-]{0,119}$'),
     direction text NOT NULL CONSTRAINT alert_rule_direction CHECK (direction IN ('above', 'below')),
     thresholds jsonb NOT NULL,
     raise_for_seconds integer NOT NULL CONSTRAINT alert_rule_raise_for CHECK (raise_for_seconds BETWEEN 0 AND 2592000),
     clear_for_seconds integer NOT NULL CONSTRAINT alert_rule_clear_for CHECK (clear_for_seconds BETWEEN 0 AND 2592000),
     no_data_after_seconds integer NOT NULL
       CONSTRAINT alert_rule_no_data_after CHECK (no_data_after_seconds BETWEEN 0 AND 31536000),
     no_data_does text NOT NULL CONSTRAINT alert_rule_no_data_does CHECK (no_data_does IN ('keep', 'clear', 'alert')),
     no_data_level smallint CONSTRAINT alert_rule_no_data_level CHECK (no_data_level BETWEEN 1 AND 4),
     enabled boolean NOT NULL DEFAULT true,
     -- Which of the rules that come with Muster it is; null for one that somebody has added.
     shipped_as text,
     retired_at timestamptz,
     retired_reason text CONSTRAINT alert_rule_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 1 CONSTRAINT alert_rule_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT alert_rule_thresholds CHECK (alert_thresholds_fit(direction, thresholds)),
     CONSTRAINT alert_rule_no_data_has_level CHECK ((no_data_does = 'alert') = (no_data_level IS NOT NULL)),
     CONSTRAINT alert_rule_can_alert CHECK (jsonb_array_length(thresholds) > 0 OR no_data_does = 'alert'),
     CONSTRAINT alert_rule_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL)),
     CONSTRAINT alert_rule_shipped_as_unique UNIQUE (shipped_as)
   )`,
  'CREATE UNIQUE INDEX alert_rule_name_unique ON alert_rule (lower(name))',
  `CREATE TRIGGER alert_rule_never_deleted BEFORE DELETE ON alert_rule
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  always('alert_rule', 'alert_rule_never_deleted'),
  `CREATE TRIGGER alert_rule_retired_is_final BEFORE UPDATE ON alert_rule
     FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  always('alert_rule', 'alert_rule_retired_is_final'),
  ...neverTruncated('alert_rule'),
  ...guarded(
    'alert_rule',
    'alert_rule_kept',
    'BEFORE INSERT OR UPDATE',
    `BEGIN
       IF TG_OP = 'UPDATE' AND (NEW.id, NEW.signal, NEW.direction, NEW.shipped_as)
          IS DISTINCT FROM (OLD.id, OLD.signal, OLD.direction, OLD.shipped_as) THEN
         RAISE EXCEPTION 'rule % stays over its signal', OLD.id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_rule_stays_over_signal';
       END IF;
       PERFORM FROM alert_levels FOR SHARE;
       IF NOT alert_levels_high(greatest(NEW.no_data_level, ${highestOf('NEW.thresholds')})) THEN
         RAISE EXCEPTION 'rule % has a level that there is not', NEW.id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_rule_of_known_levels';
       END IF;
       RETURN NEW;
     END`,
  ),
];

const OVERRIDES = [
  `CREATE TABLE alert_rule_override (
     rule_id uuid CONSTRAINT alert_rule_override_rule_fkey REFERENCES alert_rule (id),
     service_id uuid CONSTRAINT alert_rule_override_service_fkey REFERENCES service (id),
     thresholds jsonb NOT NULL,
     CONSTRAINT alert_rule_override_pkey PRIMARY KEY (rule_id, service_id)
   )`,
  'CREATE INDEX alert_rule_override_by_service ON alert_rule_override (service_id)',
  ...neverTruncated('alert_rule_override'),
  ...guarded(
    'alert_rule_override',
    'alert_rule_override_fits',
    'BEFORE INSERT OR UPDATE',
    `BEGIN
       PERFORM FROM alert_levels FOR SHARE;
       IF NOT alert_thresholds_fit((SELECT direction FROM alert_rule WHERE id = NEW.rule_id), NEW.thresholds) THEN
         RAISE EXCEPTION 'the thresholds of service % do not fit', NEW.service_id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_rule_override_thresholds';
       END IF;
       IF NOT alert_levels_high(${highestOf('NEW.thresholds')}) THEN
         RAISE EXCEPTION 'the thresholds of service % have a level that there is not', NEW.service_id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_rule_of_known_levels';
       END IF;
       RETURN NEW;
     END`,
  ),
  ...guarded(
    'alert_levels',
    'alert_levels_kept',
    'BEFORE UPDATE OR DELETE',
    `BEGIN
       IF TG_OP = 'DELETE' OR cardinality(NEW.names) < greatest(
         (SELECT max(greatest(no_data_level, ${highestOf('thresholds')})) FROM alert_rule WHERE retired_at IS NULL),
         (SELECT max(${highestOf('o.thresholds')}) FROM alert_rule_override o JOIN alert_rule r ON r.id = o.rule_id
          WHERE r.retired_at IS NULL),
         (SELECT max(level) FROM alert WHERE closed_at IS NULL)
       ) THEN
         RAISE EXCEPTION 'a level that a rule or an open alert has cannot go'
           USING ERRCODE = '23514', CONSTRAINT = 'alert_levels_in_use';
       END IF;
       RETURN NEW;
     END`,
  ),
];

// Keys that are calm have no row: of many signals few have one, and a pass over calm ones writes nothing.
const STATES = [
  `CREATE TABLE alert_pass (
     rule_id uuid CONSTRAINT alert_pass_pkey PRIMARY KEY CONSTRAINT alert_pass_rule_fkey REFERENCES alert_rule (id),
     -- What was read earlier is not judged any more.
     read_at timestamptz NOT NULL
   )`,
  `CREATE TABLE alert_key_state (
     rule_id uuid NOT NULL CONSTRAINT alert_key_state_rule_fkey REFERENCES alert_rule (id),
     key text NOT NULL CONSTRAINT alert_key_state_key CHECK (length(key) BETWEEN 1 AND 300),
     level smallint NOT NULL CONSTRAINT alert_key_state_level CHECK (level BETWEEN 0 AND 4),
     -- Since when each level would be reached or left; the element of level 1 comes first.
     since_1 timestamptz, since_2 timestamptz, since_3 timestamptz, since_4 timestamptz,
     missing_since timestamptz,
     no_data boolean NOT NULL,
     CONSTRAINT alert_key_state_pkey PRIMARY KEY (rule_id, key),
     CONSTRAINT alert_key_state_no_data_is_missing CHECK (NOT no_data OR missing_since IS NOT NULL)
   )`,
];

const ALERTS = [
  `CREATE TABLE alert (
     id uuid CONSTRAINT alert_pkey PRIMARY KEY,
     rule_id uuid NOT NULL CONSTRAINT alert_rule_fkey REFERENCES alert_rule (id),
     key text NOT NULL CONSTRAINT alert_key CHECK (length(key) BETWEEN 1 AND 300),
     subject_kind text NOT NULL CONSTRAINT alert_subject_kind CHECK (length(subject_kind) BETWEEN 1 AND 60),
     subject_id text CONSTRAINT alert_subject_id CHECK (length(subject_id) BETWEEN 1 AND 200),
     subject_name text NOT NULL CONSTRAINT alert_subject_name CHECK (length(subject_name) BETWEEN 1 AND 300),
     service_id uuid CONSTRAINT alert_service_fkey REFERENCES service (id),
     level smallint NOT NULL CONSTRAINT alert_level CHECK (level BETWEEN 1 AND 4),
     no_data boolean NOT NULL,
     value double precision,
     -- Why there is no value.
     reason text CONSTRAINT alert_reason CHECK (length(reason) BETWEEN 1 AND 500),
     state text NOT NULL CONSTRAINT alert_state CHECK (state IN ('open', 'acknowledged', 'closed')),
     -- Told to nobody meanwhile.
     suppressed_by text CONSTRAINT alert_suppressed_by CHECK (suppressed_by IN ('silence', 'maintenance')),
     opened_at timestamptz NOT NULL,
     level_since timestamptz NOT NULL,
     acknowledged_at timestamptz,
     acknowledged_by uuid CONSTRAINT alert_acknowledged_by_fkey REFERENCES principal (id),
     remind_at timestamptz,
     closed_at timestamptz,
     version integer NOT NULL DEFAULT 1 CONSTRAINT alert_version CHECK (version >= 1),
     CONSTRAINT alert_closed_has_time CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
     CONSTRAINT alert_acknowledged_by_somebody CHECK (
       (acknowledged_at IS NULL) = (acknowledged_by IS NULL) AND (state <> 'acknowledged' OR acknowledged_at IS NOT NULL)
       AND (state <> 'open' OR acknowledged_at IS NULL)),
     CONSTRAINT alert_reminds_of_acknowledged CHECK (remind_at IS NULL OR (state <> 'open' AND remind_at > acknowledged_at)),
     CONSTRAINT alert_times CHECK (level_since >= opened_at AND closed_at >= opened_at)
   )`,
  'CREATE UNIQUE INDEX alert_one_open ON alert (rule_id, key) WHERE closed_at IS NULL',
  'CREATE INDEX alert_open ON alert (id) WHERE closed_at IS NULL',
  'CREATE INDEX alert_reminds ON alert (remind_at) WHERE closed_at IS NULL AND remind_at IS NOT NULL',
  'CREATE INDEX alert_by_rule ON alert (rule_id, id)',
  'CREATE INDEX alert_by_service ON alert (service_id, id) WHERE service_id IS NOT NULL',
  ...neverTruncated('alert'),
  ...guarded(
    'alert',
    'alert_kept',
    'BEFORE UPDATE OR DELETE',
    `BEGIN
       IF TG_OP = 'DELETE' THEN
         RAISE EXCEPTION 'alert % is closed, never deleted', OLD.id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_never_deleted';
       END IF;
       IF OLD.state = 'closed' THEN
         RAISE EXCEPTION 'alert % is closed and changes no more', OLD.id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_closed_is_final';
       END IF;
       IF (NEW.id, NEW.rule_id, NEW.key, NEW.opened_at) IS DISTINCT FROM (OLD.id, OLD.rule_id, OLD.key, OLD.opened_at) THEN
         RAISE EXCEPTION 'alert % stays that of its key', OLD.id
           USING ERRCODE = '23514', CONSTRAINT = 'alert_stays_of_key';
       END IF;
       RETURN NEW;
     END`,
  ),
];

const CHANGES = [
  `CREATE TABLE alert_change (
     alert_id uuid NOT NULL CONSTRAINT alert_change_alert_fkey REFERENCES alert (id),
     -- Counts from 1: the version of the alert that it led to.
     seq integer NOT NULL CONSTRAINT alert_change_seq CHECK (seq >= 1),
     what text NOT NULL CONSTRAINT alert_change_what CHECK (what IN ('opened', 'raised', 'lowered', 'no-data', 'data-back',
       'acknowledged', 'reminded', 'suppressed', 'unsuppressed', 'closed')),
     at timestamptz NOT NULL,
     level smallint NOT NULL CONSTRAINT alert_change_level CHECK (level BETWEEN 1 AND 4),
     previous_level smallint CONSTRAINT alert_change_previous_level CHECK (previous_level BETWEEN 1 AND 4),
     value double precision,
     -- Null: the rule did it.
     by_id uuid CONSTRAINT alert_change_by_fkey REFERENCES principal (id),
     note text NOT NULL CONSTRAINT alert_change_note CHECK (length(note) <= 500),
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT alert_change_pkey PRIMARY KEY (alert_id, seq),
     CONSTRAINT alert_change_opens_once CHECK ((what = 'opened') = (seq = 1) AND (what = 'opened') = (previous_level IS NULL)),
     CONSTRAINT alert_change_direction CHECK (CASE what WHEN 'raised' THEN level > previous_level
       WHEN 'lowered' THEN level < previous_level WHEN 'opened' THEN true ELSE level = previous_level END)
   )`,
  `SELECT make_ledger('alert_change')`,
  // What an alert says and what its ledger says are one commit.
  `CREATE FUNCTION alert_change_is_recorded() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM alert_change WHERE alert_id = NEW.id AND seq = NEW.version AND level = NEW.level) THEN
       RAISE EXCEPTION 'version % of alert % has no line in the ledger', NEW.version, NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'alert_change_is_recorded';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER alert_opening_is_recorded AFTER INSERT ON alert
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION alert_change_is_recorded()`,
  always('alert', 'alert_opening_is_recorded'),
  `CREATE CONSTRAINT TRIGGER alert_change_is_recorded AFTER UPDATE ON alert DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN ((OLD.version, OLD.level, OLD.state, OLD.no_data, OLD.suppressed_by, OLD.acknowledged_at)
       IS DISTINCT FROM (NEW.version, NEW.level, NEW.state, NEW.no_data, NEW.suppressed_by, NEW.acknowledged_at))
     EXECUTE FUNCTION alert_change_is_recorded()`,
  always('alert', 'alert_change_is_recorded'),
];
