// Units from a CSV file: dry run and application in rows per second, the memory of the process that does both, and the time as
// a multiple of a bare COPY and INSERT ... SELECT into tables with the same columns and indexes, but without foreign keys and
// triggers. InvenTree says of its importer 1.2 million rows in 77 s (15,600 rows/s), on a machine of its own.
//   node scripts/bench/import.ts [--rows 100000]
import { loadavg } from 'node:os';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { systemCaller } from '../../src/auth/system-caller.ts';
import { driverSettings } from '../../src/database/connection.ts';
import { CopyIn } from '../../src/database/copy-in.ts';
import { Database } from '../../src/database/database.ts';
import { type DatabaseAccess, ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { applyImport, checkImport } from '../../src/imports/apply-import.service.ts';
import { importById } from '../../src/imports/import.queries.ts';
import { kindNamed } from '../../src/imports/kinds/kinds.ts';
import { readImport } from '../../src/imports/read-import.service.ts';
import { createSchema } from '../../test/support/schema.ts';
import { startScratchCluster } from '../../test/support/scratch-cluster.ts';

const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const ROWS = Number(options.rows);
const [PARTS, LOCATIONS] = [500, 200];
const ROWS_IN_PIECE = 500;

function* csv(): Generator<Buffer> {
  yield Buffer.from('manufacturer,part_number,serial,asset_tag,location,supplier,warranty_until,note\n');
  for (let from = 0; from < ROWS; from += ROWS_IN_PIECE) {
    const count = Math.min(ROWS_IN_PIECE, ROWS - from);
    const lines = Array.from({ length: count }, (_, index) => {
      const i = from + index;
      return `Sample Co,PN-${i % PARTS},SN${i},AT-${i},L${i % LOCATIONS},Supplier ${i % 20},2028-12-31,row ${i}\n`;
    });
    yield Buffer.from(lines.join(''));
  }
}

const CATALOGUE = [
  `INSERT INTO location (id, code, name, kind) SELECT new_id(), 'L' || i, 'Location ' || i, 'site'
   FROM generate_series(0, ${LOCATIONS - 1}) i`,
  `INSERT INTO part_category (id, name) VALUES (new_id(), 'Parts')`,
  `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure)
   SELECT new_id(), 'Sample Co', 'PN-' || i, 'Part ' || i, g.id, 'serial', 'piece'
   FROM generate_series(0, ${PARTS - 1}) i, part_category g`,
];

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

/** What the machine could do at best: the same rows and indexes, and nothing that keeps them true. */
async function bare({ owner }: DatabaseAccess): Promise<number> {
  const client = new Client(driverSettings(owner, 'bare'));
  await client.connect();
  try {
    await client.query('CREATE TABLE bare_unit (LIKE unit INCLUDING ALL)');
    await client.query('CREATE TABLE bare_movement (LIKE movement INCLUDING ALL)');
    return await seconds(async () => {
      await client.query('BEGIN');
      await client.query(`CREATE TEMP TABLE raw (manufacturer text, part_number text, serial text, asset_tag text, location text,
        supplier text, warranty_until date, note text) ON COMMIT DROP`);
      const copy = await CopyIn.begin(client, 'COPY raw FROM STDIN (FORMAT csv, HEADER)');
      for (const piece of csv()) await copy.write(piece);
      await copy.end();
      await client.query(
        `INSERT INTO bare_unit (id, part_id, serial, asset_tag, state, location_id, supplier, warranty_until, note)
         SELECT new_id(), p.id, r.serial, r.asset_tag, 'in_stock', l.id, r.supplier, r.warranty_until, r.note
         FROM raw r JOIN part p ON p.manufacturer = r.manufacturer AND p.part_number = r.part_number
         JOIN location l ON l.code = r.location`,
      );
      await client.query(
        `INSERT INTO bare_movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
         SELECT new_id(), 'receive', part_id, id, 'in_stock', location_id FROM bare_unit`,
      );
      await client.query('COMMIT');
    });
  } finally {
    await client.query('DROP TABLE IF EXISTS bare_movement, bare_unit');
    await client.end();
  }
}

async function run(): Promise<void> {
  const { cluster, end } = await startScratchCluster({ settings: { shared_buffers: '512MB', max_wal_size: '4GB' } });
  try {
    const access = await ensureEmbeddedDatabase(cluster.connection);
    await createSchema(access);
    const setUp = new Client(driverSettings(cluster.connection(access.owner.database, SUPERUSER), 'set up'));
    await setUp.connect();
    for (const statement of CATALOGUE) await setUp.query(statement);
    await setUp.query('ANALYZE');
    await setUp.end();
    const bareSeconds = await bare(access);
    await measure(access, bareSeconds);
  } finally {
    await end();
  }
}

async function measure(access: DatabaseAccess, bareSeconds: number): Promise<void> {
  const db = await Database.connect(access.service, [], { applicationName: 'bench' });
  const caller = systemCaller('bench');
  let id = '';
  const kind = kindNamed('units');
  const file = { kind, fileName: 'units.csv', form: {}, bytesMax: 1024 ** 3 };
  const read = await seconds(async () => {
    id = await readImport(db, caller, { ...file, content: Readable.from(csv()) });
  });
  const check = await seconds(() => checkImport(db, id));
  const apply = await seconds(() => applyImport(db, caller, id));
  const { counts, state, sizeBytes } = await importById(db, id);
  await db.close();
  if (state !== 'applied' || counts.creates !== ROWS) throw new Error(`${state}: ${JSON.stringify(counts)}`);
  const total = read + check + apply;
  const say = (name: string, value: string) => console.log(`${name.padEnd(22)}${value}`);
  say('rows', `${ROWS}, ${(sizeBytes / 1024 / 1024).toFixed(1)} MiB; load of the machine ${loadavg()[0]?.toFixed(1)}`);
  for (const [name, took] of Object.entries({ read, check, 'dry run': read + check, apply, total })) {
    say(name, `${took.toFixed(1)} s, ${Math.round(ROWS / took)} rows/s`);
  }
  say(
    'bare COPY + INSERT',
    `${bareSeconds.toFixed(1)} s; the import takes ${(total / bareSeconds).toFixed(1)} times that`,
  );
  say('memory at most', `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB resident`);
}

await run();
