import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who is told of an alert, and who next when nobody answers: the rungs of each level; their copy for each alert that opens, which
 * never changes; each time at which a rung is told, once; and who was told. What a response plan took, and whether it was there,
 * is kept with the alert.
 */
export class AlertRouting1763769694100 implements MigrationInterface {
  readonly name = 'AlertRouting1763769694100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...ROUTES, ...LADDERS, ...FIRINGS, ...TOLD, ...PLANS]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, name: string, trigger: string) => [
  `CREATE TRIGGER ${name} ${trigger}`,
  `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name}`,
];

const neverTruncated = (table: string) =>
  always(table, 'never_truncated', `BEFORE TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()`);

const guarded = (table: string, name: string, when: string, body: string) => [
  `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$ BEGIN ${body} END $$`,
  ...always(table, name, `${when} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`),
];

const refuse = (constraint: string, words: string) =>
  `RAISE EXCEPTION '${words}' USING ERRCODE = '23514', CONSTRAINT = '${constraint}';`;

const rung = (after: number, repeats: number, every: number, ...kinds: string[]) => ({
  ...{ afterSeconds: after, repeats, repeatEverySeconds: every },
  roles: kinds.map((kind) => (kind === 'expert' ? { kind, fieldId: null } : { kind })),
});

/** What a new installation tells: the two highest of four levels tell three kinds of people at the same time. */
const FIRST = [
  [1, [rung(0, 0, 600, 'on-duty')]],
  [2, [rung(0, 1, 1800, 'on-duty'), rung(3600, 0, 600, 'supervisor')]],
  [3, [rung(0, 2, 900, 'on-duty', 'supervisor', 'expert'), rung(3600, 2, 1800, 'on-duty', 'supervisor', 'expert')]],
  [4, [rung(0, 5, 300, 'on-duty', 'supervisor', 'expert'), rung(1800, 5, 600, 'on-duty', 'supervisor', 'expert')]],
] as const;

const ROUTES = [
  `CREATE FUNCTION alert_rungs_fit(rungs jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
     SELECT coalesce(jsonb_typeof(rungs) = 'array', false) AND jsonb_array_length(rungs) <= 10 AND NOT EXISTS (
       SELECT FROM (
         SELECT after, repeats, every, roles, place, lag(after) OVER (ORDER BY place) AS before
         FROM ROWS FROM (jsonb_to_recordset(rungs) AS ("afterSeconds" integer, repeats integer, "repeatEverySeconds" integer, roles jsonb))
           WITH ORDINALITY AS r (after, repeats, every, roles, place)
       ) r
       WHERE (after BETWEEN 0 AND 604800 AND repeats BETWEEN 0 AND 20 AND every BETWEEN 60 AND 604800
         AND jsonb_typeof(roles) = 'array' AND jsonb_array_length(roles) BETWEEN 1 AND 10
         AND CASE WHEN place = 1 THEN after = 0 ELSE after > before END) IS NOT TRUE
     ) $$`,
  `CREATE TABLE alert_route (
     level smallint CONSTRAINT alert_route_pkey PRIMARY KEY CONSTRAINT alert_route_level CHECK (level BETWEEN 1 AND 4),
     rungs jsonb NOT NULL CONSTRAINT alert_route_rungs CHECK (alert_rungs_fit(rungs)),
     version integer NOT NULL DEFAULT 1 CONSTRAINT alert_route_version CHECK (version >= 1),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  `INSERT INTO alert_route (level, rungs) VALUES
     ${FIRST.map(([level, rungs]) => `(${level}, '${JSON.stringify(rungs)}')`).join(', ')}`,
  ...neverTruncated('alert_route'),
  ...guarded(
    'alert_route',
    'alert_route_never_deleted',
    'BEFORE DELETE',
    refuse('alert_route_never_deleted', 'every level has a route'),
  ),
];

const LADDERS = [
  `CREATE TABLE alert_ladder (
     id uuid CONSTRAINT alert_ladder_pkey PRIMARY KEY,
     alert_id uuid NOT NULL CONSTRAINT alert_ladder_alert_id_fkey REFERENCES alert (id),
     level smallint NOT NULL CONSTRAINT alert_ladder_level CHECK (level BETWEEN 1 AND 4),
     started_at timestamptz NOT NULL,
     -- Nobody is told meanwhile: somebody has acknowledged the alert, or it is suppressed.
     rests_since timestamptz,
     ended_at timestamptz,
     ended_by text CONSTRAINT alert_ladder_ended_by CHECK (ended_by IN ('raised', 'closed')),
     CONSTRAINT alert_ladder_ended_by_something CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
     CONSTRAINT alert_ladder_times CHECK (rests_since >= started_at AND ended_at >= started_at)
   )`,
  'CREATE UNIQUE INDEX alert_ladder_one_open ON alert_ladder (alert_id) WHERE ended_at IS NULL',
  'CREATE INDEX alert_ladder_by_alert ON alert_ladder (alert_id, id)',
  ...neverTruncated('alert_ladder'),
  ...guarded(
    'alert_ladder',
    'alert_ladder_kept',
    'BEFORE UPDATE OR DELETE',
    `IF TG_OP = 'DELETE' THEN ${refuse('alert_ladder_never_deleted', 'a ladder ends and is never deleted')} END IF;
     IF OLD.ended_at IS NOT NULL THEN ${refuse('alert_ladder_ended_is_final', 'a ladder that has ended changes no more')} END IF;
     IF (NEW.id, NEW.alert_id, NEW.level, NEW.started_at) IS DISTINCT FROM (OLD.id, OLD.alert_id, OLD.level, OLD.started_at) THEN
       ${refuse('alert_ladder_is_frozen', 'a ladder stays as it began')} END IF;
     RETURN NEW;`,
  ),
  `CREATE TABLE alert_ladder_rung (
     ladder_id uuid NOT NULL CONSTRAINT alert_ladder_rung_ladder_id_fkey REFERENCES alert_ladder (id),
     rung smallint NOT NULL CONSTRAINT alert_ladder_rung_rung CHECK (rung BETWEEN 1 AND 10),
     after_seconds integer NOT NULL CONSTRAINT alert_ladder_rung_after_seconds CHECK (after_seconds BETWEEN 0 AND 604800),
     repeats smallint NOT NULL CONSTRAINT alert_ladder_rung_repeats CHECK (repeats BETWEEN 0 AND 20),
     repeat_every_seconds integer NOT NULL
       CONSTRAINT alert_ladder_rung_repeat_every_seconds CHECK (repeat_every_seconds BETWEEN 60 AND 604800),
     -- With the names that people knew fields and principals by.
     roles jsonb NOT NULL CONSTRAINT alert_ladder_rung_roles CHECK (jsonb_typeof(roles) = 'array'),
     CONSTRAINT alert_ladder_rung_pkey PRIMARY KEY (ladder_id, rung)
   )`,
  `SELECT make_ledger('alert_ladder_rung')`,
];

const FIRINGS = [
  `CREATE TABLE alert_firing (
     id uuid CONSTRAINT alert_firing_pkey PRIMARY KEY,
     ladder_id uuid NOT NULL,
     rung smallint NOT NULL,
     -- 0 is the first time; null: told again because the time of a reminder had come.
     repeat smallint CONSTRAINT alert_firing_repeat CHECK (repeat BETWEEN 0 AND 20),
     due_at timestamptz NOT NULL,
     state text NOT NULL DEFAULT 'pending' CONSTRAINT alert_firing_state CHECK (state IN ('pending', 'told', 'skipped', 'stopped')),
     done_at timestamptz,
     late boolean NOT NULL DEFAULT false,
     nobody boolean NOT NULL DEFAULT false,
     -- Why somebody was missing.
     missing text[] NOT NULL DEFAULT '{}',
     CONSTRAINT alert_firing_rung_fkey FOREIGN KEY (ladder_id, rung) REFERENCES alert_ladder_rung (ladder_id, rung),
     CONSTRAINT alert_firing_once UNIQUE (ladder_id, rung, repeat),
     CONSTRAINT alert_firing_done CHECK ((state = 'pending') = (done_at IS NULL)),
     CONSTRAINT alert_firing_told CHECK (state = 'told' OR NOT late AND NOT nobody)
   )`,
  `CREATE INDEX alert_firing_pending ON alert_firing (due_at) WHERE state = 'pending'`,
  ...neverTruncated('alert_firing'),
  ...guarded(
    'alert_firing',
    'alert_firing_kept',
    'BEFORE UPDATE OR DELETE',
    `IF TG_OP = 'DELETE' THEN ${refuse('alert_firing_never_deleted', 'what was told is never deleted')} END IF;
     IF OLD.state <> 'pending' THEN ${refuse('alert_firing_is_once', 'what was told is told once')} END IF;
     IF (NEW.id, NEW.ladder_id, NEW.rung, NEW.repeat) IS DISTINCT FROM (OLD.id, OLD.ladder_id, OLD.rung, OLD.repeat) THEN
       ${refuse('alert_firing_is_frozen', 'a firing stays that of its rung')} END IF;
     RETURN NEW;`,
  ),
  // A ladder that has firings has all of its rungs.
  ...guarded(
    'alert_ladder_rung',
    'alert_ladder_rung_is_first',
    'BEFORE INSERT',
    `IF EXISTS (SELECT FROM alert_firing WHERE ladder_id = NEW.ladder_id) THEN
       ${refuse('alert_ladder_is_frozen', 'a ladder stays as it began')} END IF;
     RETURN NEW;`,
  ),
];

const TOLD = [
  `CREATE TABLE alert_told (
     firing_id uuid NOT NULL CONSTRAINT alert_told_firing_id_fkey REFERENCES alert_firing (id),
     principal_id uuid NOT NULL CONSTRAINT alert_told_principal_id_fkey REFERENCES principal (id),
     because text NOT NULL CONSTRAINT alert_told_because CHECK (length(because) BETWEEN 1 AND 500),
     told_at timestamptz NOT NULL,
     CONSTRAINT alert_told_pkey PRIMARY KEY (firing_id, principal_id)
   )`,
  `SELECT make_ledger('alert_told')`,
];

const PLANS = [
  `CREATE TABLE alert_plan (
     alert_id uuid NOT NULL CONSTRAINT alert_plan_alert_id_fkey REFERENCES alert (id),
     level smallint NOT NULL CONSTRAINT alert_plan_level CHECK (level BETWEEN 1 AND 4),
     plan_id uuid NOT NULL,
     edition integer NOT NULL,
     ready boolean NOT NULL,
     readiness jsonb NOT NULL CONSTRAINT alert_plan_readiness CHECK (jsonb_typeof(readiness) = 'object'),
     recorded_at timestamptz NOT NULL,
     CONSTRAINT alert_plan_pkey PRIMARY KEY (alert_id, level, recorded_at),
     CONSTRAINT alert_plan_edition_fkey FOREIGN KEY (plan_id, edition) REFERENCES response_plan_edition (plan_id, edition)
   )`,
  `SELECT make_ledger('alert_plan')`,
];
