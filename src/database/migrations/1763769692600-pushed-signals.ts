import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Series that are pushed from outside, each with its newest value, and the role of who pushes them. */
export class PushedSignals1763769692600 implements MigrationInterface {
  readonly name = 'PushedSignals1763769692600';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE signal_series (
     id uuid CONSTRAINT signal_series_pkey PRIMARY KEY,
     -- What a rule names as push:NAME.
     name text NOT NULL CONSTRAINT signal_series_name CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
     -- What tells it from others of its name: its labels, or the fingerprint that its sender gives it.
     series_key text NOT NULL CONSTRAINT signal_series_key CHECK (length(series_key) BETWEEN 1 AND 200),
     title text NOT NULL CONSTRAINT signal_series_title CHECK (length(title) BETWEEN 1 AND 300),
     service_id uuid CONSTRAINT signal_series_service_fkey REFERENCES service (id),
     value double precision NOT NULL CONSTRAINT signal_series_value
       CHECK (value BETWEEN -1e15 AND 1e15),
     -- The moment that the value speaks of; an older one never takes its place.
     valued_at timestamptz NOT NULL,
     -- Nothing is known any more from here on.
     holds_until timestamptz NOT NULL,
     pushed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     pushed_by uuid NOT NULL CONSTRAINT signal_series_pushed_by_fkey REFERENCES principal (id),
     CONSTRAINT signal_series_unique UNIQUE (name, series_key),
     CONSTRAINT signal_series_not_in_future CHECK (valued_at <= pushed_at + interval '5 minutes')
   )`,
  'CREATE INDEX signal_series_by_end ON signal_series (holds_until)',
  `CREATE FUNCTION signal_series_goes_on() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF NEW.valued_at < OLD.valued_at OR (NEW.id, NEW.name, NEW.series_key) IS DISTINCT FROM (OLD.id, OLD.name, OLD.series_key) THEN
       RAISE EXCEPTION 'series % goes on in time', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'signal_series_goes_on';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER signal_series_goes_on BEFORE UPDATE ON signal_series
     FOR EACH ROW EXECUTE FUNCTION signal_series_goes_on()`,
  'ALTER TABLE signal_series ENABLE ALWAYS TRIGGER signal_series_goes_on',
  'ALTER TABLE principal DROP CONSTRAINT principal_roles',
  `ALTER TABLE principal ADD CONSTRAINT principal_roles
     CHECK (roles <@ ARRAY['viewer', 'asset-manager', 'operator', 'auditor', 'admin', 'counter', 'reporter'])`,
];
