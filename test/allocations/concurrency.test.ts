import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { scaled } from '../support/scale.ts';
import { CLIENTS, expectServed, useCrowd } from './crowd.ts';

const { crowd, expectSound, post, quantityOf, shelf, site, wish, database } = useCrowd();
const SHORT = ['not-enough-stock', 'unit-not-available', 'reserve-needed'];
const ROUNDS = scaled(2);

async function rounds(work: () => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await work();
}

describe('fifty clients at once', () => {
  test('get the last unit once, whether they name it or its part', async () => {
    await rounds(async () => {
      const part = await shelf.part();
      const unit = await shelf.unit(part, site.id);
      const answers = await crowd((client) =>
        post('/checkouts', wish([client % 2 === 0 ? { unitId: unit } : { partId: part, quantity: 1 }])),
      );
      const [made] = expectServed(answers, 1, SHORT);
      expect(made?.body.allocation.lines).toMatchObject([{ unit: { id: unit }, state: 'issued' }]);
    });
    await expectSound();
  });

  test('get the last seats as often as there are seats, of the entitlement or of the product', async () => {
    await rounds(async () => {
      const product = await shelf.product();
      const entitlement = await shelf.entitlement(product, { quantity: 5, emergency_reserve: 1 });
      const line = (client: number) =>
        client % 2 === 0 ? { entitlementId: entitlement, quantity: 2 } : { productId: product, quantity: 2 };
      expectServed(await crowd((client) => post('/checkouts', wish([line(client)]))), 2, [
        'not-enough-seats',
        'reserve-needed',
      ]);
    });
  });

  test('get the last pieces of bulk as often as they reach', async () => {
    await rounds(async () => {
      const part = await shelf.part({ tracking: 'bulk' });
      const row = await shelf.stock(part, site.id, 10);
      const line = (client: number) =>
        client % 2 === 0 ? { stockId: row, quantity: 3 } : { partId: part, quantity: 3 };
      expectServed(await crowd((client) => post('/checkouts', wish([line(client)]))), 3, SHORT);
      expect(await quantityOf(row)).toBe(1);
    });
    await expectSound();
  });

  test('leave the floor alone, although each names another unit of the part', async () => {
    await rounds(async () => {
      const part = await shelf.part({ emergency_reserve: 3 });
      const units = await shelf.units(part, site.id, 10);
      const answers = await crowd((client) => post('/checkouts', wish([{ unitId: units[client % units.length] }])));
      expectServed(answers, 7, SHORT);
      const [row] = await database.db.rows<{ left: string }>(
        `SELECT count(*) AS left FROM unit WHERE part_id = $1 AND state = 'in_stock'`,
        [part],
      );
      expect(row).toEqual({ left: '3' });
    });
    await expectSound();
  });

  test('leave the floor below a location alone, in check-outs, holds and reservations together', async () => {
    await rounds(async () => {
      const [part, place] = [await shelf.part(), await shelf.site()];
      await database.db.execute('INSERT INTO part_reserve VALUES ($1, $2, 2)', [part, place]);
      const units = await shelf.units(part, place, 6);
      const from = new Date(Date.now() + 60_000).toISOString();
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const answers = await crowd((client) => {
        const lines = wish([{ unitId: units[client % units.length] }]);
        if (client % 3 === 0) return post('/checkouts', lines);
        if (client % 3 === 1) return post('/holds', { ...lines, expiresAt: until });
        return post('/reservations', { ...lines, window: { from, until } });
      });
      expectServed(answers, 4, SHORT);
    });
    await expectSound();
  });

  test('that take their lines in opposite orders all end, in as many check-outs as there are pieces', async () => {
    await rounds(async () => {
      const parts = [await shelf.part({ tracking: 'bulk' }), await shelf.part({ tracking: 'bulk' })];
      const [a, b] = parts.map((part) => ({ partId: part, quantity: 1 }));
      for (const part of parts) await shelf.stock(part, site.id, 20);
      const [product, serial] = [await shelf.product(), await shelf.part()];
      const seats = { entitlementId: await shelf.entitlement(product, { quantity: 30 }), quantity: 1 };
      await shelf.units(serial, site.id, 30);
      const unit = { partId: serial, quantity: 1 };
      const orders = [
        [a, b, unit, seats],
        [seats, unit, b, a],
        [unit, a, seats, b],
        [b, seats, a, unit],
      ] as object[][];
      expectServed(await crowd((client) => post('/checkouts', wish(orders[client % orders.length] ?? []))), 20, [
        ...SHORT,
        'not-enough-seats',
      ]);
    });
    await expectSound();
  });

  test('reserve two units for windows that overlap twice, and for windows back to back as often as they fit', async () => {
    await rounds(async () => {
      const part = await shelf.part();
      await shelf.units(part, site.id, 2);
      const startMs = Date.now() + 3_600_000;
      const at = (hours: number) => new Date(startMs + hours * 3_600_000).toISOString();
      const same = await crowd((client) =>
        post(
          '/reservations',
          wish([{ partId: part, quantity: 1 }], { window: { from: at(client / 100), until: at(2 + client / 100) } }),
        ),
      );
      expectServed(same, 2, SHORT);
      // Ten hours, each wanted by five clients, on two units.
      const hours = await crowd((client) =>
        post(
          '/reservations',
          wish([{ partId: part, quantity: 1 }], {
            window: { from: at(100 + (client % 10)), until: at(101 + (client % 10)) },
          }),
        ),
      );
      expectServed(hours, 20, SHORT);
    });
  });
});

describe('what comes back', () => {
  test('comes back once, however many say so, and goes out again once', async () => {
    await rounds(async () => {
      const part = await shelf.part();
      const unit = await shelf.unit(part, site.id);
      const out = await post('/checkouts', wish([{ unitId: unit }]));
      const { id, lines } = out.body.allocation;
      const answers = await crowd((client) =>
        client % 2 === 0
          ? post(`/checkouts/${id}/returns`, { lines: [{ lineId: lines[0].id }] })
          : post('/checkouts', wish([{ partId: part, quantity: 1 }])),
      );
      const returns = answers.filter((_, client) => client % 2 === 0);
      const checkouts = answers.filter((_, client) => client % 2 === 1);
      expect(returns.filter(({ status }) => status < 300)).toHaveLength(1);
      expect(returns.filter(({ status, body }) => status === 409 && body.code === 'line-not-out')).toHaveLength(
        CLIENTS / 2 - 1,
      );
      const again = checkouts.filter(({ status }) => status === 201).length;
      expectServed(checkouts, again, SHORT);
      expect(again).toBeLessThanOrEqual(1);
      // Who comes now gets it exactly when nobody of the crowd did.
      const last = await post('/checkouts', wish([{ unitId: unit }]));
      expect(last.status).toBe(again === 1 ? 409 : 201);
    });
    await expectSound();
  });

  test('comes back in parts that add up, and never more than went out', async () => {
    await rounds(async () => {
      const part = await shelf.part({ tracking: 'bulk' });
      const row = await shelf.stock(part, site.id, 100);
      const out = await post('/checkouts', wish([{ partId: part, quantity: 60 }]));
      const { id, lines } = out.body.allocation;
      const back = { lines: [{ lineId: lines[0].id, quantity: 2 }] };
      const answers = await crowd(() => post(`/checkouts/${id}/returns`, back));
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(30);
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(20);
      expect(await quantityOf(row)).toBe(100);
    });
    await expectSound();
  });
});

describe('fifty tries under one Idempotency-Key', () => {
  /** A client that repeats its request while another one of the same key is being carried out. */
  async function insist(path: string, body: object, key: string) {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const answer = await post(path, body, { 'idempotency-key': key });
      if (answer.body.code !== 'request-in-progress') return answer;
    }
    throw new Error('the request stayed in progress');
  }

  test('have one effect, and all get its answer', async () => {
    await rounds(async () => {
      const part = await shelf.part({ tracking: 'bulk' });
      const row = await shelf.stock(part, site.id, 500);
      const key = newId();
      const body = wish([{ partId: part, quantity: 7 }]);
      const answers = await crowd(() => insist('/checkouts', body, key));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(answers.map(({ body: answer }) => JSON.stringify(answer)))).toHaveProperty('size', 1);
      expect(await quantityOf(row)).toBe(493);
      const other = await post('/checkouts', wish([{ partId: part, quantity: 8 }]), { 'idempotency-key': key });
      expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
      const { id, lines } = answers[0]?.body.allocation ?? {};
      const keys = [newId(), newId()];
      const three = { lines: [{ lineId: lines[0].id, quantity: 3 }] };
      const back = await crowd((client) => insist(`/checkouts/${id}/returns`, three, keys[client % 2] ?? ''));
      expect(new Set(back.map(({ status }) => status))).toEqual(new Set([200]));
      expect(await quantityOf(row)).toBe(499);
    });
    await expectSound();
  });

  test('that could not be served are not remembered: the same key is served once there is something', async () => {
    const part = await shelf.part();
    const key = newId();
    const body = wish([{ partId: part, quantity: 1 }]);
    expect((await insist('/checkouts', body, key)).status).toBe(409);
    await shelf.unit(part, site.id);
    const answers = await crowd(() => insist('/checkouts', body, key));
    expect(new Set(answers.map(({ status, body: answer }) => `${status} ${answer.allocation?.id}`))).toHaveProperty(
      'size',
      1,
    );
    expect(answers[0]?.status).toBe(201);
  });
});

describe('time, while nothing reaps', () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  /** Waits by the database's clock, which is the one that judges. */
  const until = (instant: string) =>
    expect
      .poll(
        async () =>
          (
            await database.db.rows<{ over: boolean }>('SELECT clock_timestamp() >= $1::timestamptz AS over', [instant])
          )[0]?.over,
        { interval: 10, timeout: 30_000 },
      )
      .toBe(true);

  test('a hold that has expired is free in that instant, for one of fifty', async () => {
    const [part, bulk] = [await shelf.part(), await shelf.part({ tracking: 'bulk' })];
    const unit = await shelf.unit(part, site.id);
    await shelf.stock(bulk, site.id, 5);
    const entitlement = await shelf.entitlement(await shelf.product(), { quantity: 3 });
    const lines = [{ unitId: unit }, { partId: bulk, quantity: 5 }, { entitlementId: entitlement, quantity: 3 }];
    const expiresAt = inMs(4000);
    const held = await post('/holds', wish(lines, { expiresAt }));
    expect(held.status).toBe(201);
    expect((await post('/checkouts', wish(lines))).status).toBe(409);
    await until(expiresAt);
    expectServed(await crowd(() => post('/checkouts', wish(lines))), 1, [...SHORT, 'not-enough-seats']);
    const collected = await post(`/holds/${held.body.allocation.id}/collect`, {}, { 'if-match': '"1"' });
    expect([collected.status, collected.body.code]).toEqual([409, 'hold-expired']);
    await expectSound();
  });

  test('a unit that is overdue is not handed out again, and the refusal says who has it', async () => {
    const part = await shelf.part();
    const unit = await shelf.unit(part, site.id);
    const dueAt = inMs(3000);
    const out = await post('/checkouts', wish([{ unitId: unit }], { dueAt }));
    expect(out.status).toBe(201);
    await until(dueAt);
    const answers = await crowd((client) =>
      post('/checkouts', wish([client % 2 === 0 ? { unitId: unit } : { partId: part, quantity: 1 }])),
    );
    expectServed(answers, 0, SHORT);
    for (const { body } of answers) expect(JSON.stringify(body)).toContain(out.body.allocation.code);
    const held = await post('/holds', wish([{ unitId: unit }], { expiresAt: inMs(3_600_000) }));
    expect(held.status).toBe(409);
    await expectSound();
  });
});
