import { describe, expect, test } from 'vitest';
import { sqlFailureOf } from '../../src/database/sqlstate.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import {
  makeCategory,
  makeDeviceModel,
  makeFit,
  makeLocation,
  makePart,
  receiveStock,
  receiveUnits,
} from './support.ts';

describe('the catalogue in the database by itself', () => {
  const database = useDatabase();

  /** The constraint that refuses what is done under the service's role. */
  async function refusalOf(work: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await work();
    } catch (thrown) {
      return sqlFailureOf(thrown)?.constraint;
    }
    return undefined;
  }

  const refusal = (sql: string, parameters: unknown[] = []) => refusalOf(() => database.db.execute(sql, parameters));
  const retire = (table: string, id: string) =>
    refusal(`UPDATE ${table} SET retired_at = now(), retired_reason = 'x' WHERE id = $1`, [id]);

  test('retires no location that holds units, stock or locations in use', async () => {
    const { db } = database;
    const [serial, bulk] = [await makePart(db, 'serial'), await makePart(db, 'bulk')];
    const [site, withUnit, withStock] = [await makeLocation(db), await makeLocation(db), await makeLocation(db)];
    const bin = await makeLocation(db, { parentId: site.id });
    await receiveUnits(db, serial.id, withUnit.id, 1);
    await receiveStock(db, bulk.id, withStock.id, 1);
    expect(await retire('location', withUnit.id)).toBe('location_retired_holds_nothing');
    expect(await retire('location', withStock.id)).toBe('location_retired_holds_nothing');
    expect(await retire('location', site.id)).toBe('location_retired_is_empty');
    expect(await retire('location', bin.id)).toBeUndefined();
    expect(await retire('location', site.id)).toBeUndefined();
  });

  test('puts nothing into a retired location, by any movement', async () => {
    const { db } = database;
    const [serial, bulk] = [await makePart(db, 'serial'), await makePart(db, 'bulk')];
    const [place, gone] = [await makeLocation(db), await makeLocation(db)];
    const [unit] = await receiveUnits(db, serial.id, place.id, 1);
    const row = await receiveStock(db, bulk.id, place.id, 5);
    expect(await retire('location', gone.id)).toBeUndefined();
    expect(await refusalOf(() => receiveUnits(db, serial.id, gone.id, 1))).toBe('unit_location_in_use');
    expect(await refusalOf(() => receiveStock(db, bulk.id, gone.id, 1))).toBe('stock_location_in_use');
    const move = `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
                  VALUES ($1, 'transfer', $2, $3, 'in_stock', $4)`;
    expect(await refusal(move, [newId(), serial.id, unit, gone.id])).toBe('unit_location_in_use');
    await db.execute('INSERT INTO stock (id, part_id, location_id) VALUES ($1, $2, $3)', [newId(), bulk.id, gone.id]);
    expect(
      await refusal(
        `INSERT INTO movement (batch_id, kind, part_id, quantity, from_stock_id, to_stock_id)
         SELECT $1, 'transfer', $2, 2, $3, id FROM stock WHERE location_id = $4`,
        [newId(), bulk.id, row, gone.id],
      ),
    ).toBe('stock_location_in_use');
  });

  test('sees what is on its way into a location that is being retired', async () => {
    const { db } = database;
    const [part, place] = [await makePart(db, 'bulk'), await makeLocation(db)];
    await db.execute('INSERT INTO stock (id, part_id, location_id) VALUES ($1, $2, $3)', [newId(), part.id, place.id]);
    const retiring = await db.transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id)
         SELECT $1, 'receive', $2, 1, id FROM stock WHERE location_id = $3`,
        [newId(), part.id, place.id],
      );
      const running = retire('location', place.id);
      const waiting = `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE location%'`;
      await expect.poll(async () => (await db.rows(waiting)).length, { timeout: 5000 }).toBe(1);
      return { running };
    });
    expect(await retiring.running).toBe('location_retired_holds_nothing');
  });

  test('retires no part of which there are pieces', async () => {
    const { db } = database;
    const place = await makeLocation(db);
    const [serial, bulk, none] = [await makePart(db, 'serial'), await makePart(db, 'bulk'), await makePart(db, 'bulk')];
    await receiveUnits(db, serial.id, place.id, 1);
    await receiveStock(db, bulk.id, place.id, 1);
    expect(await retire('part', serial.id)).toBe('part_retired_has_no_pieces');
    expect(await retire('part', bulk.id)).toBe('part_retired_has_no_pieces');
    expect(await retire('part', none.id)).toBeUndefined();
  });

  test('keeps parts in use in categories in use', async () => {
    const { db } = database;
    const [category, old] = [await makeCategory(db), await makeCategory(db)];
    const part = await makePart(db, 'bulk', { categoryId: category.id });
    expect(await retire('part_category', category.id)).toBe('part_category_retired_is_empty');
    expect(await retire('part_category', old.id)).toBeUndefined();
    expect(await refusal('UPDATE part SET category_id = $2 WHERE id = $1', [part.id, old.id])).toBe(
      'part_category_in_use',
    );
    expect(await refusalOf(() => makePart(db, 'bulk', { categoryId: old.id }))).toBe('part_category_in_use');
  });

  test('deletes nothing, revives nothing and changes nothing that is retired', async () => {
    const { db } = database;
    for (const [table, { id }] of [
      ['location', await makeLocation(db)],
      ['part_category', await makeCategory(db)],
      ['part', await makePart(db, 'bulk')],
      ['device_model', await makeDeviceModel(db)],
    ] as const) {
      expect(await refusal(`DELETE FROM ${table} WHERE id = $1`, [id])).toBe(`${table}_never_deleted`);
      expect(await retire(table, id)).toBeUndefined();
      expect(await refusal(`UPDATE ${table} SET retired_at = NULL, retired_reason = NULL WHERE id = $1`, [id])).toBe(
        `${table}_retired_is_final`,
      );
      expect(await refusal(`UPDATE ${table} SET version = version + 1 WHERE id = $1`, [id])).toBe(
        `${table}_retired_is_final`,
      );
    }
  });

  test('refuses values that the form refuses', async () => {
    const { db } = database;
    const [part, place] = [await makePart(db, 'bulk'), await makeLocation(db)];
    const set = (assignment: string) => refusal(`UPDATE part SET ${assignment} WHERE id = $1`, [part.id]);
    expect(await set('emergency_reserve = -1')).toBe('part_emergency_reserve');
    expect(await set('reorder_point = 1')).toBe('part_reorder_whole');
    expect(await set('unit_cost = 1')).toBe('part_cost_with_currency');
    expect(await set('mtbf_hours = 1, annual_failure_rate = 1')).toBe('part_one_failure_figure');
    expect(await set(`tracking = 'serial'`)).toBe('part_tracking_stays');
    expect(await set(`custom = '[]'`)).toBe('part_custom');
    const reserve = (quantity: number) =>
      refusal('INSERT INTO part_reserve VALUES ($1, $2, $3)', [part.id, place.id, quantity]);
    expect(await reserve(0)).toBe('part_reserve_quantity');
    expect(await reserve(1)).toBeUndefined();
    expect(await reserve(2)).toBe('part_reserve_pkey');
    expect(await refusalOf(() => makeLocation(db, { code: 'has blanks' }))).toBe('location_code');
    expect(await refusalOf(() => makeLocation(db, { kind: 'bin' }))).toBe('location_site_is_root');
    expect(await refusalOf(() => makeLocation(db, { kind: 'site', parentId: place.id }))).toBe('location_site_is_root');
  });

  test('keeps the tree a tree and each fit of one thing', async () => {
    const { db } = database;
    const site = await makeLocation(db);
    const room = await makeLocation(db, { kind: 'room', parentId: site.id });
    const rack = await makeLocation(db, { kind: 'rack', parentId: room.id });
    const move = (id: string, parent: string) =>
      refusal('UPDATE location SET parent_id = $2 WHERE id = $1', [id, parent]);
    expect(await move(room.id, rack.id)).toBe('location_order_of_kinds');
    expect(await move(room.id, room.id)).toBe('location_order_of_kinds');
    const [a, b, model] = [await makePart(db, 'bulk'), await makePart(db, 'bulk'), await makeDeviceModel(db)];
    const refusedFit = (edge: Parameters<typeof makeFit>[1]) => refusalOf(() => makeFit(db, edge));
    expect(await refusedFit({ partId: a.id })).toBe('part_fit_of_one');
    expect(await refusedFit({ partId: a.id, replacedPartId: a.id })).toBe('part_fit_not_itself');
    expect(await refusedFit({ partId: a.id, replacedPartId: b.id, deviceModelId: model.id })).toBe('part_fit_of_one');
    expect(await refusedFit({ partId: a.id, deviceModelId: model.id, rank: 0 })).toBe('part_fit_rank');
    expect(await refusedFit({ partId: a.id, deviceModelId: model.id })).toBeUndefined();
    expect(await refusedFit({ partId: a.id, deviceModelId: model.id })).toBe('part_fit_model_unique');
  });
});
