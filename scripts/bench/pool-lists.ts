import { Agent, request } from 'node:http';
import { Client } from 'pg';
import { ALLOCATION_LISTS } from '../../src/allocations/allocation-list.queries.ts';
import { OVERDUE_LIST } from '../../src/allocations/overdue.queries.ts';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import type { ListDeclaration } from '../../src/database/declared-list.ts';
import { DEVICE_MODEL_LIST } from '../../src/inventory/device-model.queries.ts';
import { LOCATION_LIST } from '../../src/inventory/location.queries.ts';
import { MOVEMENT_LIST } from '../../src/inventory/movement.queries.ts';
import { PART_LIST } from '../../src/inventory/part.queries.ts';
import { REPAIR_LIST } from '../../src/inventory/repair.queries.ts';
import { STOCK_LIST } from '../../src/inventory/stock.queries.ts';
import { UNIT_LIST } from '../../src/inventory/unit.queries.ts';
import { ENTITLEMENT_LIST } from '../../src/licences/entitlement.queries.ts';
import { PRODUCT_LIST } from '../../src/licences/product.queries.ts';
import type { Served } from './http-load.ts';
import { median } from './median.ts';
import { type PoolCounts, poolId } from './pool-scale.ts';

type AnyList = ListDeclaration<string, string>;

/** One way to read, and where its later page begins. */
interface Reading {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly sort?: string;
  /** The declared list behind it, when it has pages. */
  readonly list?: AnyList;
}

export const list = (
  path: string,
  declared: unknown,
  sort: string,
  query: Readonly<Record<string, string>> = {},
): Reading => ({
  path,
  query,
  sort,
  // Sound: only its SQL is looked at.
  list: declared as AnyList,
});

/** Every list in its orders, by its filters; searches for rare and for common text; scans; coverage. */
function readings(counts: PoolCounts): Reading[] {
  const hotPart = poolId('part', 0);
  const [site, room, bin] = [0, 100_000, counts.binFirst + 3].map((n) => poolId('location', n)) as [
    string,
    string,
    string,
  ];
  const bulkPart = poolId('part', counts.bulkPartFirst + 3);
  const late = '2027-06-01';
  const rare = `${Math.floor(counts.units * 0.777)}`;
  return [
    list('/units', UNIT_LIST, 'id'),
    list('/units', UNIT_LIST, 'assetTag'),
    list('/units', UNIT_LIST, 'serial', { partId: hotPart }),
    list('/units', UNIT_LIST, 'state', { partId: hotPart, state: 'in_stock' }),
    list('/units', UNIT_LIST, 'id', { state: 'in_stock' }),
    list('/units', UNIT_LIST, 'id', { state: 'lost' }),
    list('/units', UNIT_LIST, 'place', { locationId: bin }),
    list('/units', UNIT_LIST, 'place', { below: room }),
    list('/units', UNIT_LIST, 'place', { below: site, partId: hotPart }),
    list('/units', UNIT_LIST, 'testDue', { testDueBy: late }),
    list('/units', UNIT_LIST, 'expiry', { expiresBy: late }),
    list('/units', UNIT_LIST, 'warranty', { warrantyBy: late }),
    list('/units', UNIT_LIST, 'id', { q: rare }),
    list('/units', UNIT_LIST, 'id', { q: 'sn0' }),
    list('/units', UNIT_LIST, 'id', { q: '999' }),
    list('/units', UNIT_LIST, 'id', { q: 'nothing-like-it' }),
    { path: '/units', query: { state: 'in_stock', total: 'true' } },
    list('/stock', STOCK_LIST, 'id', { partId: bulkPart }),
    list('/stock', STOCK_LIST, 'place', { locationId: bin }),
    list('/stock', STOCK_LIST, 'place', { below: site }),
    list('/stock', STOCK_LIST, 'expiry', { expiresBy: late }),
    list('/movements', MOVEMENT_LIST, 'id', { partId: hotPart }),
    list('/movements', MOVEMENT_LIST, 'id', { kind: 'transfer' }),
    list('/movements', MOVEMENT_LIST, 'id', { unitId: poolId('unit', 77) }),
    list('/movements', MOVEMENT_LIST, 'id', { batchId: poolId('batch', 77) }),
    list('/parts', PART_LIST, 'number'),
    list('/parts', PART_LIST, 'manufacturer', { manufacturer: 'Maker 3' }),
    list('/parts', PART_LIST, 'number', { categoryId: poolId('category', 3) }),
    list('/parts', PART_LIST, 'number', { q: 'pn-0003' }),
    list('/parts', PART_LIST, 'number', { q: 'maker' }),
    list('/locations', LOCATION_LIST, 'code', { kind: 'bin' }),
    list('/locations', LOCATION_LIST, 'code', { parentId: poolId('location', 200_000) }),
    list('/locations', LOCATION_LIST, 'code', { q: 'bin-77' }),
    list('/device-models', DEVICE_MODEL_LIST, 'model'),
    list('/device-models', DEVICE_MODEL_LIST, 'model', { q: 'server 77' }),
    list('/repairs', REPAIR_LIST, 'expectedBack'),
    list('/licence-products', PRODUCT_LIST, 'name'),
    list('/licence-products', PRODUCT_LIST, 'vendor', { vendor: 'Vendor 3' }),
    list('/licence-products', PRODUCT_LIST, 'name', { q: 'product 77' }),
    list('/entitlements', ENTITLEMENT_LIST, 'name', { metric: 'core' }),
    list('/entitlements', ENTITLEMENT_LIST, 'name', { q: 'contract 77' }),
    list('/entitlements', ENTITLEMENT_LIST, 'endsOn', { endsUntil: late }),
    list('/checkouts', ALLOCATION_LISTS.checkout, 'created', { holderId: poolId('team', 3) }),
    list('/checkouts', ALLOCATION_LISTS.checkout, 'created', { holderId: poolId('team', 3), open: 'true' }),
    list('/checkouts', ALLOCATION_LISTS.checkout, 'created', { partId: hotPart }),
    list('/holds', ALLOCATION_LISTS.hold, 'created', { holderId: poolId('team', 0) }),
    list('/overdue', OVERDUE_LIST, 'dueAt'),
    list('/overdue', OVERDUE_LIST, 'dueAt', { holderId: poolId('team', 3) }),
    list('/overdue', OVERDUE_LIST, 'dueAt', { partId: hotPart }),
    { path: '/notices' },
    { path: `/units/${poolId('unit', 77)}/movements` },
    { path: `/units/${poolId('unit', 77)}/allocations` },
    { path: `/stock/${poolId('stock', 77)}/movements` },
    { path: `/scan/AT-${rare}` },
    { path: `/scan/SN${rare.padStart(9, '0')}` },
    { path: '/scan/bin-77' },
    { path: '/scan/CO-000077' },
    { path: `/services/${poolId('service', 0)}/coverage` },
    // A part with 100,000 pieces, each counted.
    { path: `/services/${poolId('service', 1)}/coverage` },
  ];
}

/** One line of the table: medians as multiples of the look-ups between them. */
export interface ReadFigure {
  readonly name: string;
  readonly first: number;
  readonly farIn: number | undefined;
}

export interface ReadFigures {
  readonly lookupMs: number;
  readonly figures: readonly ReadFigure[];
  readonly refused: readonly string[];
}

const REPEATS = 15;
const ROWS_IN = 1_000_000;

/** Medians of every reading over one connection, and of a primary-key lookup measured between them. */
export async function measureReadings(
  served: Served,
  service: ConnectionSettings,
  counts: PoolCounts,
): Promise<ReadFigures> {
  const client = new Client(driverSettings(service, 'bench'));
  await client.connect();
  const get = getter(served);
  const lookup = () => get(`/units/${poolId('unit', Math.floor(Math.random() * counts.units))}`);
  const lookupsMs: number[] = [];
  // In turn, so that whatever else the machine does hits both alike.
  const multipleOf = async (once: () => Promise<number>) => {
    await once();
    const [ours, theirs]: [number[], number[]] = [[], []];
    for (let i = 0; i < REPEATS; i += 1) {
      theirs.push(await lookup());
      ours.push(await once());
    }
    lookupsMs.push(...theirs);
    return median(ours) / median(theirs);
  };
  const figures: ReadFigure[] = [];
  const refused: string[] = [];
  try {
    for (let i = 0; i < 50; i += 1) await lookup();
    for (const reading of readings(counts)) {
      const name = `${reading.path}?${new URLSearchParams({ ...reading.query, ...(reading.sort ? { sort: reading.sort } : {}) })}`;
      try {
        const first = await multipleOf(() => get(name));
        const after = await cursorFarIn(client, reading);
        const farIn = after === undefined ? undefined : await multipleOf(() => get(`${name}&after=${after}`));
        figures.push({ name: name.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID'), first, farIn });
      } catch (thrown) {
        refused.push(String(thrown));
      }
    }
  } finally {
    await client.end();
  }
  return { lookupMs: median(lookupsMs), figures, refused };
}

/** The cursor of a page that begins a million rows in, or at nine tenths where there are fewer. */
export async function cursorFarIn(
  client: Client,
  { list: declared, sort = '', query = {} }: Reading,
): Promise<string | undefined> {
  const order = declared?.sorts[sort.replace(/^-/, '')];
  if (!declared || !order) return undefined;
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  const parameters: string[] = [];
  const conditions = Object.entries(query)
    .filter(([name]) => name in declared.filters && !['q', 'search'].includes(name))
    .map(([name, value]) => declared.filters[name]?.(`$${parameters.push(value)}`));
  const where = ['TRUE', ...(order.only ? [order.only] : []), ...conditions].join(' AND ');
  const counted = await client.query(`SELECT count(*) AS n FROM ${declared.from} WHERE ${where}`, parameters);
  const offset = Math.min(ROWS_IN, Math.floor(Number(counted.rows[0].n) * 0.9));
  const keys = order.keys.map(({ sql }) => `(${sql})::text`).join(', ');
  const { rows } = await client.query<{ key: string[] }>(
    `SELECT ARRAY[${keys}] AS key FROM ${declared.from} WHERE ${where}
     ORDER BY ${order.keys.map(({ sql }) => `${sql} ${direction}`).join(', ')} OFFSET ${offset} LIMIT 1`,
    parameters,
  );
  return rows[0] && Buffer.from(JSON.stringify({ sort, key: rows[0].key })).toString('base64url');
}

/** Reads one path over a kept connection and answers the milliseconds that it took. */
function getter({ port, token }: Served): (path: string) => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Bearer ${token}` };
  return (path) =>
    new Promise((resolve, reject) => {
      const startedMs = performance.now();
      const sent = request({ agent, port, host: '127.0.0.1', path: `/api/v1${path}`, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - startedMs);
          else reject(new Error(`${path}: ${response.statusCode} ${Buffer.concat(chunks).toString().slice(0, 200)}`));
        });
      });
      sent.on('error', reject);
      sent.end();
    });
}
