import { describe, expect, test } from 'vitest';
import { unitBulkRoutes } from '../../src/inventory/unit-bulk.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { makeUnit } from './stock-support.ts';
import { makeLocation, makePart, receiveUnits } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: unitBulkRoutes() }));

const bulk = (isAtomic: boolean, items: object[]) =>
  server.request('post', '/api/v1/units/bulk').send({ isAtomic, items });

/** Two places, and six units at the first of them. */
async function shelf() {
  const [here, there] = [await makeLocation(database.db), await makeLocation(database.db)];
  const part = await makePart(database.db, 'serial');
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = await receiveUnits(database.db, part.id, here.id, 6);
  return { here: here.id, there: there.id, part: part.id, a, b, c, d, e, f };
}

async function unitNow(id: string) {
  const [row] = await database.db.rows<Record<string, unknown>>(
    'SELECT state, location_id AS place, condition FROM unit WHERE id = $1',
    [id],
  );
  return row;
}

/** A request of which half cannot be done. */
async function mixed() {
  const on = await shelf();
  const damaged = await makeUnit(database.db, {
    ...{ partId: on.part, locationId: on.here, state: 'quarantined', condition: 'damaged' },
  });
  const items = [
    { unitId: on.a, action: 'move', toLocationId: on.there, reason: 'rack 3' },
    { unitId: on.b, action: 'move', toLocationId: on.here },
    { unitId: on.c, action: 'quarantine', reason: 'seal' },
    { unitId: on.d, action: 'release' },
    { unitId: on.e, action: 'retire', reason: 'broken' },
    { unitId: on.f, action: 'set-condition', condition: 'worn' },
    { unitId: damaged.id, action: 'release' },
    { unitId: newId(), action: 'release' },
  ];
  return { on, items };
}

describe('many units at once', () => {
  test('each have an outcome; what can be done is done, when that is wanted', async () => {
    const { on, items } = await mixed();
    const answer = await bulk(false, items);
    expect([answer.status, answer.body.isAtomic, answer.body.done, answer.body.refused]).toEqual([200, false, 4, 4]);
    expect(
      answer.body.items.map(
        ({ problem }: { problem: { code: string; field: string } | null }) => problem?.code ?? 'done',
      ),
    ).toEqual(['done', 'same-place', 'done', 'unit-cannot-go', 'done', 'done', 'damaged-in-stock', 'no-such-unit']);
    expect(answer.body.items[1].problem.field).toBe('#/items/1/toLocationId');
    expect(await unitNow(on.a)).toEqual({ state: 'in_stock', place: on.there, condition: 'new' });
    expect(await unitNow(on.b)).toEqual({ state: 'in_stock', place: on.here, condition: 'new' });
    expect(await unitNow(on.c)).toEqual({ state: 'quarantined', place: on.here, condition: 'new' });
    expect(await unitNow(on.e)).toEqual({ state: 'retired', place: null, condition: 'new' });
    expect(await unitNow(on.f)).toEqual({ state: 'in_stock', place: on.here, condition: 'worn' });
    const { batchId } = answer.body;
    const movements = await database.db.rows('SELECT kind, reason FROM movement WHERE batch_id = $1 ORDER BY id', [
      batchId,
    ]);
    expect(movements).toEqual([
      { kind: 'transfer', reason: 'rack 3' },
      { kind: 'quarantine', reason: 'seal' },
      { kind: 'scrap', reason: 'broken' },
    ]);
    const audited = await database.db.rows(
      `SELECT action, subject_id AS unit FROM audit_entry WHERE details->>'batchId' = $1 ORDER BY id`,
      [batchId],
    );
    expect(audited).toEqual([
      { action: 'stock.transfer', unit: on.a },
      { action: 'stock.quarantine', unit: on.c },
      { action: 'stock.scrap', unit: on.e },
      { action: 'unit.update', unit: on.f },
    ]);
  });

  test('are left as they are when all or nothing is wanted, and every item that cannot be done is named', async () => {
    const { on, items } = await mixed();
    const answer = await bulk(true, items);
    expect([answer.status, answer.body.code]).toEqual([409, 'bulk-refused']);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual([
      '#/items/1/toLocationId',
      '#/items/3/unitId',
      '#/items/6/unitId',
      '#/items/7/unitId',
    ]);
    expect(answer.body.fields[1].message).toMatch(/^unit-cannot-go: /);
    for (const id of [on.a, on.c, on.e]) expect(await unitNow(id)).toMatchObject({ state: 'in_stock', place: on.here });
  });

  test('go as one when nothing is wrong', async () => {
    const { there, here, part } = await shelf();
    const ids = await receiveUnits(database.db, part, here, 200);
    const answer = await bulk(
      true,
      ids.map((unitId) => ({ unitId, action: 'move', toLocationId: there })),
    );
    expect([answer.status, answer.body.isAtomic, answer.body.done, answer.body.refused]).toEqual([200, true, 200, 0]);
    expect(await database.db.rows('SELECT FROM unit WHERE location_id = $1', [there])).toHaveLength(200);
  });

  test('are refused where their version is older, or the place is retired', async () => {
    const { a, b, there } = await shelf();
    await database.db.execute(`UPDATE location SET retired_at = now(), retired_reason = 'x' WHERE id = $1`, [there]);
    const answer = await bulk(false, [
      { unitId: a, action: 'set-condition', condition: 'good', version: 99 },
      { unitId: b, action: 'move', toLocationId: there },
    ]);
    expect(answer.body.items.map(({ problem }: { problem: object }) => problem)).toMatchObject([
      { code: 'stale-unit', field: '#/items/0/version' },
      { code: 'unsuitable-location', field: '#/items/1/toLocationId' },
    ]);
    expect(
      (
        await bulk(false, [
          { unitId: a, action: 'release' },
          { unitId: a, action: 'release' },
        ])
      ).status,
    ).toBe(400);
  });

  test('in opposite orders from several sides end without a deadlock', async () => {
    const { a, b, c, d, here, there } = await shelf();
    const all = [a, b, c, d];
    const send = (index: number) => {
      const items = all.map((unitId) => ({ unitId, action: 'move', toLocationId: index % 2 === 0 ? there : here }));
      return bulk(false, index % 3 === 0 ? items.toReversed() : items);
    };
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => send(index)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const places = await database.db.rows<{ place: string }>(
      'SELECT DISTINCT location_id AS place FROM unit WHERE id = ANY ($1::uuid[])',
      [all],
    );
    expect(places).toHaveLength(1);
  });
});
