import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../src/database/embedded-database.ts';
import { listRuns, runById } from '../../src/drills/drill-run.queries.ts';
import { expectedPhases, pastRunsOfDrill, pastRunsOfService } from '../../src/drills/history.queries.ts';
import { LAST_RUNS } from '../../src/drills/history.ts';
import { PHASES } from '../../src/drills/phase.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { median } from './median.ts';

const RUNS = 10_000;
const DRILLS = 20;
const ROUNDS = 200;
const AIM = 20;
const PAGE = { limit: 50 };

/** The lists and the trend of drill runs over 10,000 of them, against reading one run by its key; medians, in turns. */
export async function benchLists(): Promise<void> {
  const { cluster, end } = await startScratchCluster();
  try {
    const access = await ensureEmbeddedDatabase(cluster.connection);
    await createSchema(access);
    const db = await Database.connect(access.service, [], { applicationName: 'bench' });
    try {
      await fill(db);
      await measure(db);
    } finally {
      await db.close();
    }
  } finally {
    await end();
  }
}

async function measure(db: Database): Promise<void> {
  const [middle] = await db.rows<{ id: string; at: Date }>(
    'SELECT id, triggered_at AS at FROM drill_run ORDER BY id OFFSET $1 LIMIT 1',
    [RUNS / 2],
  );
  if (!middle) throw new Error('no runs');
  const { id } = middle;
  const at = middle.at.toISOString();
  const readings: Readonly<Record<string, () => Promise<unknown>>> = {
    'the first page': () => listRuns(db, {}, PAGE),
    'a later page': () => listRuns(db, {}, { ...PAGE, before: id }),
    'a page of one drill': () => listRuns(db, { drill: 'drill-7' }, PAGE),
    'a page of one service': () => listRuns(db, { service: 'service 3' }, PAGE),
    'the failed ones': () => listRuns(db, { procedure: 'failed' }, PAGE),
    'the interrupted ones of a drill': () => listRuns(db, { drill: 'drill-7', status: 'interrupted' }, PAGE),
    'a page until an instant': () => listRuns(db, { until: at }, PAGE),
    'a page since an instant': () => listRuns(db, { from: at }, PAGE),
    'the trend of a drill, 50 runs': () => pastRunsOfDrill(db, 'drill-7', LAST_RUNS.default),
    'the trend of a service, 50 runs': () => pastRunsOfService(db, 'service 3', LAST_RUNS.default),
    'what a run may take': () => expectedPhases(db, 'drill-7'),
  };
  const lookUps: number[] = [];
  const times = new Map(Object.keys(readings).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    lookUps.push(await milliseconds(() => runById(db, id)));
    for (const [name, read] of Object.entries(readings)) times.get(name)?.push(await milliseconds(read));
  }
  const key = median(lookUps);
  console.log(`one of ${RUNS} runs by its key ${key.toFixed(2)} ms`);
  for (const [name, taken] of times) {
    const ratio = median(taken) / key;
    console.log(`${ratio.toFixed(1)}  ${name} / a look-up by key (aim ${AIM}; ${median(taken).toFixed(2)} ms)`);
  }
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function fill(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO drill_run (id, drill, service, trigger, requested_by_name, triggered_at, status, validation, procedure,
              technical_rta_seconds, finished_at, started_at, definition_text, definition_sha256)
       SELECT ('019a0000-' || lpad(to_hex(n / 65536), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
              'drill-' || n % $2, 'service ' || n % 10, 'schedule', 'system', at, status,
              CASE status WHEN 'completed' THEN 'passed' ELSE 'not reached' END,
              CASE status WHEN 'completed' THEN 'passed' WHEN 'failed' THEN 'failed' ELSE 'not assessed' END,
              CASE status WHEN 'completed' THEN 60 + n % 97 END, at + interval '1 minute', at, repeat('text of it ', 300),
              repeat('a', 64)
         FROM generate_series(1, $1::integer) n,
              LATERAL (SELECT CASE WHEN n % 31 = 0 THEN 'failed' WHEN n % 53 = 0 THEN 'interrupted' ELSE 'completed' END AS status,
                              '2020-01-01'::timestamptz + n * interval '1 hour' AS at) made`,
      [RUNS, DRILLS],
    );
    await tx.execute(
      `INSERT INTO drill_phase (run_id, phase, position, status, started_at, ended_at, seconds, size_bytes)
       SELECT r.id, listed.phase, position, 'done', r.triggered_at, r.triggered_at, position, 1000000
         FROM drill_run r, unnest($1::text[]) WITH ORDINALITY AS listed (phase, position)`,
      [PHASES],
    );
  });
  await db.execute('ANALYZE drill_run, drill_phase').catch(() => {});
}
