import { afterAll, describe, expect, test } from 'vitest';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { API, useStockApp } from './stock-app.ts';
import { makeStock, makeUnit } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();
const { server, act, get } = useStockApp(database);

/** How often each outcome occurred: `201`, or status and code. */
async function outcomes(answers: readonly ReturnType<typeof act>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { status, body } of await Promise.all(answers)) {
    const outcome = status < 300 ? String(status) : `${status} ${body.code}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

async function rowOf(quantity: number, partId?: string) {
  const part = partId ?? (await makePart(database.db, 'bulk')).id;
  const place = await makeLocation(database.db);
  return { part, place: place.id, id: await makeStock(database.db, { partId: part, locationId: place.id, quantity }) };
}

const quantityOf = async (id: string) => (await get(`/stock/${id}`)).quantity;

describe('many at once', () => {
  afterAll(async () => {
    const report = await verifyLedger(database);
    expect([report.sound, report.findings]).toEqual([true, []]);
  });

  test('take the last pieces of one row exactly once each', async () => {
    const row = await rowOf(10);
    const there = (await makeLocation(database.db)).id;
    const take = () =>
      act('transfers', { lines: [{ kind: 'stock', stockId: row.id, quantity: 1, toLocationId: there }] });
    expect(await outcomes(times(25, take))).toEqual({ '201': 10, '409 not-enough-stock': 15 });
    expect(await quantityOf(row.id)).toBe(0);
    expect((await get(`/stock?locationId=${there}`)).items).toMatchObject([{ quantity: 10 }]);
  });

  test('move pieces in opposite directions without a deadlock', async () => {
    const a = await rowOf(100);
    const b = await rowOf(100, a.part);
    const from = (source: typeof a, target: typeof a) =>
      act('transfers', { lines: [{ kind: 'stock', stockId: source.id, quantity: 1, toLocationId: target.place }] });
    const count = scaled(20);
    const answers = times(count, (index) => (index % 2 === 0 ? from(a, b) : from(b, a)));
    expect(await outcomes(answers)).toEqual({ '201': count });
    expect((await quantityOf(a.id)) + (await quantityOf(b.id))).toBe(200);
  });

  test('name two parts in opposite orders without a deadlock', async () => {
    const [a, b] = [await rowOf(50), await rowOf(50)];
    const line = ({ id }: typeof a) => ({ kind: 'stock', stockId: id, change: -1 });
    const adjust = (lines: object[]) => act('adjustments', { lines, reason: 'x' });
    const count = scaled(20);
    const answers = times(count, (index) => adjust(index % 2 === 0 ? [line(a), line(b)] : [line(b), line(a)]));
    expect(await outcomes(answers)).toEqual({ '201': count });
    expect([await quantityOf(a.id), await quantityOf(b.id)]).toEqual([50 - count, 50 - count]);
  });

  test('want one unit, and one gets it', async () => {
    const part = await makePart(database.db, 'serial');
    const place = await makeLocation(database.db);
    const { id } = await makeUnit(database.db, { partId: part.id, locationId: place.id });
    const take = () => act('quarantines', { lines: [{ kind: 'unit', unitId: id }], reason: 'x' });
    expect(await outcomes(times(10, take))).toEqual({ '201': 1, '409 unit-cannot-go': 9 });
  });

  test('receive one serial, or one asset tag on different parts, and one gets it', async () => {
    const place = (await makeLocation(database.db)).id;
    const parts = await Promise.all(times(6, () => makePart(database.db, 'serial')));
    const line = (partId = '', more: object) => ({ kind: 'unit', partId, locationId: place, ...more });
    const same = () => act('receipts', { lines: [line(parts[0]?.id, { serial: 'one' })] });
    expect(await outcomes(times(6, same))).toEqual({ '201': 1, '409 serial-taken': 5 });
    const assetTag = `C-${newId().slice(-8)}`;
    const tagged = (index: number) =>
      act('receipts', { lines: [line(parts[index]?.id, { serial: 'tagged', assetTag })] });
    expect(await outcomes(times(6, tagged))).toEqual({ '201': 1, '409 asset-tag-taken': 5 });
  });

  test('receive into a row that nobody has made yet', async () => {
    const [part, place] = [await makePart(database.db, 'bulk'), await makeLocation(database.db)];
    const line = { kind: 'bulk', partId: part.id, locationId: place.id, quantity: 2, lot: 'new' };
    expect(await outcomes(times(8, () => act('receipts', { lines: [line] })))).toEqual({ '201': 8 });
    expect((await get(`/stock?partId=${part.id}`)).items).toMatchObject([{ quantity: 16 }]);
  });

  test('repeat one request under one key, and it is done once', async () => {
    const row = await rowOf(10);
    const body = { lines: [{ kind: 'stock', stockId: row.id, change: -1 }], reason: 'once' };
    const key = newId();
    const send = () => server.request('post', `${API}/movements/adjustments`).set('Idempotency-Key', key).send(body);
    const first = await outcomes(times(5, send));
    expect(first['201']).toBeGreaterThanOrEqual(1);
    expect(Object.keys(first).every((outcome) => outcome === '201' || outcome.startsWith('409'))).toBe(true);
    expect((await send()).headers['idempotency-replayed']).toBe('true');
    expect(await quantityOf(row.id)).toBe(9);
  });

  test('write while the ledger is verified, which never sees half of anything', async () => {
    const a = await rowOf(100);
    const b = await rowOf(100, a.part);
    const part = await makePart(database.db, 'serial');
    const { id } = await makeUnit(database.db, { partId: part.id, locationId: a.place });
    let writing = true;
    const writers = times(4, async (index) => {
      for (let turn = 0; turn < scaled(6); turn += 1) {
        const [source, target] = (index + turn) % 2 === 0 ? [a, b] : [b, a];
        await act('transfers', {
          lines: [{ kind: 'stock', stockId: source.id, quantity: 3, toLocationId: target.place }],
        });
        await act('counts', { lines: [{ kind: 'unit', unitId: id, locationId: target.place }] });
      }
    });
    const finished = Promise.all(writers).finally(() => {
      writing = false;
    });
    let verified = 0;
    while (writing) {
      expect((await verifyLedger(database)).findings).toEqual([]);
      verified += 1;
    }
    await finished;
    expect(verified).toBeGreaterThan(0);
  });
});
