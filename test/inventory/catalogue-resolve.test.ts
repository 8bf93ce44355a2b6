import { describe, expect, test } from 'vitest';
import { resolveFits, resolveSubstitutes } from '../../src/inventory/fit.queries.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import {
  type MadePart,
  makeDeviceModel,
  makeFit,
  makeLocation,
  makePart,
  receiveStock,
  receiveUnits,
} from './support.ts';

describe('what serves when a device has failed', () => {
  const database = useDatabase();
  const parts = (count: number) => Promise.all(Array.from({ length: count }, () => makePart(database.db, 'serial')));
  const replace = (replaced: MadePart, by: MadePart, more: object = {}) =>
    makeFit(database.db, { replacedPartId: replaced.id, partId: by.id, ...more });

  test('is what fits directly, by rank, then the substitutes, with quantities multiplied and conditions collected', async () => {
    const model = await makeDeviceModel(database.db);
    const [second, first, substitute, late] = (await parts(4)) as [MadePart, MadePart, MadePart, MadePart];
    await makeFit(database.db, { deviceModelId: model.id, partId: second.id, rank: 20 });
    await makeFit(database.db, {
      deviceModelId: model.id,
      partId: first.id,
      rank: 10,
      quantity: 2,
      conditions: 'new rails',
    });
    await replace(second, substitute, { rank: 1, quantity: 3 });
    await replace(first, late, { rank: 5, quantity: 2, conditions: 'firmware 4 or later' });
    expect(await resolveFits(database.db, model.id)).toEqual([
      { partId: first.id, quantityPerDevice: 2, conditions: ['new rails'], rankPath: [10], via: [] },
      { partId: second.id, quantityPerDevice: 1, conditions: [], rankPath: [20], via: [] },
      {
        partId: late.id,
        quantityPerDevice: 4,
        conditions: ['new rails', 'firmware 4 or later'],
        rankPath: [10, 5],
        via: [first.id],
      },
      { partId: substitute.id, quantityPerDevice: 3, conditions: [], rankPath: [20, 1], via: [second.id] },
    ]);
  });

  test('ends at three steps from the direct fit, and a cycle is gone round once', async () => {
    const model = await makeDeviceModel(database.db);
    const chain = await parts(5);
    await makeFit(database.db, { deviceModelId: model.id, partId: chain[0]?.id ?? '' });
    for (const [index, part] of chain.entries()) {
      await replace(part, chain[(index + 1) % chain.length] ?? part);
    }
    await replace(chain[1] as MadePart, chain[0] as MadePart);
    const found = await resolveFits(database.db, model.id);
    expect(found.map(({ partId }) => partId)).toEqual(chain.slice(0, 4).map(({ id }) => id));
    expect(found.at(-1)?.via).toEqual(chain.slice(0, 3).map(({ id }) => id));
  });

  test('comes once, by the fewest steps and then the best rank', async () => {
    const model = await makeDeviceModel(database.db);
    const [a, b, c] = (await parts(3)) as [MadePart, MadePart, MadePart];
    await makeFit(database.db, { deviceModelId: model.id, partId: a.id, rank: 1 });
    await makeFit(database.db, { deviceModelId: model.id, partId: b.id, rank: 2 });
    await replace(a, b, { rank: 1 });
    await replace(a, c, { rank: 9 });
    await replace(b, c, { rank: 1 });
    const found = await resolveFits(database.db, model.id);
    expect(found.map(({ partId, rankPath }) => [partId, rankPath])).toEqual([
      [a.id, [1]],
      [b.id, [2]],
      [c.id, [1, 9]],
    ]);
  });

  test('is never a retired part, but the substitute of one', async () => {
    const model = await makeDeviceModel(database.db);
    const [old, current] = (await parts(2)) as [MadePart, MadePart];
    await makeFit(database.db, { deviceModelId: model.id, partId: old.id });
    await replace(old, current);
    await database.db.execute(`UPDATE part SET retired_at = now(), retired_reason = 'x' WHERE id = $1`, [old.id]);
    expect(await resolveFits(database.db, model.id)).toMatchObject([{ partId: current.id, via: [old.id] }]);
  });

  test('is nothing for a model without fits', async () => {
    expect(await resolveFits(database.db, newId())).toEqual([]);
  });

  test('stands in for a part in one direction only, at most three steps away', async () => {
    const chain = (await parts(5)) as MadePart[];
    for (const [index, part] of chain.slice(0, -1).entries()) await replace(part, chain[index + 1] ?? part);
    const ids = chain.map(({ id }) => id);
    expect((await resolveSubstitutes(database.db, ids[0] ?? '')).map(({ partId }) => partId)).toEqual(ids.slice(1, 4));
    expect(await resolveSubstitutes(database.db, ids[4] ?? '')).toEqual([]);
  });
});

describe('the factories', () => {
  const database = useDatabase();

  test('put units and stock where they say', async () => {
    const { db } = database;
    const place = await makeLocation(db);
    const [serial, bulk] = [await makePart(db, 'serial'), await makePart(db, 'bulk')];
    const units = await receiveUnits(db, serial.id, place.id, 3);
    await receiveStock(db, bulk.id, place.id, 4);
    const row = await receiveStock(db, bulk.id, place.id, 5);
    expect(units).toHaveLength(3);
    expect(await db.rows('SELECT part_usable($1, $2, 100)::int AS n', [serial.id, place.id])).toEqual([{ n: 3 }]);
    expect(await db.rows('SELECT quantity FROM stock WHERE id = $1', [row])).toEqual([{ quantity: 9 }]);
  });
});
