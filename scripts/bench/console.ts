// How long lists of a million rows take to page in the console: from a click on "next" until the rows are painted, as a multiple
// of the same request by itself in the same browser, on the first pages and far in; medians over many turns.
// Run: npm run bench:console [-- --units 10000 --turns 40]; it needs a built console (npm start builds it).
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { createSignInLink } from '../../src/auth/session.store.ts';
import { CONSOLE_DIRECTORY } from '../../src/composition/service.ts';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import { Database } from '../../src/database/database.ts';
import { ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { signInPath } from '../../src/http/sign-in.pages.ts';
import { MOVEMENT_LIST } from '../../src/inventory/movement.queries.ts';
import { UNIT_LIST } from '../../src/inventory/unit.queries.ts';
import { openBrowser, signedIn } from '../../test/console/browser.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';
import { type ListFigures, type LongList, measureList } from './console-lists.ts';
import { startRole } from './http-load.ts';
import { loadPool } from './pool-data.ts';
import { cursorFarIn, list } from './pool-lists.ts';
import { poolId } from './pool-scale.ts';
import { makeBenchCaller, servePool } from './pool-server.ts';

// A role comes before them in the processes that this one starts.
const { values: options } = parseArgs({
  allowPositionals: true,
  options: { units: { type: 'string', default: '1000000' }, turns: { type: 'string', default: '40' } },
});
/** The movements of a part that every tenth unit is of. */
const HOT_PART = poolId('part', 0);
const RATIO_MAX = 1.5;

const LISTS: readonly (LongList & { readonly reading: ReturnType<typeof list> })[] = [
  {
    ...{ name: 'units', path: '/spares/units', label: 'Units', api: '/units' },
    reading: list('/units', UNIT_LIST, 'id'),
  },
  {
    ...{ name: 'movements', path: `/spares/parts/${HOT_PART}?list=movements`, label: 'Movements', api: '/movements' },
    reading: list('/movements', MOVEMENT_LIST, '-id', { partId: HOT_PART }),
  },
];

async function run(): Promise<void> {
  const { cluster, end } = await startScratchCluster({ settings: { shared_buffers: '1GB', max_wal_size: '8GB' } });
  try {
    const access = await ensureEmbeddedDatabase(cluster.connection);
    await createSchema(access);
    const startedMs = performance.now();
    const superuser = cluster.connection(access.owner.database, SUPERUSER);
    const counts = await loadPool(superuser, { units: Number(options.units), stockRows: 1000, entitlements: 100 });
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    const load = loadavg()
      .map((one) => one.toFixed(1))
      .join(' ');
    console.log(`${counts.units} units, loaded in ${seconds} s; load of the machine ${load}`);
    const db = await Database.connect(access.service, [], { applicationName: 'bench' });
    const caller = await makeBenchCaller(db);
    const { secret } = await db.transaction((tx) => createSignInLink(tx, caller.id, { actor: SYSTEM_ACTOR }));
    await db.close();
    const served = await startRole(
      fileURLToPath(import.meta.url),
      'console',
      JSON.stringify(access.service),
      caller.token,
    );
    print(await measure(`http://127.0.0.1:${served.port}`, secret, access.service));
    served.stop();
  } finally {
    await end();
  }
}

async function measure(url: string, link: string, service: ConnectionSettings): Promise<ListFigures[]> {
  const client = new Client(driverSettings(service, 'bench'));
  await client.connect();
  const browser = await openBrowser();
  try {
    const context = await signedIn(browser, url, url + signInPath(link));
    const page = await context.newPage();
    const figures: ListFigures[] = [];
    for (const one of LISTS) {
      const deepAfter = await cursorFarIn(client, one.reading);
      figures.push(...(await measureList(page, url, one, { turns: Number(options.turns), deepAfter })));
    }
    return figures;
  } finally {
    await browser.close();
    await client.end();
  }
}

function print(figures: readonly ListFigures[]): void {
  console.log(
    ' ratio     page      API  requests   (medians; page: click to painted, API: the same request by itself)',
  );
  for (const { name, where, pageMs, apiMs, ratio, requests } of figures) {
    const over = ratio > RATIO_MAX ? `   OVER ${RATIO_MAX}` : '';
    console.log(
      `${ratio.toFixed(2).padStart(6)} ${pageMs.toFixed(1).padStart(6)} ms ${apiMs.toFixed(1).padStart(5)} ms ${String(requests).padStart(9)}   ${name}, ${where}${over}`,
    );
  }
}

const [, , role, ...args] = process.argv;
if (role === 'console') process.send?.(await servePool(JSON.parse(args[0] ?? ''), args[1] ?? '', CONSOLE_DIRECTORY));
else await run();
