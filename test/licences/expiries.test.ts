import { expect, test } from 'vitest';
import { expiryRoutes } from '../../src/licences/expiry.routes.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const server = useApp(database, () => ({ routes: expiryRoutes() }));
const make = licencesOf(database);
const EXPIRIES = '/api/v1/entitlements/expiries';

test('what ends is told in its order, terms and support together, page by page', async () => {
  const today = new Date().toISOString().slice(0, 10);
  const north = await make.entitlement({ name: 'north', endsOn: '2040-06-30', supportEndsOn: '2039-12-31' });
  const south = await make.entitlement({ name: 'south', supportEndsOn: '2039-12-31' });
  await make.entitlement({ name: 'today', endsOn: today });
  await make.entitlement({ name: 'over', endsOn: '2020-06-30' });
  await make.entitlement({ name: 'for ever' });
  const retired = await make.entitlement({ name: 'retired', endsOn: '2039-11-11' });
  await database.db.execute("UPDATE entitlement SET retired_at = now(), retired_reason = 'x' WHERE id = $1", [
    retired.id,
  ]);

  const seen: unknown[] = [];
  let after = '';
  do {
    const page = await server.request('get', `${EXPIRIES}?from=2039-01-01&limit=1${after && `&after=${after}`}`);
    expect(page.status).toBe(200);
    seen.push(...page.body.items.map((item: Record<string, unknown>) => [item.on, item.what, item.entitlementName]));
    after = page.body.next;
  } while (after);
  expect(seen).toEqual([
    ['2039-12-31', 'support', 'north'],
    ['2039-12-31', 'support', 'south'],
    ['2040-06-30', 'term', 'north'],
  ]);
  expect(north.id < south.id).toBe(true);

  const past = await server.request('get', `${EXPIRIES}?until=${today}`);
  expect(past.body.items.map((item: Record<string, unknown>) => item.entitlementName)).toEqual(['over', 'today']);
  expect(past.body.items.map((item: { daysLeft: number }) => Math.sign(item.daysLeft))).toEqual([-1, 0]);
});

test('a cursor of something else is refused', async () => {
  const after = Buffer.from(JSON.stringify(['2040-02-31', 'term', 'x'])).toString('base64url');
  expect((await server.request('get', `${EXPIRIES}?after=${after}`)).status).toBe(400);
});
