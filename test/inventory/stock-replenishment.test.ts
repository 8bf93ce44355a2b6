import { describe, expect, test } from 'vitest';
import { raiseReplenishment } from '../../src/inventory/replenishment.service.ts';
import { suggestedQuantity } from '../../src/inventory/replenishment.ts';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeStock, makeUnit } from './stock-support.ts';
import { makeCategory, makeLocation, makePart } from './support.ts';

const database = useDatabase();
const { done, get, post } = useStockApp(database);

/** Whether, and how much of, a part is suggested now. */
async function suggested(partId: string) {
  for (let after = ''; ; ) {
    const page = await get(`/replenishments/suggestions?limit=1${after && `&after=${after}`}`);
    const found = page.items.find((item: { part: { id: string } }) => item.part.id === partId);
    if (found || page.next === null) return found;
    after = page.next;
  }
}

describe('how much to order', () => {
  test.each([
    [3, 3, 4, 4],
    [0, 3, 4, 4],
    [0, 8, 4, 12],
    [4, 3, 4, 0],
    [0, 0, 1, 1],
    [1, 0, 1, 0],
  ])('with %i there, reorder point %i, %i at a time: %i', (have, reorderPoint, reorderQuantity, expected) => {
    expect(suggestedQuantity(have, { reorderPoint, reorderQuantity })).toBe(expected);
  });
});

describe('a suggestion', () => {
  test('appears at the reorder point and disappears by itself when the stock rises', async () => {
    const { db } = database;
    const place = await makeLocation(db);
    const part = await makePart(db, 'bulk', { reorderPoint: 5, reorderQuantity: 10, leadTimeDays: 14 });
    await makePart(db, 'bulk', { reorderPoint: 5 });
    await makePart(db, 'bulk');
    const stock = await makeStock(db, { partId: part.id, locationId: place.id, quantity: 6 });
    expect(await suggested(part.id)).toBeUndefined();
    await done('adjustments', { lines: [{ kind: 'stock', stockId: stock, change: -1 }], reason: 'x' });
    expect(await suggested(part.id)).toEqual({
      part: { id: part.id, partNumber: part.partNumber, name: part.name },
      reorderPoint: 5,
      usable: 5,
      underway: 0,
      suggestedQuantity: 10,
      leadTimeDays: 14,
    });
    await done('adjustments', { lines: [{ kind: 'stock', stockId: stock, change: 1 }], reason: 'x' });
    expect(await suggested(part.id)).toBeUndefined();
    await done('quarantines', { lines: [{ kind: 'stock', stockId: stock, quantity: 4 }], reason: 'x' });
    expect(await suggested(part.id)).toMatchObject({ usable: 2 });
  });

  test('does not count units that cannot be used', async () => {
    const { db } = database;
    const place = await makeLocation(db);
    const part = await makePart(db, 'serial', { reorderPoint: 1, reorderQuantity: 1 });
    const make = (more: object) => makeUnit(db, { partId: part.id, locationId: place.id, ...more });
    await make({});
    await make({ testDueOn: '2020-01-01' });
    await make({ expiresOn: '2020-01-01' });
    await make({ state: 'quarantined' });
    expect(await suggested(part.id)).toMatchObject({ usable: 1, suggestedQuantity: 1 });
    await make({});
    expect(await suggested(part.id)).toBeUndefined();
  });

  test('counts what is underway, until it is cancelled', async () => {
    const part = await makePart(database.db, 'bulk', { reorderPoint: 0, reorderQuantity: 3 });
    const asked = await post('/replenishments', { partId: part.id, quantity: 3 });
    expect([asked.status, asked.body.origin]).toEqual([201, 'reorder-point']);
    expect(await suggested(part.id)).toBeUndefined();
    expect((await post('/replenishments', { partId: part.id, quantity: 1 })).body.origin).toBe('manual');
    for (const { id } of (await get(`/replenishments?partId=${part.id}`)).items) {
      await post(`/replenishments/${id}/cancel`, { reason: 'too dear' }, 1);
    }
    expect(await suggested(part.id)).toMatchObject({ underway: 0 });
  });
});

describe('a page of suggestions', () => {
  test('ends when it has looked at enough parts, and the next one goes on behind them', async () => {
    const { id: category } = await makeCategory(database.db);
    await database.db.execute(
      `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure, reorder_point,
         reorder_quantity)
       SELECT gen_random_uuid(), 'Sample Co', 'many-' || n, 'one of many', $1, 'bulk', 'piece', 0, 1
       FROM generate_series(1, 700) n`,
      [category],
    );
    await database.db.execute(
      `INSERT INTO replenishment (id, part_id, quantity, state, origin)
       SELECT gen_random_uuid(), id, 1, 'requested', 'manual' FROM part WHERE category_id = $1`,
      [category],
    );
    const last = await makePart(database.db, 'bulk', { reorderPoint: 0, partNumber: 'last' });
    const sizes: number[] = [];
    let after = '';
    do {
      const page = await get(`/replenishments/suggestions${after && `?after=${after}`}`);
      sizes.push(page.items.length);
      after = page.next;
    } while (after);
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    expect(sizes).toContain(0);
    expect(await suggested(last.id)).toMatchObject({ part: { partNumber: 'last' } });
  });
});

describe('a replenishment', () => {
  async function ordered(quantity: number) {
    const { db } = database;
    const place = await makeLocation(db);
    const part = await makePart(db, 'serial', { reorderPoint: 2, reorderQuantity: 2 });
    const { body } = await post('/replenishments', { partId: part.id, quantity, reason: 'quarterly' });
    const order = { supplier: 'Sample Co', reference: 'PO-1', expectedOn: '2020-01-01' };
    const answer = await post(`/replenishments/${body.id}/order`, order, 1);
    expect(answer.body).toMatchObject({ ...order, state: 'ordered', isOverdue: true, version: 2 });
    const line = (serial: string) => ({ kind: 'unit', partId: part.id, locationId: place.id, serial });
    return { id: body.id, part, line };
  }

  test('is requested, ordered, received in part and then in full', async () => {
    const { id, part, line } = await ordered(3);
    const first = await post(`/replenishments/${id}/receipts`, { lines: [line('a')], reference: 'DN-1' }, 2);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      replenishment: { state: 'ordered', receivedQuantity: 1 },
      movements: [{ kind: 'receive', reference: 'DN-1' }],
    });
    expect(await suggested(part.id)).toBeUndefined(); // 1 there, 2 underway, above 2
    const taken = await post(`/replenishments/${id}/receipts`, { lines: [line('b'), line('A')] }, 3);
    expect([taken.status, taken.body.code, taken.body.fields[0].field]).toEqual([
      409,
      'serial-taken',
      '#/lines/1/serial',
    ]);
    const last = await post(`/replenishments/${id}/receipts`, { lines: [line('b'), line('c'), line('d')] }, 3);
    expect(last.body.replenishment).toMatchObject({
      state: 'received',
      receivedQuantity: 4,
      isOverdue: false,
      version: 4,
    });
    const more = await post(`/replenishments/${id}/receipts`, { lines: [line('e')] }, 4);
    expect([more.status, more.body.code]).toEqual([409, 'replenishment-ended']);
    expect((await auditOf(database.db, 'replenishment', id)).map(({ action }) => action)).toEqual([
      'replenishment.request',
      'replenishment.order',
    ]);
    const [receipt] = await auditOf(database.db, 'movement-batch', last.body.batchId);
    expect(receipt).toMatchObject({ action: 'replenishment.receive', details: { replenishmentId: id, lines: 3 } });
  });

  test('refuses what was not ordered, another part, an old version and a part that is not there', async () => {
    const { id, line } = await ordered(1);
    const other = await makePart(database.db, 'serial');
    const wrong = await post(`/replenishments/${id}/receipts`, { lines: [{ ...line('x'), partId: other.id }] }, 2);
    expect([wrong.status, wrong.body.code, wrong.body.fields[0].field]).toEqual([
      422,
      'other-part',
      '#/lines/0/partId',
    ]);
    expect((await post(`/replenishments/${id}/cancel`, { reason: 'x' }, 1)).body.code).toBe('stale-replenishment');
    expect((await post(`/replenishments/${id}/cancel`, {}, 2)).body.fields[0].field).toBe('#/reason');
    const request = await post('/replenishments', { partId: other.id, quantity: 1 });
    const early = await post(
      `/replenishments/${request.body.id}/receipts`,
      { lines: [{ ...line('x'), partId: other.id }] },
      1,
    );
    expect([early.status, early.body.code]).toEqual([409, 'not-ordered']);
    expect((await post('/replenishments', { partId: newId(), quantity: 1 })).body).toMatchObject({
      status: 422,
      code: 'unsuitable-part',
      fields: [{ field: '#/partId' }],
    });
    expect((await post(`/replenishments/${newId()}/cancel`, { reason: 'x' }, 1)).status).toBe(404);
  });

  test('is raised by a deployment', async () => {
    const part = await makePart(database.db, 'serial');
    const id = await database.db.transaction((tx) =>
      raiseReplenishment(tx, { partId: part.id, quantity: 1, origin: 'deploy', reason: 'took the place of S-1' }),
    );
    expect(await get(`/replenishments/${id}`)).toMatchObject({
      state: 'requested',
      origin: 'deploy',
      reason: 'took the place of S-1',
    });
    expect((await get('/replenishments?state=requested')).items.map((item: { id: string }) => item.id)).toContain(id);
  });
});
