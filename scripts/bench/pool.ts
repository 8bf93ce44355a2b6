// The pool under load, side by side in one run: check-outs per second over HTTP as a share of a bare Express 5 JSON route;
// on one hot row also as a share of pgbench with the same SQL; and the medians of all lists, searches, scans and coverage at
// the chosen scale, as multiples of a primary-key lookup over HTTP.
// With --ceiling only what the machine could do at best, with the least SQL that a check-out could be.
//   node scripts/bench/pool.ts [--scale 1] [--rounds 3] [--seconds 3] [--no-lists | --no-writes | --ceiling]
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { Database } from '../../src/database/database.ts';
import { type DatabaseAccess, ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { runAs } from '../../test/support/database.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { measure, type Served, serveBareExpress, startRole } from './http-load.ts';
import { median } from './median.ts';
import { prepareCeiling, printCeiling } from './pool-ceiling.ts';
import { serveCeiling } from './pool-ceiling-server.ts';
import { loadPool } from './pool-data.ts';
import { measureReadings, type ReadFigures } from './pool-lists.ts';
import { scriptRunner } from './pool-pgbench.ts';
import { pgbenchScript, recordStatements } from './pool-recorded.ts';
import { type PoolCounts, poolId, scaledBy } from './pool-scale.ts';
import { makeBenchCaller, servePool } from './pool-server.ts';

const HOT_PART = '0199a0ff-0000-7000-8000-000000000001';
const HOT_STOCK = '0199a0ff-0000-7000-8000-000000000002';

const { values: options } = parseArgs({
  allowPositionals: true,
  options: {
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    'no-lists': { type: 'boolean', default: false },
    'no-writes': { type: 'boolean', default: false },
    ceiling: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const SECONDS = Number(options.seconds);
const CLIENTS = 32;
const POOL_CONNECTIONS = 8;

const checkout = (line: object) => ({
  purpose: 'loan',
  holder: { kind: 'team', id: poolId('team', 1) },
  dueAt: new Date(Date.now() + 7 * 86_400_000).toISOString(),
  lines: [line],
});
const hotCheckout = () => checkout({ partId: HOT_PART, quantity: 1 });
const below = (count: number) => Math.floor(Math.random() * count);

async function run(): Promise<void> {
  const { cluster, end } = await startScratchCluster({ settings: { shared_buffers: '1GB', max_wal_size: '8GB' } });
  try {
    const access = await ensureEmbeddedDatabase(cluster.connection);
    await createSchema(access);
    const startedMs = performance.now();
    const superuser = cluster.connection(access.owner.database, SUPERUSER);
    const counts = await loadPool(superuser, scaledBy(Number(options.scale)));
    await addHotRow(superuser);
    console.log(
      `${counts.units} units, ${counts.stockRows} stock rows, loaded in ${((performance.now() - startedMs) / 1000).toFixed(0)} s; ` +
        `load of the machine ${loadavg()
          .map((load) => load.toFixed(1))
          .join(' ')}`,
    );
    const db = await Database.connect(access.service, [], { applicationName: 'bench' });
    const caller = await makeBenchCaller(db);
    await db.close();
    const self = fileURLToPath(import.meta.url);
    const muster = await startRole(self, 'muster', JSON.stringify(access.service), caller.token);
    if (options.ceiling) await ceiling(self, muster, { access, superuser, counts });
    else if (!options['no-lists']) printReadings(await measureReadings(muster, access.service, counts));
    if (!options['no-writes'] && !options.ceiling) {
      const bare = await startRole(self, 'express');
      const recorded = await startRole(self, 'record', JSON.stringify(access.service), caller.token);
      await writes(muster, bare, counts, await scriptRunner(access.service), recorded.token);
      recorded.stop();
      bare.stop();
    }
    muster.stop();
  } finally {
    await end();
  }
}

/** One bulk part in one place, enough of it for every run. */
async function addHotRow(superuser: Parameters<typeof runAs>[0]): Promise<void> {
  await runAs(
    superuser,
    `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure)
     VALUES ('${HOT_PART}', 'Maker', 'HOT-1', 'Hot part', '${poolId('category', 0)}', 'bulk', 'piece')`,
  );
  await runAs(
    superuser,
    `INSERT INTO stock (id, part_id, location_id) VALUES ('${HOT_STOCK}', '${HOT_PART}', '${poolId('location', 300_000)}')`,
  );
  await runAs(
    superuser,
    `INSERT INTO movement (batch_id, part_id, kind, quantity, to_stock_id)
     VALUES ('${HOT_PART}', '${HOT_PART}', 'receive', 900000000, '${HOT_STOCK}')`,
  );
}

async function writes(
  muster: Served,
  bare: Served,
  counts: PoolCounts,
  runner: Awaited<ReturnType<typeof scriptRunner>>,
  script: string,
): Promise<void> {
  const load = (served: Served, path: string, body?: () => unknown) =>
    measure(served, { path, ...(body ? { body } : {}), connections: CLIENTS, seconds: SECONDS });
  const checkOut = (line: () => object) => load(muster, '/api/v1/checkouts', () => checkout(line()));
  const rounds: Record<string, number[]> = {};
  const note = (name: string, value: number) => {
    rounds[name] = [...(rounds[name] ?? []), value];
  };
  await load(bare, '/bare', hotCheckout);
  await load(muster, '/api/v1/checkouts', hotCheckout);
  for (let round = 1; round <= ROUNDS; round += 1) {
    const get = await load(bare, '/bare');
    const post = await load(bare, '/bare', hotCheckout);
    const piece = await checkOut(() => ({
      partId: poolId('part', counts.bulkPartFirst + below(counts.bulkParts)),
      quantity: 1,
    }));
    const unit = await checkOut(() => ({ partId: poolId('part', 1 + below(counts.serialParts - 1)), quantity: 1 }));
    const hot = await load(muster, '/api/v1/checkouts', hotCheckout);
    const sql = await runner.run(script, { clients: CLIENTS, seconds: SECONDS });
    const few = await runner.run(script, { clients: POOL_CONNECTIONS, seconds: SECONDS });
    console.log(
      `round ${round}: bare GET ${get.perSecond.toFixed(0)}/s, POST ${post.perSecond.toFixed(0)}/s; a piece ${piece.perSecond.toFixed(0)}/s, ` +
        `a unit ${unit.perSecond.toFixed(0)}/s, hot row ${hot.perSecond.toFixed(0)}/s p99 ${hot.p99Ms.toFixed(0)} ms; ${runner.name} ` +
        `${CLIENTS} clients ${sql.perSecond.toFixed(0)}/s p99 ${sql.p99Ms.toFixed(0)} ms, ${POOL_CONNECTIONS} clients ${few.perSecond.toFixed(0)}/s p99 ${few.p99Ms.toFixed(0)} ms`,
    );
    note('any piece / bare Express POST', piece.perSecond / post.perSecond);
    note('any piece / bare Express GET', piece.perSecond / get.perSecond);
    note('any unit / bare Express POST', unit.perSecond / post.perSecond);
    note('hot row / bare Express POST', hot.perSecond / post.perSecond);
    note(`hot row / ${runner.name}, ${CLIENTS} clients`, hot.perSecond / sql.perSecond);
    note(`hot row / ${runner.name}, ${POOL_CONNECTIONS} clients`, hot.perSecond / few.perSecond);
    note(`hot row p99 / ${runner.name}'s, ${CLIENTS} clients`, hot.p99Ms / sql.p99Ms);
  }
  for (const [name, shares] of Object.entries(rounds)) {
    const spread = `${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`;
    console.log(`${median(shares).toFixed(2)}  ${name} (${spread}, ${ROUNDS} rounds)`);
  }
}

interface CeilingGround {
  readonly access: DatabaseAccess;
  readonly superuser: ConnectionSettings;
  readonly counts: PoolCounts;
}

async function ceiling(self: string, muster: Served, { access, superuser, counts }: CeilingGround): Promise<void> {
  await measure(muster, { path: '/api/v1/checkouts', body: hotCheckout, connections: 1, seconds: 1 });
  const scripts = await prepareCeiling(superuser, access.service);
  const bare = await startRole(self, 'express');
  const given = [access.service, scripts, counts.stockRows].map((value) => JSON.stringify(value));
  const served = await startRole(self, 'ceiling', ...given);
  const load = { path: '/bare', body: hotCheckout, connections: CLIENTS, seconds: SECONDS };
  await measure(bare, load);
  await printCeiling({
    superuser,
    bare: () => measure(bare, load),
    served,
    body: hotCheckout,
    runner: await scriptRunner(access.service),
    scripts,
    counts,
    rounds: ROUNDS,
    seconds: SECONDS,
  });
  served.stop();
  bare.stop();
}

function printReadings({ lookupMs, figures, refused }: ReadFigures): void {
  console.log(`primary-key lookup over HTTP: ${lookupMs.toFixed(2)} ms (median)`);
  const shown = (multiple: number | undefined) => (multiple === undefined ? '' : `${multiple.toFixed(1)}x`).padStart(6);
  console.log(' first  far in   (multiples of the look-up)');
  for (const { name, first, farIn } of figures) {
    console.log(`${shown(first)} ${shown(farIn)}  ${name}${Math.max(first, farIn ?? 0) > 20 ? '   OVER 20x' : ''}`);
  }
  for (const refusal of refused) console.log(`refused: ${refusal}`);
}

/** Serves for itself alone, records two check-outs, and answers the script in the token's place. */
async function recordCheckOut(service: string, token: string): Promise<{ port: number; token: string }> {
  const { port } = await servePool(JSON.parse(service), token);
  const post = async (key: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/checkouts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(hotCheckout()),
    });
    if (answer.status !== 201) throw new Error(`check-out: ${answer.status} ${await answer.text()}`);
  };
  await post('bench-key-0');
  const [first, second] = [
    await recordStatements(() => post('bench-key-1')),
    await recordStatements(() => post('bench-key-2')),
  ];
  return { port, token: pgbenchScript(first, second) };
}

const [, , role, ...args] = process.argv;
if (role === 'muster') process.send?.(await servePool(JSON.parse(args[0] ?? ''), args[1] ?? ''));
else if (role === 'express') process.send?.(await serveBareExpress(hotCheckout()));
else if (role === 'record') process.send?.(await recordCheckOut(args[0] ?? '', args[1] ?? ''));
else if (role === 'ceiling') {
  const [service, scripts, rows] = args.map((value) => JSON.parse(value));
  process.send?.(await serveCeiling(service, scripts, rows, hotCheckout()));
} else await run();
