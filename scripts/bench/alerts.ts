// What one worker needs to judge all signals: passes over three sizes, each with ten rules over a signal of a tenth of the
// subjects, which the database answers in one statement. One subject in a hundred alerts. Measured are the first pass, which opens the
// alerts, passes in which values move and nothing changes, and passes in which a tenth of the alerts goes and comes back.
// Then storms: alerts that open together, with whom they tell, and one pass over their ladders.
//
// node scripts/bench/alerts.ts
import { judgeSignals } from '../../src/alerts/alert-pass.service.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createLogger } from '../../src/kernel/log.ts';
import type { Signal } from '../../src/signals/signal.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { measureStorm, prepareStorm } from './alert-storm.ts';
import { median } from './median.ts';

const SIZES = [10_000, 30_000, 50_000];
const STORMS = [100, 500];
const RULES = 10;
const ROUNDS = 5;

/** A pass runs every minute; it may take a tenth of that. */
const LIMIT_SECONDS = 6;

const log = createLogger('error');

const { cluster, end } = await startScratchCluster();
try {
  const access = await ensureEmbeddedDatabase(cluster.connection);
  await createSchema(access);
  const db = await Database.connect(access.service, [], { applicationName: 'bench' });
  try {
    for (const size of SIZES) await measure(db, size);
    const services = await prepareStorm(db);
    for (const size of STORMS) await measureStorm(db, services, size);
  } finally {
    await db.close();
  }
} finally {
  await end();
}

async function measure(db: Database, size: number): Promise<void> {
  const state = { round: 0, isMoving: false };
  const signals: Signal[] = [];
  for (let index = 0; index < RULES; index += 1) {
    const name = `bench.${size}.${index}`;
    signals.push(signalOf(name, size / RULES, state));
    await makeRule(db, name);
  }
  const pass = () => judgeSignals({ db, log, signals }, new AbortController().signal);
  const first = await timed(pass);
  if (first.answer.changes !== size / 100) throw new Error(`${first.answer.changes} alerts were opened`);
  const steady: number[] = [];
  const moving: number[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    state.round = round;
    const calm = await timed(pass);
    if (calm.answer.changes > 0) throw new Error('values that stay in their band changed an alert');
    steady.push(calm.seconds);
    state.isMoving = !state.isMoving;
    const moved = await timed(pass);
    if (moved.answer.changes !== size / 1000) throw new Error(`${moved.answer.changes} alerts changed`);
    moving.push(moved.seconds);
  }
  // What it leaves judges nothing at the next size.
  await db.execute('UPDATE alert_rule SET enabled = false');
  await judgeSignals({ db, log, signals: [] }, new AbortController().signal);
  console.log(
    `${first.answer.readings} signals: a pass ${median(steady).toFixed(2)} s, with ${size / 1000} changes ` +
      `${median(moving).toFixed(2)} s, the first, which opened ${first.answer.changes} alerts, ${first.seconds.toFixed(2)} s (may take ${LIMIT_SECONDS} s)`,
  );
}

/** One subject in a hundred lies beyond its threshold; a tenth of these comes and goes. All values differ in each round. */
function signalOf(
  name: string,
  subjects: number,
  state: { readonly round: number; readonly isMoving: boolean },
): Signal {
  return {
    name,
    title: name,
    unit: 'percent',
    read: async ({ db }) => {
      const rows = await db.rows<{ id: string; name: string; value: number }>(
        `SELECT ('019aab2c-0000-7000-9000-' || lpad(n::text, 12, '0')) AS id, 'subject ' || n AS name,
           CASE WHEN n % 100 = 0 AND NOT ($3 AND n % 1000 = 0) THEN 90 ELSE 20 END + ($2::integer * n) % 5 AS value
         FROM generate_series(1, $1::integer) n`,
        [subjects, state.round, state.isMoving],
      );
      return rows.map(({ id, name: title, value }) => ({
        subject: { kind: 'subject', id, name: title },
        serviceId: null,
        value,
      }));
    },
  };
}

async function makeRule(db: Database, signal: string): Promise<void> {
  await db.execute(
    `INSERT INTO alert_rule (id, name, signal, direction, thresholds, raise_for_seconds, clear_for_seconds,
       no_data_after_seconds, no_data_does) VALUES ($1, $2, $2, 'above', $3, 0, 0, 900, 'keep')`,
    [newId(), signal, JSON.stringify([{ level: 1, raise: 80, clear: 70 }])],
  );
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly answer: T; readonly seconds: number }> {
  const begin = performance.now();
  const answer = await work();
  return { answer, seconds: (performance.now() - begin) / 1000 };
}
