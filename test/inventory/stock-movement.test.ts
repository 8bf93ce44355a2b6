import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeStock, makeUnit, type StockWishes, type UnitWishes } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();
const { done, refused, get, act } = useStockApp(database);

async function places() {
  return { here: (await makeLocation(database.db)).id, there: (await makeLocation(database.db)).id };
}

async function unitAt(locationId: string, more: Partial<UnitWishes> = {}) {
  const part = await makePart(database.db, 'serial');
  return makeUnit(database.db, { partId: part.id, locationId, ...more });
}

async function stockAt(locationId: string, quantity: number, more: Partial<StockWishes> = {}) {
  const part = await makePart(database.db, 'bulk');
  return makeStock(database.db, { partId: part.id, locationId, quantity, ...more });
}

const unit = (unitId: string, more: object = {}) => ({ kind: 'unit', unitId, ...more });
const stock = (stockId: string, more: object = {}) => ({ kind: 'stock', stockId, ...more });

/** Pieces of a stock row are held for somebody. */
async function hold(stockId: string, quantity: number): Promise<string> {
  const { principal } = await makeCaller(database.db);
  await database.db.transaction(async (tx) => {
    const [allocation, line] = [newId(), newId()];
    await tx.execute(
      `INSERT INTO allocation (id, form, purpose, holder_kind, holder_id) VALUES ($1, 'hold', 'loan', 'team', $2)`,
      [allocation, principal.id],
    );
    await tx.execute(
      `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, expires_at,
         root_line_id)
       SELECT $1, $2, 0, 'stock', s.part_id, s.id, $4, 'held', tstzrange(now(), now() + interval '1 hour'),
         now() + interval '1 hour', $1
       FROM stock s WHERE s.id = $3`,
      [line, allocation, stockId, quantity],
    );
  });
  return principal.name;
}

describe('a transfer', () => {
  test('takes units and pieces to other locations in one act', async () => {
    const { here, there } = await places();
    const { id } = await unitAt(here);
    const waiting = await unitAt(here, { state: 'quarantined' });
    const row = await stockAt(here, 10, { lot: 'L', expiresOn: '2030-01-01' });
    const movements = await done('transfers', {
      lines: [
        unit(id, { toLocationId: there }),
        unit(waiting.id, { toLocationId: there }),
        stock(row, { quantity: 4, toLocationId: there }),
      ],
      reason: 'Rack is rebuilt',
    });
    expect(movements.map((m: { batchId: string }) => m.batchId)).toEqual(Array(3).fill(movements[0].batchId));
    expect(movements[0]).toMatchObject({ kind: 'transfer', fromLocation: { id: here }, toLocation: { id: there } });
    expect(await get(`/units/${id}`)).toMatchObject({ state: 'in_stock', location: { id: there } });
    expect(await get(`/units/${waiting.id}`)).toMatchObject({ state: 'quarantined', location: { id: there } });
    expect(await get(`/stock/${row}`)).toMatchObject({ quantity: 6 });
    expect(await get(`/stock/${movements[2].toStockId}`)).toMatchObject({
      quantity: 4,
      lot: 'L',
      expiresOn: '2030-01-01',
      location: { id: there },
    });
  });

  test('checks each line against what the earlier lines leave, and takes nothing when one fails', async () => {
    const { here, there } = await places();
    const row = await stockAt(here, 10);
    const lines = [stock(row, { quantity: 6, toLocationId: there }), stock(row, { quantity: 5, toLocationId: there })];
    const answer = await act('transfers', { lines });
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      409,
      'not-enough-stock',
      '5 pieces are wanted, and 4 lie there',
    ]);
    expect(answer.body.fields[0].field).toBe('#/lines/1/quantity');
    expect(await get(`/stock/${row}`)).toMatchObject({ quantity: 10 });
  });

  test('leaves held pieces where they are held, and says for whom and until when', async () => {
    const { here, there } = await places();
    const row = await stockAt(here, 10);
    const holder = await hold(row, 7);
    const away = (quantity: number) => act('transfers', { lines: [stock(row, { quantity, toLocationId: there })] });
    const refusal = await away(4);
    expect([refusal.status, refusal.body.code]).toEqual([409, 'stock-is-held']);
    expect(refusal.body.detail).toContain(`7 of the 10 pieces are held: 7 for ${holder} until 20`);
    expect((await away(3)).status).toBe(201);
    // A count tells the truth all the same.
    await done('counts', { lines: [stock(row, { counted: 2, expected: 7 })] });
    expect(await get(`/stock/${row}`)).toMatchObject({ quantity: 2 });
  });

  test('refuses what it cannot do, naming the line', async () => {
    const { here, there } = await places();
    const { id } = await unitAt(here);
    const row = await stockAt(here, 3);
    const first = (line: object) => refused('transfers', { lines: [line] });
    expect(await first(unit(newId(), { toLocationId: there }))).toEqual([422, 'no-such-unit', '#/lines/0/unitId']);
    expect(await first(stock(newId(), { toLocationId: there, quantity: 1 }))).toEqual([
      422,
      'no-such-stock',
      '#/lines/0/stockId',
    ]);
    expect(await first(unit(id, { toLocationId: newId() }))).toEqual([
      422,
      'unsuitable-location',
      '#/lines/0/toLocationId',
    ]);
    expect(await first(unit(id, { toLocationId: here }))).toEqual([409, 'same-place', '#/lines/0/toLocationId']);
    expect(await first(stock(row, { toLocationId: here, quantity: 1 }))).toEqual([
      409,
      'same-place',
      '#/lines/0/toLocationId',
    ]);
    const twice = [unit(id, { toLocationId: there }), unit(id, { toLocationId: here })];
    expect(await refused('transfers', { lines: twice })).toEqual([400, 'invalid-body', '#/lines']);
    await done('adjustments', { lines: [unit(id, { outcome: 'lost' })], reason: 'gone' });
    expect(await first(unit(id, { toLocationId: there }))).toEqual([409, 'unit-cannot-go', '#/lines/0/unitId']);
  });
});

describe('an adjustment', () => {
  test('needs a reason, moves pieces up and down, loses units and finds them', async () => {
    const { here, there } = await places();
    const { id } = await unitAt(here);
    const damaged = await unitAt(here, { state: 'quarantined', condition: 'damaged' });
    const row = await stockAt(here, 5);
    const lines = [
      stock(row, { change: 3 }),
      stock(row, { change: -6 }),
      unit(id, { outcome: 'lost' }),
      unit(damaged.id, { outcome: 'lost' }),
    ];
    expect(await refused('adjustments', { lines })).toEqual([400, 'invalid-body', '#/reason']);
    await done('adjustments', { lines: lines.slice(0, 1), reason: 'found behind the rack' });
    await done('adjustments', { lines: lines.slice(1), reason: 'not there' });
    expect(await get(`/stock/${row}`)).toMatchObject({ quantity: 2 });
    expect(await get(`/units/${id}`)).toMatchObject({ state: 'lost', location: null, isUsable: false });
    await done('adjustments', {
      lines: [
        unit(id, { outcome: 'found', locationId: there }),
        unit(damaged.id, { outcome: 'found', locationId: there }),
      ],
      reason: 'under the floor',
    });
    expect(await get(`/units/${id}`)).toMatchObject({ state: 'in_stock', location: { id: there } });
    expect(await get(`/units/${damaged.id}`)).toMatchObject({ state: 'quarantined', location: { id: there } });
  });

  test('names what is missing or too much in a line', async () => {
    const { here } = await places();
    const { id } = await unitAt(here);
    const row = await stockAt(here, 5);
    const first = (line: object) => refused('adjustments', { lines: [line], reason: 'x' });
    expect(await first(unit(id, { outcome: 'found' }))).toEqual([400, 'invalid-body', '#/lines/0/locationId']);
    expect(await first(unit(id, { outcome: 'lost', locationId: here }))).toEqual([
      400,
      'invalid-body',
      '#/lines/0/locationId',
    ]);
    expect(await first(unit(id, { outcome: 'found', locationId: here }))).toEqual([
      409,
      'unit-cannot-go',
      '#/lines/0/unitId',
    ]);
    expect(await first(stock(row, { change: 0 }))).toEqual([400, 'invalid-body', '#/lines/0/change']);
    expect(await first(stock(row, { change: -6 }))).toEqual([409, 'not-enough-stock', '#/lines/0/change']);
  });
});

describe('quarantine', () => {
  test('keeps units and pieces apart until they are released', async () => {
    const { here } = await places();
    const { id } = await unitAt(here);
    const row = await stockAt(here, 5);
    const lines = [unit(id), stock(row, { quantity: 2 })];
    expect(await refused('quarantines', { lines })).toEqual([400, 'invalid-body', '#/reason']);
    const [, pieces] = await done('quarantines', { lines, reason: 'seal broken' });
    expect(await get(`/units/${id}`)).toMatchObject({ state: 'quarantined', isUsable: false, location: { id: here } });
    expect(await get(`/stock/${pieces.toStockId}`)).toMatchObject({ quantity: 2, condition: 'quarantined' });
    expect(await refused('quarantines', { lines: [unit(id)], reason: 'x' })).toEqual([
      409,
      'unit-cannot-go',
      '#/lines/0/unitId',
    ]);
    const again = { lines: [stock(pieces.toStockId, { quantity: 1 })], reason: 'x' };
    expect(await refused('quarantines', again)).toEqual([409, 'already-quarantined', '#/lines/0/stockId']);
    expect(await refused('releases', { lines: [stock(row, { quantity: 1 })] })).toEqual([
      409,
      'not-quarantined',
      '#/lines/0/stockId',
    ]);
    await done('releases', { lines: [unit(id), stock(pieces.toStockId, { quantity: 2 })] });
    expect(await get(`/units/${id}`)).toMatchObject({ state: 'in_stock', isUsable: true });
    expect(await get(`/stock/${row}`)).toMatchObject({ quantity: 5 });
  });

  test('holds a damaged unit until its condition is stated anew', async () => {
    const { here } = await places();
    const { id } = await unitAt(here, { state: 'quarantined', condition: 'damaged' });
    expect((await refused('releases', { lines: [unit(id)] })).slice(0, 2)).toEqual([409, 'damaged-in-stock']);
  });
});

describe('scrap', () => {
  test('writes units and pieces off for good', async () => {
    const { here, there } = await places();
    const { id } = await unitAt(here);
    const row = await stockAt(here, 5);
    await done('scraps', { lines: [unit(id), stock(row, { quantity: 5 })], reason: 'burnt' });
    expect(await get(`/units/${id}`)).toMatchObject({ state: 'retired', location: null });
    expect(await get(`/stock/${row}`)).toMatchObject({ quantity: 0 });
    for (const [name, line] of [
      ['transfers', { toLocationId: there }],
      ['quarantines', {}],
      ['scraps', {}],
      ['counts', {}],
    ] as const) {
      expect(await refused(name, { lines: [unit(id, line)], reason: 'x' })).toEqual([
        409,
        'unit-cannot-go',
        '#/lines/0/unitId',
      ]);
    }
    expect(await refused('scraps', { lines: [stock(row, { quantity: 1 })], reason: 'x' })).toEqual([
      409,
      'not-enough-stock',
      '#/lines/0/quantity',
    ]);
  });
});

describe('a count', () => {
  test('notes where units were seen, finds lost ones, and moves the difference of pieces', async () => {
    const { here, there } = await places();
    const seen = await unitAt(here);
    const elsewhere = await unitAt(here);
    const lost = await unitAt(here);
    await done('adjustments', { lines: [unit(lost.id, { outcome: 'lost' })], reason: 'gone' });
    const [fewer, more, same] = [await stockAt(here, 5), await stockAt(here, 5), await stockAt(here, 5)];
    const movements = await done('counts', {
      lines: [
        unit(seen.id),
        unit(elsewhere.id, { locationId: there }),
        unit(lost.id, { locationId: there }),
        stock(fewer, { counted: 3 }),
        stock(more, { counted: 6 }),
        stock(same, { counted: 5 }),
      ],
    });
    expect(movements.map((m: { kind: string }) => m.kind)).toEqual(Array(5).fill('count'));
    expect(await get(`/units/${seen.id}`)).toMatchObject({ location: { id: here }, lastSeenAt: expect.any(String) });
    expect(await get(`/units/${elsewhere.id}`)).toMatchObject({ location: { id: there } });
    expect(await get(`/units/${lost.id}`)).toMatchObject({ state: 'in_stock', location: { id: there } });
    expect(await Promise.all([fewer, more, same].map(async (id) => (await get(`/stock/${id}`)).quantity))).toEqual([
      3, 6, 5,
    ]);
  });

  test('refuses what moved meanwhile, what is counted twice, and a lost unit without a place', async () => {
    const { here } = await places();
    const { id } = await unitAt(here);
    const row = await stockAt(here, 5);
    const count = (...lines: object[]) => refused('counts', { lines });
    expect(await count(stock(row, { counted: 4, expected: 6 }))).toEqual([409, 'stock-moved', '#/lines/0/expected']);
    expect(await count(stock(row, { counted: 4 }), stock(row, { counted: 4 }))).toEqual([
      422,
      'counted-twice',
      '#/lines/1/stockId',
    ]);
    await done('adjustments', { lines: [unit(id, { outcome: 'lost' })], reason: 'gone' });
    expect(await count(unit(id))).toEqual([422, 'place-needed', '#/lines/0/locationId']);
    const damaged = await unitAt(here, { state: 'quarantined', condition: 'damaged' });
    await done('adjustments', { lines: [unit(damaged.id, { outcome: 'lost' })], reason: 'gone' });
    await done('counts', { lines: [unit(damaged.id, { locationId: here })] });
    expect(await get(`/units/${damaged.id}`)).toMatchObject({ state: 'quarantined' });
  });
});
