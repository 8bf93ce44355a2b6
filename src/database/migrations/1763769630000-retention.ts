import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Retention by generations, and holds. Besides the youngest sound points of a set, `keep_points` of them, the newest of so many
 * hours, days, weeks, months and years is kept. A hold keeps one recovery point, for a reason and until a moment.
 *
 * Whatever a program decides, the database lets no point of another tool go, none with a live hold, and not the last one of its
 * set that is there and was found sound.
 */
export class Retention1763769630000 implements MigrationInterface {
  readonly name = 'Retention1763769630000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...POLICY, ...HOLD, ...WALLS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const POLICY = [
  `ALTER TABLE backup_set
     ADD keep_hourly integer NOT NULL DEFAULT 0
       CONSTRAINT backup_set_keep_hourly CHECK (keep_hourly BETWEEN 0 AND 10000),
     ADD keep_daily integer NOT NULL DEFAULT 0
       CONSTRAINT backup_set_keep_daily CHECK (keep_daily BETWEEN 0 AND 10000),
     ADD keep_weekly integer NOT NULL DEFAULT 0
       CONSTRAINT backup_set_keep_weekly CHECK (keep_weekly BETWEEN 0 AND 10000),
     ADD keep_monthly integer NOT NULL DEFAULT 0
       CONSTRAINT backup_set_keep_monthly CHECK (keep_monthly BETWEEN 0 AND 10000),
     ADD keep_yearly integer NOT NULL DEFAULT 0
       CONSTRAINT backup_set_keep_yearly CHECK (keep_yearly BETWEEN 0 AND 10000)`,
];

const HOLD = [
  `CREATE TABLE recovery_point_hold (
     id uuid CONSTRAINT recovery_point_hold_pkey PRIMARY KEY,
     point_id uuid NOT NULL CONSTRAINT recovery_point_hold_point_id_fkey REFERENCES recovery_point (id),
     reason text NOT NULL CONSTRAINT recovery_point_hold_reason CHECK (length(reason) BETWEEN 1 AND 500),
     until timestamptz NOT NULL,
     created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     created_by uuid CONSTRAINT recovery_point_hold_created_by_fkey REFERENCES principal (id),
     released_at timestamptz,
     released_by uuid CONSTRAINT recovery_point_hold_released_by_fkey REFERENCES principal (id),
     released_reason text CONSTRAINT recovery_point_hold_released_reason CHECK (length(released_reason) BETWEEN 1 AND 500),
     CONSTRAINT recovery_point_hold_ends_later CHECK (until > created_at),
     CONSTRAINT recovery_point_hold_ends CHECK (until <= created_at + interval '87840 hours'),
     CONSTRAINT recovery_point_hold_released_why CHECK ((released_at IS NULL) = (released_reason IS NULL)
       AND (released_at IS NOT NULL OR released_by IS NULL))
   )`,
  'CREATE INDEX recovery_point_hold_by_point ON recovery_point_hold (point_id, id)',
  'CREATE INDEX recovery_point_hold_open ON recovery_point_hold (point_id, until) WHERE released_at IS NULL',
  'CREATE INDEX recovery_point_hold_by_creator ON recovery_point_hold (created_by)',
  'CREATE INDEX recovery_point_hold_by_releaser ON recovery_point_hold (released_by)',
];

const trigger = (name: string, table: string, when: string, calls = name) => [
  `CREATE TRIGGER ${name} ${when} EXECUTE FUNCTION ${calls}()`,
  `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name}`,
];

/** Otherwise a temporary table of the same name would come first. */
const BY_NAME = 'SET search_path = public, pg_temp';

const WALLS = [
  // The lock keeps the point from going until the hold is seen; one that is going already cannot be held any more.
  `CREATE FUNCTION recovery_point_hold_entry() RETURNS trigger LANGUAGE plpgsql ${BY_NAME} AS $$
   BEGIN
     PERFORM FROM recovery_point WHERE id = NEW.point_id AND state IN ('present', 'missing') FOR SHARE;
     IF NOT FOUND THEN
       RAISE EXCEPTION 'recovery point %: what was removed cannot be held', NEW.point_id
         USING ERRCODE = '23514', CONSTRAINT = 'recovery_point_hold_of_kept';
     END IF;
     NEW.created_at := clock_timestamp();
     RETURN NEW;
   END $$`,
  ...trigger('recovery_point_hold_entry', 'recovery_point_hold', 'BEFORE INSERT ON recovery_point_hold FOR EACH ROW'),
  `CREATE FUNCTION recovery_point_hold_guard() RETURNS trigger LANGUAGE plpgsql ${BY_NAME} AS $$
   BEGIN
     IF TG_OP = 'UPDATE' AND OLD.released_at IS NULL
        AND (NEW.id, NEW.point_id, NEW.reason, NEW.until, NEW.created_at, NEW.created_by)
          IS NOT DISTINCT FROM (OLD.id, OLD.point_id, OLD.reason, OLD.until, OLD.created_at, OLD.created_by) THEN
       RETURN NEW;
     END IF;
     RAISE EXCEPTION 'hold %: a hold is released once, and changes in no other way', OLD.id
       USING ERRCODE = '23514', CONSTRAINT = 'recovery_point_hold_stays';
   END $$`,
  ...trigger(
    'recovery_point_hold_guard',
    'recovery_point_hold',
    'BEFORE UPDATE OR DELETE ON recovery_point_hold FOR EACH ROW',
  ),
  ...trigger(
    'never_truncated',
    'recovery_point_hold',
    'BEFORE TRUNCATE ON recovery_point_hold FOR EACH STATEMENT',
    'refuse_truncate',
  ),
  `CREATE FUNCTION recovery_point_removal() RETURNS trigger LANGUAGE plpgsql ${BY_NAME} AS $$
   BEGIN
     -- Under an older snapshot it would miss holds and removals that others have committed.
     IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
       RAISE EXCEPTION 'recovery points are removed under READ COMMITTED only'
         USING ERRCODE = '23514', CONSTRAINT = 'recovery_point_isolation';
     END IF;
     IF NOT NEW.own THEN
       RAISE EXCEPTION 'recovery point %: Muster removes only what it took itself', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'recovery_point_removed_own';
     END IF;
     IF EXISTS (SELECT FROM recovery_point_hold
                WHERE point_id = NEW.id AND released_at IS NULL AND until > clock_timestamp()) THEN
       RAISE EXCEPTION 'recovery point %: it is held', NEW.id
         USING ERRCODE = '23514', CONSTRAINT = 'recovery_point_removed_free';
     END IF;
     IF OLD.state = 'present' AND OLD.verdict = 'sound' THEN
       -- One after the other: two that see each other would both go.
       PERFORM FROM backup_set WHERE id = NEW.set_id FOR NO KEY UPDATE;
       IF NOT EXISTS (SELECT FROM recovery_point WHERE set_id = NEW.set_id AND id <> NEW.id
                        AND state = 'present' AND verdict = 'sound') THEN
         RAISE EXCEPTION 'recovery point %: it is the last sound one of its set', NEW.id
           USING ERRCODE = '23514', CONSTRAINT = 'recovery_point_removed_not_last';
       END IF;
     END IF;
     RETURN NEW;
   END $$`,
  ...trigger(
    'recovery_point_removal',
    'recovery_point',
    `BEFORE UPDATE OF state ON recovery_point FOR EACH ROW
       WHEN (OLD.state IN ('present', 'missing') AND NEW.state IN ('deleting', 'deleted'))`,
  ),
];
