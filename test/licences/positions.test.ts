import { describe, expect, test } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { lifecycleRoutes } from '../../src/allocations/lifecycle.routes.ts';
import { installationRoutes } from '../../src/licences/installation.routes.ts';
import { licencePositionRoutes } from '../../src/licences/licence-position.routes.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const server = useApp(database, () => ({
  routes: [...installationRoutes(), ...licencePositionRoutes(), ...allocateRoutes(), ...lifecycleRoutes()],
}));
const make = licencesOf(database);

async function asked(method: 'get' | 'post', path: string, body?: object) {
  const request = server.request(method, `/api/v1${path}`);
  const answer = await (body ? request.send(body) : request);
  expect([answer.status < 300, answer.body.detail]).toEqual([true, undefined]);
  return answer.body;
}

const position = (productId: string, at?: string) =>
  asked('get', `/licence-products/${productId}/position${at === undefined ? '' : `?at=${encodeURIComponent(at)}`}`);

const report = (source: string, installations: object[]) => asked('post', '/installations', { source, installations });

async function takeSeats(entitlementId: string, quantity: number) {
  const holder = { kind: 'person', id: (await person()).id };
  const body = { purpose: 'loan', holder, lines: [{ entitlementId, quantity }] };
  return (await asked('post', '/checkouts', body)).allocation;
}

async function person(): Promise<{ readonly id: string }> {
  const [found] = await database.db.rows<{ id: string }>(
    `INSERT INTO principal (id, kind, name, roles) VALUES (gen_random_uuid(), 'person', 'user ' || gen_random_uuid(), '{}')
     RETURNING id`,
  );
  if (!found) throw new Error('nobody');
  return found;
}

const clock = async () => {
  const [row] = await database.db.rows<{ at: Date }>(`SELECT clock_timestamp() + interval '1 ms' AS at`);
  await database.db.rows('SELECT pg_sleep(0.005)');
  return row?.at.toISOString() ?? '';
};

describe('the position of a product', () => {
  test('shows over-use by metric, and nothing of one metric covers another one', async () => {
    const { id: productId } = await make.product();
    const small = await make.entitlement({
      ...{ productId, metric: 'concurrent', quantity: 2, overuse: { policy: 'allow', percentMax: 100 } },
    });
    await make.entitlement({ productId, metric: 'core', quantity: 50 });
    await make.entitlement({ productId, metric: 'core', quantity: 7, endsOn: '2021-12-31' });
    await takeSeats(small.id, 3);
    const { lines, isOver } = await position(productId);
    expect(lines).toEqual([
      { basis: 'concurrent', owned: 2, inUse: 3, reserved: 0, over: 1, under: 0 },
      { basis: 'core', owned: 50, inUse: 0, reserved: 0, over: 0, under: 50 },
    ]);
    expect(isOver).toBe(true);
    expect((await position(productId, '2021-06-01T00:00:00Z')).lines[1]).toMatchObject({ basis: 'core', owned: 57 });
  });

  test('holds what was found installed against all that is owned, also where nothing is', async () => {
    const { id: productId } = await make.product();
    const hosts = [1, 2, 3].map((number) => ({ productId, key: `k${number}`, host: `host-${number}`, quantity: 2 }));
    await report(`agent of ${productId}`, hosts);
    expect(await position(productId)).toMatchObject({
      lines: [{ basis: 'installations', owned: 0, inUse: 6, over: 6, under: 0 }],
      isOver: true,
    });
    await make.entitlement({ productId, quantity: 7 });
    expect((await position(productId)).lines[1]).toMatchObject({ owned: 7, inUse: 6, over: 0, under: 1 });
  });

  test('of an instant is what was so then; what may have been another number is counted', async () => {
    const { id: productId } = await make.product();
    const seats = await make.entitlement({ productId, metric: 'concurrent', quantity: 10 });
    const before = await clock();
    const loan = await takeSeats(seats.id, 4);
    const during = await clock();
    await asked('post', `/checkouts/${loan.id}/returns`, { lines: [{ lineId: loan.lines[0].id, quantity: 3 }] });
    await database.db.execute('UPDATE entitlement SET quantity = 12, updated_at = now() WHERE id = $1', [seats.id]);
    const line = async (at?: string) => (await position(productId, at)).lines[0];
    expect([(await line(before)).inUse, (await line(during)).inUse, (await line()).inUse]).toEqual([0, 4, 1]);
    expect((await position(productId, during)).changedSince).toBe(1);
    expect(await position(productId)).toMatchObject({ changedSince: 0, lines: [{ owned: 12 }] });
  });

  test('of all products comes page by page, and as CSV in which no cell is a formula', async () => {
    const { id, name } = await make.product({ vendor: '=cmd' });
    await make.entitlement({ productId: id, metric: 'site', quantity: 3 });
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const page = await asked('get', `/licence-positions?limit=2${after && `&after=${after}`}`);
      seen.push(...page.items.map((item: { product: { id: string } }) => item.product.id));
      if (page.next === null) break;
      after = page.next;
    }
    const products = await database.db.rows<{ id: string }>('SELECT id FROM licence_product ORDER BY id');
    expect(seen).toEqual(products.map((product) => product.id));
    const csv = await server.request('get', '/api/v1/licence-positions.csv?at=2026-01-01T00:00:00Z');
    expect(csv.text.split('\n').find((line) => line.includes(name))).toBe(
      `'=cmd,${name},,site,3,0,0,0,3,2026-01-01T00:00:00.000Z`,
    );
  });
});

describe('a report of installations', () => {
  test('is idempotent by source and key, whatever their case', async () => {
    const { id: productId } = await make.product();
    const one = { productId, key: 'A/1', host: 'web-1', seenAt: '2026-03-01T00:00:00Z' };
    const source = `scan ${productId}`;
    expect(await report(source, [one])).toEqual({ created: 1, updated: 0, unchanged: 0 });
    expect(await report(source.toUpperCase(), [{ ...one, key: 'a/1' }])).toEqual({
      created: 0,
      updated: 0,
      unchanged: 1,
    });
    const later = { ...one, host: 'web-2', seenAt: '2026-03-05T00:00:00Z' };
    expect(await report(source, [later])).toEqual({ created: 0, updated: 1, unchanged: 0 });
    expect(await report(source, [one])).toEqual({ created: 0, updated: 0, unchanged: 1 });
    const [found] = (await asked('get', `/installations?productId=${productId}`)).items;
    expect(found).toMatchObject({
      ...{ host: 'web-2', discoveredAt: '2026-03-01T00:00:00Z', lastSeenAt: '2026-03-05T00:00:00Z', removedAt: null },
    });
  });

  test('takes an installation away from then on, once', async () => {
    const { id: productId } = await make.product();
    const source = `scan ${productId}`;
    const on = (day: string, more: object = {}) =>
      report(source, [{ productId, key: 'k', host: 'h', seenAt: `${day}T00:00:00Z`, ...more }]);
    await on('2026-03-01');
    await on('2026-03-10', { isRemoved: true });
    expect(await on('2026-03-12', { isRemoved: true })).toMatchObject({ unchanged: 1 });
    const installed = async (at: string) =>
      (await position(productId, `${at}T12:00:00Z`)).lines.map(({ inUse }: { inUse: number }) => inUse);
    expect([await installed('2026-02-28'), await installed('2026-03-09'), await installed('2026-03-10')]).toEqual([
      [],
      [1],
      [],
    ]);
    expect((await asked('get', `/installations?productId=${productId}&isThere=true`)).items).toEqual([]);
    await on('2026-03-20');
    expect(await installed('2026-03-20')).toEqual([1]);
  });

  test('of an unknown product, or of the future, is refused as a whole', async () => {
    const { id: productId } = await make.product();
    const send = (lines: object[]) =>
      server.request('post', '/api/v1/installations').send({ source: `scan ${productId}`, installations: lines });
    const fine = { productId, key: 'k', host: 'h' };
    const unknown = await send([fine, { ...fine, key: 'l', productId: (await person()).id }]);
    expect([unknown.body.code, unknown.body.fields[0].field]).toEqual([
      'no-such-product',
      '#/installations/1/productId',
    ]);
    expect((await send([{ ...fine, seenAt: '2999-01-01T00:00:00Z' }])).body.code).toBe('seen-in-future');
    expect((await send([fine, { ...fine, key: 'K' }])).status).toBe(400);
    expect((await asked('get', `/installations?productId=${productId}`)).items).toEqual([]);
  });

  test('that several send at once is taken down once', async () => {
    const { id: productId } = await make.product();
    const lines = Array.from({ length: 20 }, (_, index) => ({
      productId,
      key: `k${index}`,
      host: 'h',
      seenAt: '2026-03-01T00:00:00Z',
    }));
    const outcomes = await Promise.all(
      [lines, lines.toReversed(), lines].map((all) => report(`scan ${productId}`, all)),
    );
    expect(outcomes.reduce((sum, { created }) => sum + created, 0)).toBe(20);
  });
});
