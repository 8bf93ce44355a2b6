import { beforeAll, describe, expect, test } from 'vitest';
import { READY_MAPPINGS } from '../../src/imports/import-mapping.ts';
import type { KindName } from '../../src/imports/kinds/kinds.ts';
import { retireEntitlement } from '../../src/licences/entitlement.service.ts';
import { LICENCE_ENTITIES, licencesOf } from '../licences/support.ts';
import { useDatabase } from '../support/database.ts';
import { checked, exported, imported, linesOf, troublesOf } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const licences = licencesOf(database);
const rows = <Row>(sql: string) => database.db.rows<Row>(sql);

const PRODUCTS = `vendor,product,product_version
Sample Co,Database,12
Sample Co,Database,
sample co,database,
Sample Co,Office,
`;
const ENTITLEMENTS = `vendor,product,product_version,name,metric,quantity,starts_on,ends_on,cost,currency,overuse_percent_max,note
sample co,database,12,Order 1,core,16,2026-01-01,2027-12-31,1200.50,EUR,10,=1+1
Sample Co,Office,,,Named User,50,2026-01-01,,,,,
Sample Co,Database,,Order 1,device,5,2026-01-01 00:00:00,,,,,
`;

beforeAll(async () => {
  await imported(database.db, 'products', PRODUCTS);
  await imported(database.db, 'entitlements', ENTITLEMENTS);
});

describe('licences that were imported', () => {
  test('are there, each product once', async () => {
    expect(
      await rows('SELECT vendor, name, product_version FROM licence_product ORDER BY name, product_version'),
    ).toEqual([
      { vendor: 'Sample Co', name: 'Database', product_version: '' },
      { vendor: 'Sample Co', name: 'Database', product_version: '12' },
      { vendor: 'Sample Co', name: 'Office', product_version: '' },
    ]);
    expect(
      await rows(`SELECT name, metric, quantity, term, starts_on::text, cost, overuse, overuse_percent_max AS percent
        FROM entitlement ORDER BY quantity`),
    ).toEqual([
      { ...{ name: 'Order 1', metric: 'device', quantity: 5, term: 'perpetual', starts_on: '2026-01-01' }, ...free },
      { ...{ name: 'Order 1', metric: 'core', quantity: 16, term: 'term', starts_on: '2026-01-01' }, ...paid },
      {
        ...{ name: 'Office', metric: 'named-user', quantity: 50, term: 'perpetual', starts_on: '2026-01-01' },
        ...free,
      },
    ]);
  });

  test.each([
    ['products', PRODUCTS, 4],
    ['entitlements', ENTITLEMENTS, 3],
  ] as const)('change nothing when the same file of %s comes again', async (kind, file, count) => {
    const again = await imported(database.db, kind, file);
    expect(again.counts).toEqual({ lines: count, creates: 0, updates: 0, unchanged: count, errors: 0 });
  });

  test.each(['products', 'entitlements'] as const)('change nothing when an export of %s comes back', async (kind) => {
    // Also what an import would not make: two of one name, and one that is retired.
    const product = await licences.product();
    await licences.entitlement({ productId: product.id, name: 'Twice' });
    await licences.entitlement({ productId: product.id, name: 'twice', cost: { amount: '10.00', currency: 'EUR' } });
    const entitlement = await licences.entitlement({ productId: product.id, name: 'Gone' });
    const caller = await licences.caller();
    const gone = { id: entitlement.id, expectedVersion: 1 };
    await database.db.transaction((tx) => retireEntitlement(tx, caller, gone, 'Not needed'));
    const file = await exported(database.db, kind);
    const again = await imported(database.db, kind, file);
    expect(await troublesOf(database.db, again)).toEqual([]);
    expect(again.counts).toMatchObject({ creates: 0, updates: 0, errors: 0 });
    expect(await exported(database.db, kind)).toBe(file);
  });

  test('are renamed by their id, and changed by their name', async () => {
    const [{ id } = { id: '' }] = await rows<{ id: string }>(`SELECT id FROM entitlement WHERE metric = 'core'`);
    const byId = `vendor,product,product_version,entitlement_id,name,cost,currency\nSample Co,Database,12,${id},Order 2,-,-\n`;
    const done = await imported(database.db, 'entitlements', byId);
    expect((await linesOf(database.db, done))[0]?.changes).toEqual([
      { field: 'name', before: 'Order 1', after: 'Order 2' },
      { field: 'cost', before: '1200.5', after: null },
      { field: 'currency', before: 'EUR', after: null },
    ]);
    const byName = 'vendor,product,product_version,name,quantity\nSample Co,Database,12,order 2,32\n';
    expect((await imported(database.db, 'entitlements', byName)).counts).toMatchObject({ creates: 0, updates: 1 });
    expect(await rows(`SELECT quantity, cost, version FROM entitlement WHERE id = '${id}'`)).toEqual([
      { quantity: 32, cost: null, version: 3 },
    ]);
  });

  test('are refused line by line', async () => {
    const product = await licences.product({ vendor: 'Sample Co', name: 'Twins' });
    const entitlement = await licences.entitlement({ productId: product.id, name: 'Twin' });
    await licences.entitlement({ productId: product.id, name: 'Twin' });
    const unknown = '00000000-0000-7000-8000-000000000000';
    const file = `vendor,product,name,entitlement_id,metric,quantity,starts_on,ends_on,cost,currency,owner
Sample Co,Nothing,A,,device,1,2026-01-01,,,,
Sample Co,Twins,Twin,,device,1,2026-01-01,,,,
Sample Co,Office,,${entitlement.id},,,,,,,
Sample Co,Office,A,${unknown},device,1,2026-01-01,,,,
Sample Co,Office,B,,seat,1,2026-01-01,2025-01-01,5,,Nobody
Sample Co,Office,C,,,,,,,,
Sample Co,Twins,Two,${entitlement.id},,,,,,,
Sample Co,Twins,Three,${entitlement.id},,,,,,,
Sample Co,Office,E,,device,1,2026-01-01,,,,
Sample Co,Office,e,,device,1,2026-01-01,,,,
`;
    expect(await troublesOf(database.db, await checked(database.db, 'entitlements', file))).toEqual([
      '2 product: there is no product "Nothing" of "Sample Co": bring the products in first',
      '3 name: 2 entitlements to the product have this name: say by entitlement_id which one is meant',
      '4 product: cannot be changed by an import: it is Sample Co Twins',
      `5 entitlement_id: there is no entitlement ${unknown}: leave it out where a new one is meant`,
      '6 metric: "seat" must be one of named-user, device, concurrent, core, site',
      '6 ends_on: must not lie before 2026-01-01',
      '6 owner: there is no person or team "Nobody"',
      '6 currency: a cost goes with a currency: state both or none',
      '7 metric: must be stated for a new entitlement',
      '7 quantity: must be stated for a new entitlement',
      '7 starts_on: must be stated for a new entitlement',
      '9 name: is there twice, first in line 8',
      '11 name: is there twice, first in line 10',
    ]);
  });
});

const free = { cost: null, overuse: 'deny', percent: 0 };
const paid = { cost: '1200.50', overuse: 'allow', percent: 10 };

test('what Snipe-IT gives out of its licences comes in, and the product keys in it are kept nowhere', async () => {
  const file = `id,Company,Name,"Serial Number","Purchase Date","Purchase Cost","Order Number","Licenses available",Seats,"Expiration Date","Purchase Order Number",Manufacturer,Notes
7,Example,Drawing,KEY-7-SECRET,"2026-02-01 00:00:00",99.00,O-1,3,25,"2027-01-31 00:00:00",PO-9,"Example Systems","For the site"
`;
  const counts = { lines: 1, creates: 1, updates: 0, unchanged: 0, errors: 0 };
  for (const kind of ['products', 'entitlements'] as const) {
    expect((await imported(database.db, kind, file, { mapping: snipe(kind) })).counts).toEqual(counts);
  }
  expect(await exported(database.db, 'entitlements')).toMatch(
    /Example Systems,Drawing,,Drawing,[-0-9a-f]{36},device,25,2026-02-01,2027-01-31,,PO-9,,,,0,0,For the site\n/,
  );
  const [kept] = await rows(`SELECT (SELECT count(*)::integer FROM import_line l WHERE l::text LIKE '%KEY-7%') AS lines,
    (SELECT count(*)::integer FROM audit_entry a WHERE a::text LIKE '%KEY-7%') AS entries`);
  expect(kept).toEqual({ lines: 0, entries: 0 });
});

test('a default of a mapping is what new things have that do not state it, and changes nothing that is there', async () => {
  const lines = ['Defaults,5,', 'Stated,5,core', ''];
  const file = `vendor,product,name,quantity,metric,starts_on\n${lines.map((line) => line && `Sample Co,Office,${line},2026-01-01`).join('\n')}`;
  const byDefault = (defaults: Record<string, string>) => ({ mapping: { name: null, defaults } });
  const wishes = byDefault({ metric: 'Concurrent', overuse_percent_max: '10' });
  expect((await imported(database.db, 'entitlements', file, wishes)).counts).toMatchObject({ creates: 2 });
  const kept = () =>
    rows(
      `SELECT name, metric, overuse_percent_max AS percent FROM entitlement WHERE name IN ('Defaults', 'Stated') ORDER BY name`,
    );
  const made = [
    { name: 'Defaults', metric: 'concurrent', percent: 10 },
    { name: 'Stated', metric: 'core', percent: 10 },
  ];
  expect(await kept()).toEqual(made);
  const other = byDefault({ metric: 'site', overuse_percent_max: '20' });
  expect((await imported(database.db, 'entitlements', file, other)).counts).toMatchObject({ unchanged: 2 });
  expect(await kept()).toEqual(made);
  for (const wrong of [{ metric: 'seat' }, { vendor: 'Sample Co' }, { colour: 'red' }]) {
    await expect(checked(database.db, 'entitlements', file, byDefault(wrong))).rejects.toMatchObject({
      code: 'unsuitable-defaults',
    });
  }
});

function snipe(kind: KindName) {
  const ready = READY_MAPPINGS.find((mapping) => mapping.kind === kind && mapping.name === 'snipe-it-licences');
  if (!ready) throw new Error(`there is no mapping for ${kind}`);
  return { ...ready, isReady: true };
}

describe('installations that were imported', () => {
  const INSTALLATIONS = `source,key,vendor,product,product_version,hostname,seats,discovered_on,last_seen_on,removed_on
Agent,1,sample co,database,12,db-1,4,2026-01-01,2026-03-01,
Agent,2,Sample Co,Database,,db-2,,2026-01-01,2026-02-01,2026-02-02
`;
  beforeAll(async () => {
    await imported(database.db, 'installations', INSTALLATIONS);
  });

  test('are of their products, and change nothing when file or export come again', async () => {
    expect(
      await rows(`SELECT i.host, i.quantity, p.product_version AS version, i.removed_at IS NULL AS there
        FROM installation i JOIN licence_product p ON p.id = i.product_id ORDER BY i.host`),
    ).toEqual([
      { host: 'db-1', quantity: 4, version: '12', there: true },
      { host: 'db-2', quantity: 1, version: '', there: false },
    ]);
    for (const file of [INSTALLATIONS, await exported(database.db, 'installations')]) {
      const again = await imported(database.db, 'installations', file);
      expect(again.counts).toEqual({ lines: 2, creates: 0, updates: 0, unchanged: 2, errors: 0 });
    }
  });

  test('keep what a later file does not say, and take what it says', async () => {
    const file = 'source,key,host,last_seen_on,removed_on\nagent,1,db-9,2026-04-01,\nAGENT,2,db-2,2026-04-01,-\n';
    expect((await imported(database.db, 'installations', file)).counts).toMatchObject({ updates: 2, errors: 0 });
    expect(
      await rows(`SELECT i.host, i.quantity, p.product_version AS version, last_seen_at AT TIME ZONE 'UTC' = '2026-04-01' AS seen,
        removed_at IS NULL AS there FROM installation i JOIN licence_product p ON p.id = i.product_id ORDER BY i.host`),
    ).toEqual([
      { host: 'db-2', quantity: 1, version: '', seen: true, there: true },
      { host: 'db-9', quantity: 4, version: '12', seen: true, there: true },
    ]);
  });

  test('are refused of what there is no product of, and of days that cannot be', async () => {
    const found = await checked(
      database.db,
      'installations',
      `source,key,vendor,product,host,discovered_on,last_seen_on
Agent,7,Nobody,Nothing,h,2026-01-01,2026-01-02
Agent,8,Sample Co,Office,h,2026-01-03,2026-01-02
Agent,9,Sample Co,Office,h,2026-01-03,2999-01-02
Agent,1,,Office,h,,
`,
    );
    expect(await troublesOf(database.db, found)).toEqual([
      '2 product: there is no product "Nothing" of "Nobody": bring the products in first',
      '3 last_seen_on: must not lie before 2026-01-03',
      '4 last_seen_on: must not lie in the future',
      '5 product: is no product: state its vendor and its version as well',
    ]);
  });
});
