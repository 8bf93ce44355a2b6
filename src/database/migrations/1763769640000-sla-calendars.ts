import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Working calendars: the windows of each weekday in a zone, and the dated days that are closed or have windows of their own.
 * A calendar is retired, never deleted, because what was measured by it names it.
 */
export class SlaCalendars1763769640000 implements MigrationInterface {
  readonly name = 'SlaCalendars1763769640000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

/** The columns of one window, and that two of the same day never overlap. */
const windowOf = (table: string, day: string) => `
  from_minute integer NOT NULL,
  until_minute integer NOT NULL,
  CONSTRAINT ${table}_pkey PRIMARY KEY (calendar_id, ${day}, from_minute),
  CONSTRAINT ${table}_span CHECK (from_minute >= 0 AND from_minute < until_minute AND until_minute <= 1440),
  CONSTRAINT ${table}_no_overlap EXCLUDE USING gist
    (calendar_id WITH =, ${day} WITH =, int4range(from_minute, until_minute) WITH &&)`;

const STATEMENTS = [
  `CREATE TABLE sla_calendar (
     id uuid CONSTRAINT sla_calendar_pkey PRIMARY KEY,
     name text NOT NULL CONSTRAINT sla_calendar_name CHECK (length(name) BETWEEN 1 AND 120),
     zone text NOT NULL CONSTRAINT sla_calendar_zone CHECK (length(zone) BETWEEN 1 AND 60),
     holidays text NOT NULL CONSTRAINT sla_calendar_holidays CHECK (holidays IN ('none', 'listed', 'chinese')),
     make_up_weekday integer NOT NULL
       CONSTRAINT sla_calendar_make_up_weekday CHECK (make_up_weekday BETWEEN 1 AND 7),
     complete_years integer[] NOT NULL DEFAULT '{}'
       CONSTRAINT sla_calendar_complete_years CHECK (
         1970 <= ALL (complete_years) AND 2200 >= ALL (complete_years) AND cardinality(complete_years) <= 100
       ),
     retired_at timestamptz,
     retired_reason text CONSTRAINT sla_calendar_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 1 CONSTRAINT sla_calendar_version CHECK (version >= 1),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT sla_calendar_retired_with_reason CHECK ((retired_at IS NULL) = (retired_reason IS NULL)),
     CONSTRAINT sla_calendar_waits_for_years CHECK (holidays <> 'none' OR cardinality(complete_years) = 0)
   )`,
  'CREATE UNIQUE INDEX sla_calendar_name_unique ON sla_calendar (lower(name))',
  'CREATE INDEX sla_calendar_retired ON sla_calendar (lower(name)) WHERE retired_at IS NOT NULL',
  `CREATE TRIGGER sla_calendar_never_deleted BEFORE DELETE ON sla_calendar
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TRIGGER sla_calendar_retired_is_final BEFORE UPDATE ON sla_calendar
     FOR EACH ROW WHEN (OLD.retired_at IS NOT NULL) EXECUTE FUNCTION inventory_refuse_change()`,
  `CREATE TABLE sla_calendar_window (
     calendar_id uuid NOT NULL CONSTRAINT sla_calendar_window_calendar_fkey REFERENCES sla_calendar (id),
     weekday integer NOT NULL CONSTRAINT sla_calendar_window_weekday CHECK (weekday BETWEEN 1 AND 7),
     ${windowOf('sla_calendar_window', 'weekday')}
   )`,
  `CREATE TABLE sla_calendar_day (
     calendar_id uuid NOT NULL CONSTRAINT sla_calendar_day_calendar_fkey REFERENCES sla_calendar (id),
     day date NOT NULL CONSTRAINT sla_calendar_day_day CHECK (day BETWEEN '1970-01-01' AND '2200-12-31'),
     name text NOT NULL CONSTRAINT sla_calendar_day_name CHECK (length(name) BETWEEN 1 AND 120),
     CONSTRAINT sla_calendar_day_pkey PRIMARY KEY (calendar_id, day)
   )`,
  `CREATE TABLE sla_calendar_day_window (
     calendar_id uuid NOT NULL,
     day date NOT NULL,
     ${windowOf('sla_calendar_day_window', 'day')},
     CONSTRAINT sla_calendar_day_window_day_fkey FOREIGN KEY (calendar_id, day)
       REFERENCES sla_calendar_day (calendar_id, day) ON DELETE CASCADE
   )`,
  // Every change of a calendar or of what belongs to it counts its version up, so this sees the last state of each.
  `CREATE FUNCTION sla_calendar_opens() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM sla_calendar_window WHERE calendar_id = NEW.id) THEN
       RAISE EXCEPTION 'calendar % is open at no time of the week', NEW.name
         USING ERRCODE = '23514', CONSTRAINT = 'sla_calendar_opens';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER sla_calendar_opens AFTER INSERT OR UPDATE ON sla_calendar
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sla_calendar_opens()`,
  // A day or window that comes or goes has counted the version of its calendar up in the same transaction.
  `CREATE FUNCTION sla_calendar_counts_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NOT EXISTS (SELECT FROM sla_calendar
                    WHERE id = coalesce(NEW.calendar_id, OLD.calendar_id) AND xmin = pg_current_xact_id()::xid) THEN
       RAISE EXCEPTION 'calendar %: its days and windows change together with its version',
         coalesce(NEW.calendar_id, OLD.calendar_id) USING ERRCODE = '23514', CONSTRAINT = 'sla_calendar_counts_up';
     END IF;
     RETURN NULL;
   END $$`,
  ...['sla_calendar_window', 'sla_calendar_day', 'sla_calendar_day_window'].map(
    (table) => `CREATE CONSTRAINT TRIGGER ${table}_counts_up AFTER INSERT OR UPDATE OR DELETE ON ${table}
     DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sla_calendar_counts_up()`,
  ),
];
