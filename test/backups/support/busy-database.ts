import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../../../src/database/connection.ts';

/** Every shape of table that has made comparisons lie: see the names. */
export const SCHEMA = [
  `CREATE TABLE aa_last_locked (id bigint PRIMARY KEY, total bigint NOT NULL)`,
  `INSERT INTO aa_last_locked VALUES (1, 0)`,
  `CREATE TABLE event (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT clock_timestamp(), day date NOT NULL,
     body jsonb, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)`,
  `CREATE TABLE event_past PARTITION OF event FOR VALUES FROM (MINVALUE) TO ('2026-01-01')`,
  `CREATE TABLE event_now PARTITION OF event FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)`,
  `CREATE TABLE "Odd ""name"", with.dots" ("select" text, ünïcode text)`,
  `INSERT INTO "Odd ""name"", with.dots" VALUES ('a', '备件'), (NULL, '')`,
  `CREATE TABLE shadow (t text, hidden integer)`,
  `INSERT INTO shadow VALUES ('same', 1), ('same', 2)`,
  `CREATE TABLE numbers (f float8, r real, n numeric, a float8[], i interval, m money, b bytea, d timestamptz, c regclass)`,
  `INSERT INTO numbers VALUES ('NaN', '-Infinity', 'NaN', '{NaN,NULL,1e-300}', '1 mon -2 days', 12.5, '\\x00ff', now(), 'numbers'),
     (0.1::float8 + 0.2::float8, 1.1, 1e-20, '{}', '-1 us', -1, '', 'infinity', 'pg_class')`,
  `CREATE TABLE parent (id integer, note text)`,
  `CREATE TABLE child (extra text) INHERITS (parent)`,
  `INSERT INTO parent VALUES (1, 'own'); INSERT INTO child VALUES (2, 'inherited', 'x')`,
  `CREATE TABLE no_columns ()`,
  `INSERT INTO no_columns DEFAULT VALUES`,
  `CREATE TABLE big (id integer PRIMARY KEY, body text)`,
  `ALTER TABLE big ALTER COLUMN body SET STORAGE EXTERNAL`,
  `INSERT INTO big SELECT n, repeat(md5(n::text), 20000) FROM generate_series(1, 12) n`,
  `CREATE UNLOGGED TABLE scratch (id integer)`,
  `INSERT INTO scratch SELECT generate_series(1, 100)`,
  `CREATE TABLE emptied (id integer)`,
  `CREATE SCHEMA other`,
  `CREATE TABLE other.thing (id integer, note text)`,
  `INSERT INTO other.thing SELECT n, 'x' FROM generate_series(1, 500) n`,
  `CREATE MATERIALIZED VIEW big_lengths AS SELECT id, length(body) FROM big`,
  `CREATE MATERIALIZED VIEW unpopulated AS SELECT 1 AS one WITH NO DATA`,
  `CREATE TABLE zz_first_locked (id integer PRIMARY KEY, note text)`,
  `INSERT INTO zz_first_locked SELECT n, 'n' FROM generate_series(1, 50) n`,
];

/** Leaf tables of the schema above that a comparison must cover; its unlogged table is not one of them. */
export const LEAF_TABLES = 14;

export interface Writers {
  /** Stops all of them. Rejects when a writer met any error. */
  stop(): Promise<{ readonly commits: number }>;
}

const WRITER_PAUSE_MS = 4;

/**
 * Connections that write without an end: rows, and with `definitions` (unless told otherwise) also
 * truncation and tables that come and go.
 */
export async function startWriters(
  settings: ConnectionSettings,
  { definitions: withDefinitions = true } = {},
): Promise<Writers> {
  const kinds = [transfer, transfer, ledger, bigValues, ...(withDefinitions ? [definitions] : [])];
  const state = { stopping: false, commits: 0 };
  const clients = await Promise.all(
    kinds.map(async () => {
      const client = new Client(driverSettings(settings, 'test writer'));
      client.on('error', () => {
        // The statement under way reports the loss.
      });
      await client.connect();
      return client;
    }),
  );
  const loops = clients.map(async (client, index) => {
    const write = kinds[index] ?? transfer;
    for (let round = 0; !state.stopping; round += 1) {
      await write(client, round, index);
      state.commits += 1;
      // Others work on this machine as well, and what matters is that something is always being written.
      await delay(WRITER_PAUSE_MS);
    }
    await client.end();
  });
  const ended = Promise.all(loops);
  ended.catch(() => {
    state.stopping = true;
  });
  return {
    stop: async () => {
      state.stopping = true;
      await ended;
      return state;
    },
  };
}

type Write = (client: Client, round: number, index: number) => Promise<void>;

/** Two tables in one transaction, in the order opposite to that in which locks are taken for a restore point. */
const transfer: Write = async (client, round) => {
  await client.query('BEGIN');
  await client.query(`UPDATE zz_first_locked SET note = note || 'x' WHERE id = $1`, [1 + (round % 50)]);
  await client.query('UPDATE aa_last_locked SET total = total + 1 WHERE id = 1');
  await client.query('COMMIT');
};

const ledger: Write = async (client, round) => {
  await client.query(`INSERT INTO event (day, body) VALUES ($1, $2)`, [
    round % 3 === 0 ? '2025-06-01' : '2026-06-01',
    { round, text: 'é'.repeat(round % 200) },
  ]);
  if (round % 7 === 0) await client.query(`DELETE FROM event WHERE id % 11 = 0`);
  await client.query('INSERT INTO emptied VALUES ($1)', [round]);
};

const bigValues: Write = async (client, round) => {
  await client.query(`UPDATE big SET body = repeat(md5($1), 20000) WHERE id = $2`, [String(round), 1 + (round % 12)]);
  await client.query('SELECT pg_sleep(0.1)');
};

const definitions: Write = async (client, round) => {
  const name = `made_${round % 3}`;
  await client.query(`CREATE TABLE IF NOT EXISTS ${name} (id integer)`);
  await client.query(`INSERT INTO ${name} SELECT generate_series(1, $1::integer)`, [round % 100]);
  if (round % 2 === 1) await client.query(`DROP TABLE ${name}`);
  if (round % 5 === 4) await client.query('TRUNCATE emptied');
  await client.query('CREATE TEMPORARY TABLE IF NOT EXISTS private (id integer)');
  await client.query('SELECT pg_sleep(0.05)');
};

const LOOK_EVERY_MS = 20;

/** Looks at the locks of a restore point again and again, until it is stopped. */
export async function watchRestorePoint(settings: ConnectionSettings): Promise<{
  /** How often a snapshot was seen being read, and how often nothing kept writers away meanwhile. */
  stop(): Promise<{ readonly reading: number; readonly readingAlone: number }>;
}> {
  const client = new Client(driverSettings(settings, 'test watcher'));
  await client.connect();
  const seen = { reading: 0, readingAlone: 0 };
  let stopping = false;
  const loop = (async () => {
    while (!stopping) {
      const { rows } = await client.query<{ reading: boolean; locked: boolean }>(`
        SELECT coalesce(bool_or(a.backend_xmin IS NOT NULL), false) AS reading,
               EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity h USING (pid)
                        WHERE h.application_name = 'muster restore point' AND l.locktype = 'relation'
                          AND l.mode = 'ShareLock' AND l.granted) AS locked
          FROM pg_stat_activity a WHERE a.application_name = 'muster restore point'`);
      const { reading, locked } = rows[0] ?? { reading: false, locked: false };
      if (reading) seen.reading += 1;
      if (reading && !locked) seen.readingAlone += 1;
      await delay(LOOK_EVERY_MS);
    }
    await client.end();
  })();
  return {
    stop: async () => {
      stopping = true;
      await loop;
      return seen;
    },
  };
}
