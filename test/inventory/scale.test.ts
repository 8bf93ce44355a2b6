import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPool } from '../../scripts/bench/pool-data.ts';
import { poolId, scaledBy } from '../../scripts/bench/pool-scale.ts';
import { driverSettings } from '../../src/database/connection.ts';
import { useDatabase } from '../support/database.ts';
import {
  type AnyList,
  casesOf,
  declaredLists,
  type FoundList,
  leadOf,
  nodesOf,
  type PlanNode,
  type Statement,
  statementOf,
} from './scale-plans.ts';

const database = useDatabase();
let client: Client;
let uniqueIndexes: ReadonlySet<string>;

beforeAll(async () => {
  await loadPool(database.superuser, scaledBy(0.005));
  client = new Client(driverSettings(database.service, 'test'));
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indisunique',
  );
  uniqueIndexes = new Set(rows.map(({ name }) => name));
}, 60_000);
afterAll(() => client.end());

const lists = await declaredLists();

/** One value for each filter that any list declares, one that few rows have: a new filter has to be added. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  active: true,
  batchId: poolId('batch', 7),
  below: poolId('location', 100_000),
  categoryId: poolId('category', 3),
  deviceModelId: poolId('deviceModel', 3),
  endsFrom: '2026-06-01',
  endsUntil: '2027-06-01',
  entitlementId: poolId('entitlement', 3),
  expiresBy: '2026-12-24',
  holderId: poolId('team', 99_999),
  host: 'host-7',
  inUse: true,
  isRetired: false,
  isThere: true,
  kind: 'repair_out',
  locationId: poolId('location', 300_003),
  manufacturer: 'Maker 3',
  metric: 'core',
  open: true,
  ownerId: poolId('team', 3),
  parentId: poolId('location', 200_000),
  partId: poolId('part', 3),
  productId: poolId('product', 3),
  purpose: 'loan',
  q: '%00012%',
  retired: true,
  search: '%act 12%',
  serviceId: poolId('service', 0),
  source: 'discovery',
  state: 'lost',
  supportEndsFrom: '2026-06-01',
  supportEndsUntil: '2027-06-01',
  testDueBy: '2026-12-24',
  tracking: 'serial',
  unitId: poolId('unit', 75),
  valid: true,
  vendor: 'Vendor 3',
  warrantyBy: '2026-12-24',
};

/** Filters for text, which the trigram index carries. */
const SEARCHES = new Set(['q', 'search']);

/**
 * Filters that take little away from what the index has bounded already: almost nothing is retired, withdrawn or gone (and what
 * is has an index of its own), and of what one holder, service, part or unit ever had, the rest is a fraction.
 */
const RESIDUAL = new Set(['active', 'retired', 'inUse', 'isRetired', 'isThere', 'valid', 'open', 'purpose']);

async function planOf(settings: readonly string[], { sql, parameters }: Statement): Promise<PlanNode> {
  await client.query('BEGIN');
  try {
    for (const setting of settings) await client.query(`SET LOCAL ${setting} = off`);
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...parameters]);
    return rows[0]['QUERY PLAN'][0].Plan;
  } finally {
    await client.query('ROLLBACK');
  }
}

function leadScan(list: AnyList, plan: PlanNode): PlanNode {
  const scan = nodesOf(plan).find((node) => node.Alias === leadOf(list));
  if (!scan) throw new Error(`nothing reads ${leadOf(list)}`);
  return scan;
}

/** What is wrong with the plan of one way to ask a list, as words; undefined when its index carries it. */
async function complaintOf(
  list: AnyList,
  filters: readonly string[],
  statement: Statement,
): Promise<string | undefined> {
  // Asked for what it is: no order but the index's, no row that the index did not bound.
  const off = ['enable_seqscan', 'enable_sort', 'enable_bitmapscan'];
  const whole = complaintOfPlan(list, filters, await planOf([...off, 'enable_incremental_sort'], statement));
  if (whole === undefined) return undefined;
  // What a unique index puts in order needs no more than its ties sorted, and has none.
  const plan = await planOf(off, statement);
  return uniqueIndexes.has(leadScan(list, plan)['Index Name'] ?? '') ? complaintOfPlan(list, filters, plan) : whole;
}

function complaintOfPlan(list: AnyList, filters: readonly string[], plan: PlanNode): string | undefined {
  const scan = leadScan(list, plan);
  const index = scan['Index Name'] ?? '';
  if (kindsIn(plan).includes('Sort')) return `no index has this order: ${kindsIn(plan).join(' > ')}`;
  if (!scan['Node Type'].startsWith('Index')) return `reads ${leadOf(list)} by ${scan['Node Type']}`;
  const bounding = filters.filter(
    (name) => !RESIDUAL.has(name) && !SEARCHES.has(name) && subSelectOf(list.filters[name]?.('$1') ?? '') === undefined,
  );
  const isBounded = scan['Index Cond'] !== undefined || (filters.includes('retired') && index.endsWith('_retired'));
  const isSearch = filters.some((name) => SEARCHES.has(name));
  return bounding.length > 0 && !isBounded && !isSearch ? `${index} does not bound it: ${scan.Filter}` : undefined;
}

const kindsIn = (plan: PlanNode) => nodesOf(plan).map((node) => node['Node Type']);

/**
 * Some filters have an index of their own. Text is found by trigrams wherever it is rare; where it is common, the index of
 * the order meets it soon enough. The ids that a sub-select answers are found by its table's index.
 */
async function complaintOfFilter({ name, list }: FoundList, filter: string): Promise<string | undefined> {
  const condition = list.filters[filter]?.('$1') ?? '';
  const parameters = [sampleFor(name, filter)];
  if (SEARCHES.has(filter)) {
    const sql = `SELECT FROM ${list.from} WHERE ${condition}`;
    const plan = await planOf(['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan'], { sql, parameters });
    return nodesOf(plan).some((node) => node['Index Name']?.endsWith('_search')) ? undefined : 'no trigram index';
  }
  const select = subSelectOf(condition);
  if (select === undefined) return undefined;
  const plan = await planOf(['enable_seqscan'], { sql: select, parameters });
  return nodesOf(plan).some((node) => node['Index Cond'] !== undefined) ? undefined : 'no index for its sub-select';
}

/** The query inside `x IN (SELECT ...)`. */
function subSelectOf(condition: string): string | undefined {
  return /^\S+ IN \((SELECT .*)\)$/s.exec(condition)?.[1];
}

describe('the lists of a large pool', () => {
  it('are found in the code', () => {
    expect(lists.length).toBeGreaterThan(8);
  });

  it.each([
    ['filter', { filters: { state: 'lost' }, sort: 'place', limit: 51 }, 'does not bound it'],
    ['order', { filters: {}, sort: 'supplier', limit: 51 }, 'no index has this order'],
  ] as const)('would be complained of without an index for their %s', async (_what, request, complaint) => {
    const units = lists.find(({ name }) => name === 'UNIT_LIST')?.list as AnyList;
    const list: AnyList = {
      ...units,
      sorts: { ...units.sorts, supplier: { keys: [{ sql: 'u.supplier', type: 'text' }] } },
      pairs: [{ filters: ['state'], sorts: ['place', 'supplier'] }],
    };
    const statement = await statementOf(list, request);
    expect(await complaintOf(list, Object.keys(request.filters), statement)).toContain(complaint);
  });

  it.each(lists.map((found) => [found.name, found] as const))(
    '%s: every declared pair has an index for its order and its filter',
    async (_name, found) => {
      const unknown = Object.keys(found.list.filters).filter((filter) => !(filter in SAMPLES));
      expect(unknown, 'filters without a sample value').toEqual([]);
      const complaints: string[] = [];
      for (const filter of Object.keys(found.list.filters)) {
        const complaint = await complaintOfFilter(found, filter);
        if (complaint) complaints.push(`${filter}: ${complaint}`);
      }
      for (const { title, filters, request } of casesOf(found, (filter) => sampleFor(found.name, filter))) {
        const complaint = await complaintOf(found.list, filters, await statementOf(found.list, request));
        if (complaint) complaints.push(`${title}: ${complaint}`);
      }
      expect(complaints).toEqual([]);
    },
  );
});

/** `kind` of a location is none of a movement's; the text that is searched for is one that is there. */
function sampleFor(list: string, filter: string): unknown {
  if (filter === 'kind' && list === 'LOCATION_LIST') return 'rack';
  return SAMPLES[filter];
}
