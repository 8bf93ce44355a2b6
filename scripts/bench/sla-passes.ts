import type { ConnectionSettings } from '../../src/database/connection.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { recordReachedMarks } from '../../src/sla/clock-marks.service.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { median } from './median.ts';
import { measureAttainment } from './sla-attainment.ts';

const ROUNDS = 3;

/** The pass runs every minute; it may take a tenth of that. */
const LIMIT_SECONDS = 6;

/**
 * Opens clocks up to each of the sizes in turn and passes over all of them, once with marks to record and then without. Each has a
 * pause behind it, business time by the Chinese calendar and three marks. Then all are stopped, and their attainment is read.
 */
export async function measurePasses(sizes: readonly number[]): Promise<void> {
  const { cluster, end } = await startScratchCluster();
  try {
    const access = await ensureEmbeddedDatabase(cluster.connection);
    await createSchema(access);
    await takeWallDown(access.owner);
    const db = await Database.connect(access.service, [], { applicationName: 'bench' });
    try {
      await prepare(db);
      let opened = 0;
      for (const size of sizes) {
        await openClocks(db, opened + 1, size);
        opened = size;
        await measurePass(db, size);
      }
      await measureAttainment(db);
    } finally {
      await db.close();
    }
  } finally {
    await end();
  }
}

async function measurePass(db: Database, size: number): Promise<void> {
  const signal = new AbortController().signal;
  const first = await timed(() => recordReachedMarks(db, signal));
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const again = await timed(() => recordReachedMarks(db, signal));
    if (again.answer.marks > 0) throw new Error('a pass right after another one recorded marks again');
    seconds.push(again.seconds);
  }
  const { marks } = first.answer;
  console.log(
    `${size} open clocks: a pass ${median(seconds).toFixed(2)} s, the first with ${marks} marks to record ${first.seconds.toFixed(2)} s` +
      ` (may take ${LIMIT_SECONDS} s)`,
  );
}

/** A pause begins when somebody approves it or asked for it; here pauses lie in the past, so the wall that holds that is down. */
async function takeWallDown(owner: ConnectionSettings): Promise<void> {
  const db = await Database.connect(owner, [], { applicationName: 'bench' });
  try {
    const down = 'ALTER TABLE sla_clock_segment DISABLE TRIGGER sla_clock_segment_pauses';
    await db.transaction((tx) => tx.execute(down));
  } finally {
    await db.close();
  }
}

async function prepare(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO principal (id, kind, name, roles)
       SELECT ('019aab2c-0000-7000-8000-00000000000' || n)::uuid, 'person', 'person ' || n, '{}' FROM generate_series(1, 2) n`,
    );
    await tx.execute(
      `INSERT INTO sla_calendar (id, name, zone, holidays, make_up_weekday)
       VALUES ('019aab2c-0000-7000-8000-000000000009', 'bench', 'Asia/Shanghai', 'chinese', 1)`,
    );
    await tx.execute(
      `INSERT INTO sla_calendar_window (calendar_id, weekday, from_minute, until_minute)
       SELECT '019aab2c-0000-7000-8000-000000000009', day, first, last
       FROM generate_series(1, 5) day, (VALUES (540, 720), (780, 1080)) w (first, last)`,
    );
  });
}

/** Starts are spread over ten days, so that some clocks have reached marks and some have not. */
async function openClocks(db: Database, first: number, last: number): Promise<void> {
  const id = `('019aab2c-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid`;
  const startedAt = `date_trunc('seconds', now()) - make_interval(mins => n % 14400 + 120)`;
  await db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO sla_clock (id, kind, severity, subject, term, calendar_id, mark_percents, started_at)
       SELECT ${id}, 'resolve', 'general', 'clock ' || n, '{"unit": "hours", "amount": 40, "counted": "business"}',
         '019aab2c-0000-7000-8000-000000000009', '{50,75,90}', ${startedAt}
       FROM generate_series($1::integer, $2::integer) n`,
      [first, last],
    );
    for (const [seq, state, minutes] of [
      [1, 'running', 0],
      [2, 'paused', 60],
      [3, 'running', 90],
    ] as const) {
      const pause =
        state === 'paused'
          ? `'waiting', '019aab2c-0000-7000-8000-000000000001'::uuid, '019aab2c-0000-7000-8000-000000000002'::uuid`
          : 'NULL, NULL::uuid, NULL::uuid';
      await tx.execute(
        `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at, reason, by_id, approved_by_id)
         SELECT ${id}, ${seq}, '${state}', ${startedAt} + make_interval(mins => ${minutes}), ${pause}
         FROM generate_series($1::integer, $2::integer) n`,
        [first, last],
      );
    }
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly answer: T; readonly seconds: number }> {
  const begin = performance.now();
  const answer = await work();
  return { answer, seconds: (performance.now() - begin) / 1000 };
}
