import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { reservationRoutes } from '../../src/allocations/reservation.routes.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: reservationRoutes() }));
const counter = counterOf(database);
const RESERVATIONS = '/api/v1/reservations';

const base = Temporal.Now.instant().round('second');
/** As the API writes instants. */
const at = (hours: number) => base.add({ seconds: hours * 3600 }).toString();

async function reserve(from: number, until: number, lines: object[], more: object = {}) {
  const holder = await counter.holder();
  return server
    .request('post', RESERVATIONS)
    .send({ purpose: 'maintenance', holder, window: { from: at(from), until: at(until) }, lines, ...more });
}

describe('reservations over HTTP', () => {
  test('keep a unit of a part for a window, unpinned, until the grace is over', async () => {
    const partId = await counter.part();
    const unitId = await counter.unit(partId, await counter.site());
    const made = await reserve(10, 20, [{ partId, quantity: 1 }], { pickupGraceMinutes: 90 });
    expect(made.status).toBe(201);
    const { id } = made.body.allocation;
    expect(made.headers).toMatchObject({ etag: '"1"', location: `${RESERVATIONS}/${id}` });
    expect(made.body.allocation).toMatchObject({
      form: 'reservation',
      lines: [
        { state: 'held', isPinned: false, unit: { id: unitId }, from: at(10), until: at(20), expiresAt: at(11.5) },
      ],
    });
    expect((await server.request('get', `${RESERVATIONS}/${id}`)).body).toEqual(made.body.allocation);
  });

  test('a named unit is pinned', async () => {
    const unitId = await counter.unit(await counter.part(), await counter.site());
    const made = await reserve(10, 20, [{ unitId }]);
    expect(made.body.allocation.lines).toMatchObject([{ isPinned: true, unit: { id: unitId } }]);
  });

  test('the reader of a moved reservation sees the new unit under a new version', async () => {
    const partId = await counter.part();
    const siteId = await counter.site();
    const [first] = await counter.units(partId, siteId, 1);
    const { allocation } = (await reserve(10, 20, [{ partId, quantity: 1 }])).body;
    const second = await counter.unit(partId, siteId);
    await database.db.execute(`UPDATE unit SET last_tested_at = now() WHERE id = $1`, [first]);
    const pinned = await reserve(20, 30, [{ unitId: second }]);
    expect(pinned.status).toBe(201);
    expect((await reserve(15, 40, [{ partId, quantity: 1 }])).status).toBe(201);
    const moved = await server.request('get', `${RESERVATIONS}/${allocation.id}`);
    expect(moved.body).toMatchObject({ version: 2, lines: [{ unit: { id: second }, from: at(10), until: at(20) }] });
  });

  test.each([
    ['a window that is over', [-5, 5], 'not-ahead'],
    ['a window without length', [10, 10], 'window-without-length'],
    ['a window that ends before it begins', [10, 9], 'window-without-length'],
    ['a window in years', [24 * 400, 24 * 401], 'too-far-ahead'],
  ] as const)('%s is refused', async (_, [from, until], code) => {
    const partId = await counter.part();
    await counter.unit(partId, await counter.site());
    const answer = await reserve(from, until, [{ partId, quantity: 1 }]);
    expect([answer.status, answer.body.code]).toEqual([422, code]);
  });

  test('20 clients ask for one window of three units with overlapping reservations: three get it, the others a reason', async () => {
    const partId = await counter.part();
    await counter.units(partId, await counter.site(), 3);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => reserve(10 + (index % 4), 20 + (index % 3), [{ partId, quantity: 1 }])),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    for (const { status, body } of answers)
      if (status !== 201) expect([status, body.code]).toEqual([409, 'not-enough-stock']);
  });

  test('a check-out is no reservation', async () => {
    const partId = await counter.part();
    await counter.unit(partId, await counter.site());
    const { allocation } = await counter.checkout([{ partId, quantity: 1 }]);
    expect((await server.request('get', `${RESERVATIONS}/${allocation.id}`)).body).toMatchObject({
      status: 404,
      code: 'no-such-allocation',
    });
  });
});
