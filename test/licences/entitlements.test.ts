import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { entitlementRoutes } from '../../src/licences/entitlement.routes.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf, takeSeats } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const server = useApp(database, () => ({ routes: entitlementRoutes() }));
const make = licencesOf(database);
const ENTITLEMENTS = '/api/v1/entitlements';

const get = (id: string) => server.request('get', `${ENTITLEMENTS}/${id}`);
const add = (body: object) => server.request('post', ENTITLEMENTS).send(body);
const change = (id: string, version: number, body: object) =>
  server.request('patch', `${ENTITLEMENTS}/${id}`).set('If-Match', `"${version}"`).send(body);
const retire = (id: string, version: number) =>
  server.request('post', `${ENTITLEMENTS}/${id}/retire`).set('If-Match', `"${version}"`).send({ reason: 'replaced' });

const minimal = async (more: object = {}) => ({
  productId: (await make.product()).id,
  name: `entitlement ${newId()}`,
  metric: 'core',
  quantity: 10,
  startsOn: '2026-01-01',
  ...more,
});

describe('an entitlement', () => {
  test('needs little, and says what it gives', async () => {
    const body = await minimal();
    const made = await add(body);
    expect(made.status).toBe(201);
    expect(made.headers.location).toBe(`${ENTITLEMENTS}/${made.body.id}`);
    expect(made.body).toMatchObject({
      name: body.name,
      term: 'perpetual',
      endsOn: null,
      cost: null,
      owner: null,
      overuse: { policy: 'deny' },
      usage: {
        isInForce: true,
        seats: 10,
        seatsMax: 10,
        issued: 0,
        usedPeak: 0,
        freeWithoutReserve: 10,
        freeWithReserve: 10,
      },
      warnings: [],
    });
    expect((await get(made.body.id)).body).toEqual(made.body);
  });

  test('comes back as it was stated, money to the cent', async () => {
    const { principal } = await make.caller();
    const stated = {
      endsOn: '2030-02-28',
      supportEndsOn: '2029-12-31',
      contract: 'C-77',
      cost: { amount: '1234567890.10', currency: 'EUR' },
      emergencyReserve: 2,
      overuse: { policy: 'allow', percentMax: 25 },
      note: 'north only',
    };
    const made = await add(await minimal({ ...stated, ownerId: principal.id }));
    expect(made.body).toMatchObject({ ...stated, term: 'term', owner: { id: principal.id, kind: 'team' } });
    expect(made.body.usage).toMatchObject({ seats: 10, seatsMax: 12, freeWithoutReserve: 10, freeWithReserve: 12 });
    const cleared = await change(made.body.id, 1, { cost: null, ownerId: null, endsOn: null, contract: null });
    expect(cleared.body).toMatchObject({ cost: null, owner: null, endsOn: null, term: 'perpetual', contract: null });
    expect(cleared.body).toMatchObject({ note: 'north only', supportEndsOn: '2029-12-31', version: 2 });
  });

  test('gives no seat before its term and after it', async () => {
    for (const term of [{ startsOn: '2999-01-01' }, { startsOn: '2020-01-01', endsOn: '2020-12-31' }]) {
      const { body } = await add(await minimal({ ...term, emergencyReserve: 1 }));
      expect(body.usage).toMatchObject({ isInForce: false, seats: 0, seatsMax: 0, freeWithoutReserve: 0 });
      expect(body.warnings).toEqual([]);
    }
  });

  test.each([
    ['quantity', -1],
    ['quantity', 1.5],
    ['metric', 'per-mouse'],
    ['startsOn', '2026-02-30'],
    ['startsOn', '0000-01-01'],
    ['cost', { amount: '1.234', currency: 'EUR' }],
    ['cost', { amount: 12, currency: 'EUR' }],
    ['cost', { amount: '12.00', currency: 'euro' }],
    ['overuse', { policy: 'allow' }],
    ['overuse', { policy: 'allow', percentMax: 0 }],
    ['overuse', { policy: 'deny', percentMax: 5 }],
    ['retired', null],
  ])('with %s = %j is refused, naming the field', async (field, value) => {
    const answer = await add(await minimal({ [field]: value }));
    expect(answer.status).toBe(400);
    expect(answer.body.fields[0].field).toMatch(new RegExp(`^#/${field}`));
  });

  test('that contradicts itself or what is there is refused', async () => {
    const backwards = await add(await minimal({ endsOn: '2025-12-31' }));
    expect([backwards.status, backwards.body.code]).toEqual([422, 'term-ends-before-start']);
    expect((await add(await minimal({ productId: newId() }))).body.code).toBe('unsuitable-product');
    expect((await add(await minimal({ ownerId: newId() }))).body.code).toBe('unsuitable-owner');
  });
});

describe('changing how many seats there are', () => {
  test('below what is in use is taken as the truth, and answered and recorded with how many are too many', async () => {
    const { id } = await make.entitlement({ quantity: 10 });
    await takeSeats(database.db, id, 6);
    await takeSeats(database.db, id, 2, 'held');
    expect((await get(id)).body.usage).toMatchObject({ issued: 6, usedPeak: 8, freeWithoutReserve: 2 });
    const lowered = await change(id, 1, { quantity: 5 });
    expect(lowered.status).toBe(200);
    expect(lowered.body.warnings).toEqual([
      { code: 'over-used', seats: 3, message: expect.stringContaining('3 too many') },
    ]);
    expect(lowered.body.usage).toMatchObject({
      seats: 5,
      issued: 6,
      usedPeak: 8,
      freeWithoutReserve: 0,
      freeWithReserve: 0,
    });
    expect((await get(id)).body.warnings).toEqual(lowered.body.warnings);
    const [, recorded] = await auditOf(database.db, 'entitlement', id);
    expect(recorded?.details).toMatchObject({ quantity: 5, warnings: [{ code: 'over-used', seats: 3 }] });
    expect((await change(id, 2, { quantity: 8 })).body.warnings).toEqual([]);
  });

  test('or its term, or the reserve, warns in the same way', async () => {
    const { id } = await make.entitlement({ quantity: 10 });
    await takeSeats(database.db, id, 8);
    const reserved = await change(id, 1, { emergencyReserve: 5 });
    expect(reserved.body.warnings).toMatchObject([{ code: 'reserve-not-covered', seats: 3 }]);
    const ended = await change(id, 2, { endsOn: '2020-12-31' });
    expect(ended.body.warnings).toMatchObject([{ code: 'over-used', seats: 8 }]);
  });

  test('waits for whoever is taking seats', async () => {
    const { id, version } = await make.entitlement({ quantity: 10 });
    let changing: Promise<unknown> | undefined;
    let isChanged = false;
    await database.db.transaction(async (tx) => {
      await tx.execute('SELECT lock_pools($1::uuid[], $2::uuid[])', [[], [id]]);
      changing = make.change({ id, version }, { quantity: 1 }).then((changed) => {
        isChanged = true;
        return changed;
      });
      await waitUntilBlocked();
      expect(isChanged).toBe(false);
      await tx.execute(
        `WITH made AS (INSERT INTO allocation (id, form, purpose, holder_kind, holder_id)
           SELECT $1, 'checkout', 'loan', 'team', id FROM principal WHERE kind = 'team' LIMIT 1)
         INSERT INTO allocation_line (id, allocation_id, position, kind, entitlement_id, quantity, state, during, issued_at,
           root_line_id)
         VALUES ($2, $1, 0, 'seat', $3, 4, 'issued', tstzrange(clock_timestamp(), 'infinity'), clock_timestamp(), $2)`,
        [newId(), newId(), id],
      );
    });
    expect(await changing).toMatchObject({ warnings: [{ code: 'over-used', seats: 3 }] });
  });

  async function waitUntilBlocked(): Promise<void> {
    for (const deadline = Date.now() + 10_000; ; ) {
      const [row] = await database.db.rows<{ blocked: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS blocked`,
      );
      if (row?.blocked) return;
      if (Date.now() > deadline) throw new Error('nothing waits for the lock');
    }
  }
});

describe('retiring an entitlement', () => {
  test('is refused while seats of it are in use, and final', async () => {
    const { id } = await make.entitlement();
    const line = await takeSeats(database.db, id, 2);
    const refused = await retire(id, 1);
    expect([refused.status, refused.body.code]).toEqual([409, 'entitlement-in-use']);
    expect(refused.body.detail).toContain('2 seats');
    await database.db.execute("UPDATE allocation_line SET state = 'returned', ended_at = now() WHERE id = $1", [line]);
    const retired = await retire(id, 1);
    expect(retired.body).toMatchObject({ retired: { reason: 'replaced' }, usage: { isInForce: false, seats: 0 } });
    expect((await change(id, 2, { quantity: 5 })).body.code).toBe('entitlement-retired');
    const byHand = database.db.execute('UPDATE entitlement SET retired_at = NULL, retired_reason = NULL');
    await expect(byHand).rejects.toThrow(/retired and changes no more/);
  });
});

describe('the list of entitlements', () => {
  const names = (answer: { body: { items: { name: string }[] } }) => answer.body.items.map((item) => item.name);

  test('is filtered, searched by name and contract, and shows seats when asked', async () => {
    const { id: productId } = await make.product();
    const mark = newId();
    const first = await make.entitlement({ productId, name: 'b', contract: `K-${mark}` });
    await make.entitlement({ productId, name: 'A' });
    await takeSeats(database.db, first.id, 3);
    expect(names(await server.request('get', `${ENTITLEMENTS}?productId=${productId}`))).toEqual(['A', 'b']);
    const found = await server.request('get', `${ENTITLEMENTS}?q=k-${mark}&usage=true&total=true`);
    expect(found.body).toMatchObject({
      items: [{ name: 'b', usage: { issued: 3, freeWithoutReserve: 7 } }],
      total: '1',
    });
    expect((await server.request('get', `${ENTITLEMENTS}?q=k-${mark}`)).body.items[0].usage).toBeNull();
  });

  test('is read in the order in which terms end, a span of days at a time, page by page', async () => {
    const { id: productId } = await make.product();
    for (const endsOn of ['2031-03-01', '2031-01-01', null, '2031-02-01', '2032-01-01']) {
      await make.entitlement({ productId, name: `ends ${endsOn}`, endsOn });
    }
    const path = `${ENTITLEMENTS}?productId=${productId}&sort=endsOn&endsFrom=2031-01-01&endsUntil=2031-12-31&limit=2`;
    const page = await server.request('get', path);
    expect(names(page)).toEqual(['ends 2031-01-01', 'ends 2031-02-01']);
    const rest = await server.request('get', `${path}&after=${page.body.next}`);
    expect([names(rest), rest.body.next]).toEqual([['ends 2031-03-01'], null]);
  });

  test('refuses what no index carries', async () => {
    for (const query of ['metric=core&sort=endsOn', 'q=x&metric=core', 'endsFrom=2026-01-01']) {
      const answer = await server.request('get', `${ENTITLEMENTS}?${query}`);
      expect([answer.status, answer.body.code]).toEqual([422, 'undeclared-list']);
    }
  });
});
