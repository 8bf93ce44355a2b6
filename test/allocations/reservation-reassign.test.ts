import { Temporal } from 'temporal-polyfill';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeRoom, type RoomWish } from '../../src/allocations/reassign.store.ts';
import { makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { shelfOf } from './shelf.ts';

const database = useDatabase();
const shelf = shelfOf(database);

const inDays = (days: number) => Temporal.Now.instant().add({ minutes: Math.round(24 * 60 * days) });

describe('making room by moving lines that are not pinned', () => {
  let partId = '';
  let siteId = '';
  let holder = { kind: 'team', id: '' };

  beforeEach(async () => {
    partId = await shelf.part();
    siteId = await shelf.site();
    holder = { kind: 'team', id: (await makeCaller(database.db)).principal.id };
  });

  const hold = (unitId: string | undefined, fromDays: number, untilDays: number, pinned = false) =>
    shelf.hold(holder, { kind: 'unit', part_id: partId, unit_id: unitId }, { fromDays, untilDays, pinned });

  const room = (fromDays: number, untilDays: number | null, more: Partial<RoomWish> = {}) =>
    database.db.transaction(async (tx) => {
      await tx.execute(`SELECT lock_pools($1::uuid[], '{}')`, [[partId]]);
      const until = untilDays === null ? null : inDays(untilDays);
      const made = await makeRoom(tx, { partId, quantity: 1, from: inDays(fromDays), until, ...more });
      return made;
    });

  const unitOf = async ({ lineId }: { lineId: string }) => {
    const [line] = await database.db.rows<{ unit_id: string; during: string }>(
      'SELECT unit_id, during::text FROM allocation_line WHERE id = $1',
      [lineId],
    );
    return line;
  };

  test('A busy in the first days, B in the next: moving one line gives a unit for all of them', async () => {
    const [a, b] = await shelf.units(partId, siteId, 2);
    const first = await hold(a, 10, 11);
    const second = await hold(b, 11.1, 12);
    const before = [await unitOf(first), await unitOf(second)];
    const made = await room(10, 12);
    expect(made?.moved).toHaveLength(1);
    const [one, two] = [await unitOf(first), await unitOf(second)];
    expect(one?.unit_id).toBe(two?.unit_id);
    expect(made?.unitIds).toEqual([[a, b].find((id) => id !== one?.unit_id)]);
    expect([one?.during, two?.during]).toEqual(before.map((line) => line?.during));
    const movedId = made?.moved[0]?.allocationId;
    const versions = await database.db.rows<{ id: string; version: number }>(
      'SELECT id, version FROM allocation WHERE id = ANY ($1::uuid[])',
      [[first.allocationId, second.allocationId]],
    );
    expect(versions.find(({ id }) => id === movedId)?.version).toBe(2);
    expect(versions.find(({ id }) => id !== movedId)?.version).toBe(1);
  });

  test('two lines that overlap and have to change places do not meet half-way', async () => {
    const [a, b] = await shelf.units(partId, siteId, 2);
    const one = await hold(a, 6, 22);
    const two = await hold(b, 6, 19);
    const made = await room(20, 30, { unitIds: [a ?? ''] });
    expect(made?.unitIds).toEqual([a]);
    expect([(await unitOf(one))?.unit_id, (await unitOf(two))?.unit_id]).toEqual([b, a]);
  });

  test('pinned lines stay, and a wish that needs them is refused with nothing moved', async () => {
    const [a, b] = await shelf.units(partId, siteId, 2);
    const first = await hold(a, 10, 11, true);
    await hold(b, 11.1, 12, true);
    expect(await room(10, 12)).toBeUndefined();
    expect((await unitOf(first))?.unit_id).toBe(a);
  });

  test('a line stays within its site', async () => {
    const elsewhere = await shelf.site();
    const [a] = await shelf.units(partId, siteId, 1);
    const [b] = await shelf.units(partId, elsewhere, 1);
    await hold(a, 10, 11);
    await hold(b, 11.1, 12);
    expect(await room(10, 12)).toBeUndefined();
  });

  test('a line stays within the same floors', async () => {
    const [left, right] = [await shelf.room(siteId), await shelf.room(siteId)];
    const [a] = await shelf.units(partId, left, 1);
    const [b] = await shelf.units(partId, right, 1);
    await hold(a, 10, 11);
    await hold(b, 11.1, 12);
    await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 1)', [
      partId,
      left,
    ]);
    expect(await room(10, 12)).toBeUndefined();
    await database.db.execute('DELETE FROM part_reserve WHERE part_id = $1', [partId]);
    expect((await room(10, 12))?.moved).toHaveLength(1);
  });

  test('what the same transaction takes besides is left alone, and several units are found at once', async () => {
    const [a, b, c] = await shelf.units(partId, siteId, 3);
    await hold(a, 10, 11);
    await hold(b, 11.1, 12);
    expect((await room(10, 12, { quantity: 2 }))?.unitIds).toHaveLength(2);
    expect(await room(10, 12, { quantity: 3 })).toBeUndefined();
    const besides = [{ unitId: c ?? '', from: inDays(10), until: null }];
    expect(await room(10, 12, { quantity: 2, besides })).toBeUndefined();
  });

  test('a unit whose shelf life ends before the window begins is no room, for the wish or for what moves', async () => {
    const day = (days: number) => inDays(days).toString().slice(0, 10);
    const [a] = await shelf.units(partId, siteId, 1);
    const b = await shelf.unit(partId, siteId, { expires_on: day(8) });
    expect(await room(10, 12, { unitIds: [b] })).toBeUndefined();
    const line = await hold(a, 10, 12);
    expect(await room(5, 11)).toMatchObject({ unitIds: [b], moved: [] });
    expect(await room(5, 11, { unitIds: [a ?? ''] })).toBeUndefined();
    expect((await unitOf(line))?.unit_id).toBe(a);
  });

  test("a line that is there already is in nobody's way, least of all its own", async () => {
    const [a, b] = await shelf.units(partId, siteId, 2);
    const own = await hold(a, 5, 10);
    const next = await hold(a, 10.1, 20);
    expect(await room(5, 15, { unitIds: [a ?? ''] })).toMatchObject({ unitIds: [a], moved: [{}, {}] });
    const line = await unitOf(next);
    expect(line?.unit_id).toBe(b);
    const longer = await room(5, 15, { ownLineId: own.lineId });
    expect(longer?.unitIds).toHaveLength(1);
  });

  test('a line whose unit was lost finds another one, where others make room for it', async () => {
    const [lost, b, c] = await shelf.units(partId, siteId, 3);
    const own = await hold(lost, 5, 15);
    await hold(b, 4, 6);
    await hold(c, 10, 16);
    await database.db.execute(
      `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, reason)
       VALUES (gen_random_uuid(), 'adjust', $1, $2, 'lost', 'not found')`,
      [partId, lost],
    );
    const made = await room(5, 15, { ownLineId: own.lineId });
    expect([b, c]).toContain(made?.unitIds[0]);
    expect(made?.moved).toHaveLength(1);
    expect(await room(5, 15, { ownLineId: own.lineId, unitIds: [lost ?? ''] })).toMatchObject({ moved: [] });
  });

  test('units that cannot be used are no room', async () => {
    const [a] = await shelf.units(partId, siteId, 1);
    await shelf.unit(partId, siteId, { test_due_on: '2020-01-01' });
    await hold(a, 10, 11);
    expect(await room(10.5, 12)).toBeUndefined();
    expect((await room(11.1, null))?.unitIds).toEqual([a]);
  });
});
