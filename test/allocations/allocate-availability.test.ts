import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { entitlementAvailability, partAvailability } from '../../src/allocations/availability.queries.ts';
import { availabilityRoutes } from '../../src/allocations/availability.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { routeViolations } from '../http/route-rules.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf, inHours } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: availabilityRoutes() }));
const counter = counterOf(database);

const of = async (partId: string, window?: readonly [number, number]) => {
  const at = (hours: number) => Temporal.Instant.from(inHours(hours));
  const [found] = await partAvailability(
    database.db,
    [partId],
    window && { from: at(window[0]), until: at(window[1]) },
  );
  return found;
};

/** Whole numbers below a bound, the same ones every time. */
function seeded(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

describe('what there is of a part', () => {
  test('by serial: on hand, usable, unusable by reason, held, issued, overdue, per place', async () => {
    const site = await counter.site('AV-1');
    const room = await counter.room(site, 'AV-2');
    const part = await counter.part({ emergency_reserve: 1 });
    const [first = ''] = await counter.units(part, site, 3);
    await counter.unit(part, room, { expires_on: '2020-01-01' });
    await counter.unit(part, room, { test_due_on: '2020-01-01' });
    await counter.checkout([{ unitId: first }], { dueAt: inHours(1) });
    await database.db.execute(`UPDATE allocation_line SET due_at = now() - interval '1 minute' WHERE unit_id = $1`, [
      first,
    ]);
    await counter.holdFor(2, [{ partId: part, quantity: 1 }]);
    expect(await of(part)).toMatchObject({
      onHand: 4,
      usable: 2,
      unusable: { inRepair: 0, quarantined: 0, untested: 1, expired: 1 },
      held: 1,
      issued: 1,
      overdue: 1,
      reserve: 1,
      freeWithoutReserve: 0,
      freeWithReserve: 1,
      places: [
        { location: { code: 'AV-1' }, onHand: 2, usable: 2, free: 1 },
        { location: { code: 'AV-2' }, onHand: 2, usable: 0, free: 0 },
      ],
    });
    expect(await of(part, [3, 4])).toMatchObject({ held: 0, freeWithoutReserve: 1, freeWithReserve: 2 });
  });

  test('in bulk: the peak of what is held inside the window counts', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    await counter.stock(part, await counter.site(), 10);
    const take = (window: readonly [number, number], quantity: number) =>
      counter.reserve(window, [{ partId: part, quantity }]);
    await take([1, 2], 3);
    await take([3, 4], 3);
    expect(await of(part, [1, 4])).toMatchObject({ held: 3, freeWithReserve: 7 });
    await take([2, 3], 5);
    expect(await of(part, [1, 4])).toMatchObject({ held: 5 });
    await take([1.5, 2.5], 2);
    expect(await of(part, [1, 4])).toMatchObject({ held: 7 });
    expect(await of(part, [5, 6])).toMatchObject({ held: 0, freeWithReserve: 10 });
    expect(await of(part)).toMatchObject({ held: 7, freeWithReserve: 3 });
  });

  test('says as much as a check-out can really take, with floors inside floors', async () => {
    const site = await counter.site();
    const room = await counter.room(site);
    const other = await counter.site();
    const part = await counter.part({ tracking: 'bulk', emergency_reserve: 3 });
    for (const [location, quantity] of [
      [site, 4],
      [room, 2],
    ] as const) {
      await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, $3)', [
        part,
        location,
        quantity,
      ]);
    }
    await counter.stock(part, room, 3);
    await counter.stock(part, site, 2);
    await counter.stock(part, other, 2);
    const free = (await of(part))?.freeWithoutReserve ?? 0;
    expect(free).toBe(3);
    await expect(counter.checkout([{ partId: part, quantity: free + 1 }])).rejects.toMatchObject({ kind: 'conflict' });
    await counter.checkout([{ partId: part, quantity: free }]);
    expect(await of(part)).toMatchObject({ freeWithoutReserve: 0, freeWithReserve: 4 });
  });

  test('is what can be taken, whatever is held, reserved and kept: one more is refused', async () => {
    for (const seed of [3, 5, 8]) {
      const random = seeded(seed);
      const [site, other] = [await counter.site(), await counter.site()];
      const room = await counter.room(site);
      const part = await counter.part({ tracking: 'bulk', emergency_reserve: random(4) });
      for (const location of [site, room]) {
        await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, $3)', [
          part,
          location,
          1 + random(3),
        ]);
      }
      for (const location of [site, room, other, other]) {
        await counter
          .add('stock', { part_id: part, location_id: location, lot: `${random(1e9)}` })
          .then((row) =>
            database.db.execute(
              `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id) VALUES (gen_random_uuid(), 'receive', $1, $2, $3)`,
              [part, 3 + random(6), row],
            ),
          );
      }
      for (let index = 0; index < 6; index += 1) {
        const from = 1 + random(10);
        const line = [{ partId: part, quantity: 1 + random(3) }];
        await counter
          .reserve([from, from + 1 + random(4)], line)
          .catch((thrown) => expect(thrown).toMatchObject({ kind: 'conflict' }));
      }
      const free = (await of(part, [4, 9]))?.freeWithoutReserve ?? 0;
      await expect(counter.reserve([4, 9], [{ partId: part, quantity: free + 1 }])).rejects.toMatchObject({
        kind: 'conflict',
      });
      if (free > 0) await counter.reserve([4, 9], [{ partId: part, quantity: free }]);
      expect(await of(part, [4, 9])).toMatchObject({ freeWithoutReserve: 0 });
    }
  });

  test('comes in the order of the ids, without those that are not there', async () => {
    const parts = [await counter.part(), await counter.part()];
    const asked = [parts[1] ?? '', newId(), parts[0] ?? ''];
    expect((await partAvailability(database.db, asked)).map(({ part }) => part.id)).toEqual([parts[1], parts[0]]);
  });
});

test('what there is of an entitlement: seats that are issued stay in use until they come back', async () => {
  const entitlement = await counter.entitlement(await counter.product(), {
    quantity: 10,
    emergency_reserve: 2,
    overuse: 'allow',
    overuse_percent_max: 20,
  });
  await counter.checkout([{ entitlementId: entitlement, quantity: 3 }], { dueAt: inHours(1) });
  await counter.reserve([5, 6], [{ entitlementId: entitlement, quantity: 4 }]);
  expect(await entitlementAvailability(database.db, [entitlement])).toMatchObject([
    { seats: 10, seatsMax: 12, issued: 3, usedPeak: 7, reserve: 2, freeWithoutReserve: 3, freeWithReserve: 5 },
  ]);
});

describe('availability over HTTP', () => {
  test('its routes keep the rules of the house', () => {
    expect(routeViolations(availabilityRoutes())).toEqual([]);
  });

  test('answers for now and for a window, and refuses one that ends before it begins', async () => {
    const part = await counter.part();
    await counter.units(part, await counter.site(), 2);
    await counter.holdFor(2, [{ partId: part, quantity: 1 }]);
    const path = `/api/v1/parts/${part}/availability`;
    expect((await server.request('get', path)).body).toMatchObject({ part: { id: part }, freeWithReserve: 1 });
    const later = `${path}?from=${encodeURIComponent(inHours(3))}&until=${encodeURIComponent(inHours(4))}`;
    expect((await server.request('get', later)).body).toMatchObject({ freeWithReserve: 2 });
    const wrong = `${path}?from=${encodeURIComponent(inHours(4))}&until=${encodeURIComponent(inHours(3))}`;
    expect((await server.request('get', wrong)).body).toMatchObject({
      status: 400,
      fields: [{ field: 'query.until' }],
    });
    expect((await server.request('get', `/api/v1/parts/${newId()}/availability`)).body.code).toBe('no-such-part');
    const entitlement = await counter.entitlement(await counter.product());
    const seats = await server.request('get', `/api/v1/entitlements/${entitlement}/availability`);
    expect(seats.body).toMatchObject({ seats: 5, freeWithoutReserve: 5 });
  });

  test('answers for many parts at once what it answers for each, and refuses what are no ids', async () => {
    const [site, first, second] = [await counter.site(), await counter.part(), await counter.part()];
    await counter.units(first, site, 3);
    await counter.units(second, site, 1);
    await counter.holdFor(2, [{ partId: first, quantity: 1 }]);
    const many = (ids: readonly string[]) => server.request('get', `/api/v1/part-availability?ids=${ids.join(',')}`);
    const { body } = await many([second, newId(), first, second]);
    expect(body.parts).toMatchObject([
      { partId: second, onHand: 1, held: 0, freeWithReserve: 1 },
      { partId: first, onHand: 3, held: 1, freeWithReserve: 2 },
    ]);
    for (const figures of body.parts) {
      const one = (await server.request('get', `/api/v1/parts/${figures.partId}/availability`)).body;
      const { partId, ...counts } = figures;
      expect(one).toMatchObject({ part: { id: partId }, ...counts });
    }
    expect((await many(['PSU-750W'])).body).toMatchObject({ status: 400, fields: [{ field: 'query.ids' }] });
    expect((await many(Array.from({ length: 51 }, newId))).status).toBe(400);
  });
});
