import { expect, test } from 'vitest';
import { expiringRoutes } from '../../src/readiness/expiring.routes.ts';
import { useApp } from '../http/support.ts';
import { makeStock, makeUnit } from '../inventory/stock-support.ts';
import { makeLocation, makePart } from '../inventory/support.ts';
import { LICENCE_ENTITIES, licencesOf } from '../licences/support.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase(LICENCE_ENTITIES);
const server = useApp(database, () => ({ routes: expiringRoutes() }));
const make = licencesOf(database);

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

interface Item {
  readonly on: string;
  readonly what: string;
  readonly daysLeft: number;
  readonly subject: { readonly name: string };
}

async function timeline(query: string): Promise<Item[]> {
  const seen: Item[] = [];
  let after = '';
  do {
    const page = await server.request('get', `/api/v1/expiries?${query}&limit=2${after && `&after=${after}`}`);
    expect([page.status, page.body.detail]).toEqual([200, undefined]);
    seen.push(...page.body.items);
    after = page.body.next;
  } while (after);
  return seen;
}

test('everything that ends is told on one line of days, whatever it is, page by page', async () => {
  const { db } = database;
  const place = (await makeLocation(db)).id;
  const serial = await makePart(db, 'serial');
  const bulk = await makePart(db, 'bulk');
  const product = await make.product();
  const unit = (name: string, more: object) =>
    makeUnit(db, { partId: serial.id, locationId: place, serial: name, ...more });
  await unit('stale', { expiresOn: inDays(-5) });
  await unit('untested', { testDueOn: inDays(20) });
  await unit('fine', { expiresOn: inDays(400) });
  const { id } = await unit('warranted', {});
  const gone = await unit('gone', {});
  for (const unitId of [id, gone.id])
    await db.execute('UPDATE unit SET warranty_until = $2 WHERE id = $1', [unitId, inDays(20)]);
  await db.execute(
    `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, reason)
     VALUES (gen_random_uuid(), 'scrap', $1, $2, 'retired', 'broken')`,
    [serial.id, gone.id],
  );
  await makeStock(db, { partId: bulk.id, locationId: place, quantity: 12, lot: 'L7', expiresOn: inDays(20) });
  await make.entitlement({ productId: product.id, name: 'seats', endsOn: inDays(30), supportEndsOn: inDays(10) });

  const all = await timeline('withinDays=90');
  expect(all.map(({ what, subject, daysLeft }) => [daysLeft, what, subject.name])).toEqual([
    [-5, 'shelf-life', 'stale'],
    [10, 'support', 'seats'],
    [20, 'shelf-life', `${bulk.partNumber} L7`],
    [20, 'test', 'untested'],
    [20, 'warranty', 'warranted'],
    [30, 'term', 'seats'],
  ]);
  expect(all[2]).toMatchObject({ quantity: 12, of: bulk.partNumber });
  const names = async (query: string) => (await timeline(query)).map(({ subject }) => subject.name);
  expect(await names('withinDays=500&what=shelf-life')).toEqual(['stale', `${bulk.partNumber} L7`, 'fine']);
  expect(await names(`withinDays=90&from=${inDays(0)}&partId=${serial.id}`)).toEqual(['untested', 'warranted']);
  expect(await names(`productId=${product.id}`)).toEqual(['seats', 'seats']);
  expect(await names(`what=test&productId=${product.id}`)).toEqual([]);
});
