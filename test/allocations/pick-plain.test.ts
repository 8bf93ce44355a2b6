import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { spanOf } from '../../src/allocations/allocate-span.ts';
import { readPools } from '../../src/allocations/pick.queries.ts';
import type { Want } from '../../src/allocations/pick.ts';
import { plainAsk, readPlainPart } from '../../src/allocations/pick-plain.queries.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf, inHours } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

/** What the statement for one plain part says, and what the general one says of the same part among others. */
async function bothReadings(want: Extract<Want, { partId: string }>) {
  const other = await counter.part();
  const span = spanOf(
    { form: 'checkout', purpose: 'loan', holder: await counter.holder(), dueAt: inHours(24), lines: [] },
    Temporal.Now.instant(),
  );
  return database.db.transaction(async (tx) => {
    const ask = plainAsk([want]);
    const plain = ask && (await readPlainPart(tx, ask, span));
    const beside: Want = { kind: 'part', position: 1, quantity: 1, partId: other, locationId: null };
    const general = (await readPools(tx, [want, beside], span)).parts.get(want.partId);
    return { plain, general };
  });
}

const picked = (partId: string, quantity: number, tracking: 'serial' | 'bulk') =>
  ({ kind: 'part', position: 0, quantity, partId, locationId: null, tracking }) as const;

describe('one plain part is read as the general statement reads it', () => {
  test('units, of which some are held, expired or out', async () => {
    const site = await counter.site();
    const partId = await counter.part();
    const [first = '', second = ''] = await counter.units(partId, site, 5);
    await counter.unit(partId, site, { expires_on: '2020-01-01' });
    await counter.holdFor(2, [{ unitId: first }]);
    await counter.checkout([{ unitId: second }]);
    const { plain, general } = await bothReadings(picked(partId, 2, 'serial'));
    expect(plain?.units).toHaveLength(2);
    expect(plain).toEqual(general);
  });

  test('units under a floor, with a hold', async () => {
    const partId = await counter.part({ emergency_reserve: 2 });
    await counter.units(partId, await counter.site(), 5);
    await counter.holdFor(2, [{ partId, quantity: 1 }]);
    const { plain, general } = await bothReadings(picked(partId, 3, 'serial'));
    expect(plain?.headrooms).toEqual([{ locationId: null, pieces: 2 }]);
    expect(plain).toEqual(general);
  });

  test('a unit by name, free and held', async () => {
    const partId = await counter.part({ emergency_reserve: 1 });
    const [held = '', free = ''] = await counter.units(partId, await counter.site(), 3);
    await counter.holdFor(2, [{ unitId: held }]);
    for (const [unitId, isFree] of [[held, false] as const, [free, true] as const]) {
      const { plain, general } = await bothReadings({ kind: 'unit', position: 0, quantity: 1, partId, unitId });
      expect(plain?.units).toMatchObject([{ id: unitId, isFree }]);
      expect(plain).toEqual(general);
    }
  });

  test('pieces of several places, of which some are held', async () => {
    const partId = await counter.part({ tracking: 'bulk', emergency_reserve: 1 });
    const [one, two, three] = [await counter.site(), await counter.site(), await counter.site()];
    for (const place of [one, two, three]) await counter.stock(partId, place, 2);
    await counter.holdFor(2, [{ partId, quantity: 3 }]);
    const { plain, general } = await bothReadings(picked(partId, 1, 'bulk'));
    expect(plain?.rows).toMatchObject([{ free: 1 }]);
    expect(plain).toEqual(general);
  });
});

test('a part with a floor in a single place is no plain one', async () => {
  const site = await counter.site();
  const partId = await counter.part();
  await counter.units(partId, site, 2);
  await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 1)', [
    partId,
    site,
  ]);
  const { plain, general } = await bothReadings(picked(partId, 1, 'serial'));
  expect(plain).toBeUndefined();
  expect(general?.units).toHaveLength(1);
});
