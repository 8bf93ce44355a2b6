import { beforeAll, describe, expect, test } from 'vitest';
import type { AllocationWish } from '../../src/allocations/checkout-request.ts';
import { makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { EMERGENCY_CASE, openEmergency } from '../support/open-emergency.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);
beforeAll(() => openEmergency(database));

type More = Partial<Omit<AllocationWish, 'form' | 'lines'>>;
const EMERGENCY = {
  purpose: 'incident',
  severity: 'emergency',
  reserve: { reason: 'the shop is down', case: EMERGENCY_CASE },
} as const satisfies More;
const REHEARSAL = { purpose: 'drill', severity: 'emergency' } as const satisfies More;

/** A serial part with so many units, of which so many are kept for emergencies. */
async function guarded(units: number, reserve: number) {
  const site = await counter.site();
  const part = await counter.part({ emergency_reserve: reserve });
  return { site, part, units: await counter.units(part, site, units) };
}

const any = (partId: string, quantity = 1) => [{ partId, quantity }];
const lineOf = ({ lines }: { lines: readonly { id: string }[] }, index = 0) => lines[index]?.id;
const noticesFor = (allocationId: string) =>
  database.db.rows<{ recipient_id: string; summary: string }>(
    `SELECT recipient_id, summary FROM notice WHERE subject_id = $1 AND kind = 'hold.displaced'`,
    [allocationId],
  );

describe('the emergency reserve', () => {
  test('is left by ordinary lines, whether they name a unit or not, hold or take', async () => {
    const { part, units } = await guarded(3, 2);
    await counter.holdFor(5, any(part));
    for (const line of [{ partId: part, quantity: 1 }, { unitId: units[2] ?? '' }]) {
      await expect(counter.checkout([line])).rejects.toMatchObject({
        code: 'reserve-needed',
        fields: [{ field: '#/lines/0' }],
      });
      await expect(counter.holdFor(5, [line])).rejects.toMatchObject({ code: 'reserve-needed' });
    }
  });

  test('of a location is left too: pieces elsewhere are taken first', async () => {
    const site = await counter.site();
    const room = await counter.room(site);
    const other = await counter.site();
    const part = await counter.part();
    await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 2)', [
      part,
      site,
    ]);
    await counter.units(part, room, 3);
    const [elsewhere] = await counter.units(part, other, 1);
    const { allocation } = await counter.checkout([{ partId: part, quantity: 2, locationId: room }]);
    expect(allocation.lines.map((line) => line.unit?.id)).toContain(elsewhere);
    await expect(counter.checkout(any(part))).rejects.toMatchObject({ code: 'reserve-needed' });
    const bulk = await counter.part({ tracking: 'bulk' });
    await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 4)', [
      bulk,
      site,
    ]);
    const inside = await counter.stock(bulk, room, 5);
    const outside = await counter.stock(bulk, other, 3);
    const taken = await counter.checkout([{ partId: bulk, quantity: 4 }]);
    const byRow = Map.groupBy(taken.allocation.lines, (line) => line.stock?.id);
    expect([byRow.get(inside)?.[0]?.quantity, byRow.get(outside)?.[0]?.quantity]).toEqual([1, 3]);
  });

  test('is crossed by an incident of severity emergency that asks for it with a reason and may', async () => {
    const { part } = await guarded(3, 2);
    const { allocation } = await counter.checkout(any(part, 3), EMERGENCY);
    expect(allocation.reserveReason).toBe('the shop is down');
    expect(allocation.lines.map((line) => line.isFromReserve)).toEqual([false, true, true]);
  });

  test('is not marked as crossed when there is enough above it', async () => {
    const { part } = await guarded(3, 2);
    const { allocation } = await counter.checkout(any(part), EMERGENCY);
    expect(allocation.lines[0]?.isFromReserve).toBe(false);
  });

  test('is crossed by nobody without the permission, and the refusal names it', async () => {
    const { part } = await guarded(1, 1);
    const keeper = await makeCaller(database.db, { kind: 'person', roles: ['asset-manager'] });
    await expect(counter.checkout(any(part), EMERGENCY, keeper)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'reserve-cross-needed',
      message: expect.stringContaining('reserve.cross'),
    });
  });

  test.each([
    { purpose: 'loan' },
    { purpose: 'incident', severity: 'important' },
    { purpose: 'drill', severity: 'emergency' },
  ] as const)('is not for %j', async (more) => {
    const { part } = await guarded(1, 1);
    const asked = counter.checkout(any(part), { ...more, reserve: EMERGENCY.reserve });
    await expect(asked).rejects.toMatchObject({ kind: 'unprocessable', code: 'reserve-not-for-this' });
  });

  test('can be held by a drill of severity emergency, never issued to it', async () => {
    const { part } = await guarded(2, 2);
    const { allocation } = await counter.holdFor(2, any(part), REHEARSAL);
    expect(allocation.lines[0]?.isFromReserve).toBe(true);
    await expect(counter.checkout(any(part), REHEARSAL)).rejects.toMatchObject({ code: 'reserve-needed' });
    await expect(counter.holdFor(2, any(part), { purpose: 'drill', severity: 'important' })).rejects.toMatchObject({
      code: 'reserve-needed',
    });
  });

  test('holds inside it do not count against ordinary lines', async () => {
    const { part, site } = await guarded(3, 2);
    await counter.holdFor(2, any(part));
    const { allocation } = await counter.holdFor(2, any(part, 2), REHEARSAL);
    expect(allocation.lines.map((line) => line.isFromReserve)).toEqual([true, true]);
    await counter.unit(part, site);
    expect((await counter.checkout(any(part))).allocation.lines).toHaveLength(1);
    await expect(counter.checkout(any(part))).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('of seats is kept like that of parts', async () => {
    const entitlement = await counter.entitlement(await counter.product(), { quantity: 5, emergency_reserve: 2 });
    const seats = (quantity: number) => [{ entitlementId: entitlement, quantity }];
    await counter.checkout(seats(2));
    await expect(counter.checkout(seats(2))).rejects.toMatchObject({ code: 'reserve-needed' });
    const { allocation } = await counter.checkout(seats(3), EMERGENCY);
    expect(allocation.lines.map((line) => [line.quantity, line.isFromReserve])).toEqual([
      [1, false],
      [2, true],
    ]);
  });
});

describe('displacement', () => {
  test('drills give way first, then loans, then maintenance, the latest first, and an incident never', async () => {
    const { part } = await guarded(5, 0);
    const made: Record<string, string> = {};
    const hold = async (name: string, more: More) => {
      made[name] = (await counter.holdFor(5, any(part), more)).allocation.id;
    };
    await hold('maintenance', { purpose: 'maintenance' });
    await hold('drill', { purpose: 'drill', severity: 'general' });
    await hold('early loan', { purpose: 'loan' });
    await hold('incident', { purpose: 'incident', severity: 'emergency' });
    await hold('late loan', { purpose: 'loan' });
    const gaveWay: (string | undefined)[] = [];
    for (let taken = 0; taken < 4; taken += 1) {
      const { displaced } = await counter.checkout(any(part), EMERGENCY);
      expect(displaced).toHaveLength(1);
      gaveWay.push(Object.keys(made).find((name) => made[name] === displaced[0]?.allocationId));
    }
    expect(gaveWay).toEqual(['drill', 'late loan', 'early loan', 'maintenance']);
    await expect(counter.checkout(any(part), EMERGENCY)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('takes only what it needs, only when the reserve is not enough, and says so to those who had it', async () => {
    const { part } = await guarded(3, 1);
    const first = await counter.holdFor(5, any(part));
    const second = await counter.holdFor(5, any(part));
    expect((await counter.checkout(any(part), EMERGENCY)).displaced).toEqual([]);
    const { allocation, displaced } = await counter.checkout(any(part), EMERGENCY);
    expect(displaced).toMatchObject([{ lineId: lineOf(second.allocation), purpose: 'loan', quantity: 1 }]);
    const [line] = await database.db.rows<{ state: string; end_note: string }>(
      'SELECT state, end_note FROM allocation_line WHERE id = $1',
      [lineOf(second.allocation)],
    );
    expect(line).toEqual({ state: 'preempted', end_note: 'Taken for an emergency: the shop is down' });
    const notices = await noticesFor(second.allocation.id);
    const told = [(await counter.holder()).id, (await counter.caller()).principal.id];
    expect(notices.map((notice) => notice.recipient_id).toSorted()).toEqual(told.toSorted());
    expect(notices[0]?.summary).toContain(allocation.code);
    expect(await noticesFor(first.allocation.id)).toEqual([]);
  });

  test('leaves a hold alone that would not help', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    await counter.stock(part, await counter.site(), 5);
    const now = await counter.holdFor(4, any(part, 3));
    const later = await counter.reserve([10, 12], any(part, 2));
    const { displaced } = await counter.checkout(any(part, 3), EMERGENCY);
    expect(displaced.map((line) => line.allocationId)).toEqual([now.allocation.id]);
    const [kept] = await database.db.rows<{ state: string }>('SELECT state FROM allocation_line WHERE id = $1', [
      lineOf(later.allocation),
    ]);
    expect(kept?.state).toBe('held');
  });

  test('of a named unit takes that one, unless the other can be moved to another unit', async () => {
    const { part, units } = await guarded(2, 0);
    const moved = await counter.holdFor(5, any(part));
    const unitId = moved.allocation.lines[0]?.unit?.id ?? '';
    expect((await counter.checkout([{ unitId }], EMERGENCY)).displaced).toEqual([]);
    const last = units.find((id) => id !== unitId) ?? '';
    expect((await counter.checkout([{ unitId: last }], EMERGENCY)).displaced).toMatchObject([
      { lineId: lineOf(moved.allocation) },
    ]);
  });

  test('ends a drill that holds pieces of the reserve at once', async () => {
    const { part } = await guarded(1, 1);
    const drill = await counter.holdFor(5, any(part), REHEARSAL);
    const { allocation, displaced } = await counter.checkout(any(part), EMERGENCY);
    expect(displaced).toMatchObject([{ lineId: lineOf(drill.allocation), purpose: 'drill' }]);
    expect(allocation.lines[0]?.isFromReserve).toBe(true);
  });

  test('of seats takes seats', async () => {
    const entitlement = await counter.entitlement(await counter.product(), { quantity: 3 });
    const seats = (quantity: number) => [{ entitlementId: entitlement, quantity }];
    await counter.holdFor(5, seats(2));
    await counter.checkout(seats(1));
    const { displaced } = await counter.checkout(seats(1), EMERGENCY);
    expect(displaced).toMatchObject([{ quantity: 2 }]);
    await expect(counter.checkout(seats(2), EMERGENCY)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('moving somebody to another unit works also when the emergency goes below the floor', async () => {
    const { part, units } = await guarded(3, 1);
    const held = await counter.holdFor(5, any(part));
    const unitId = held.allocation.lines[0]?.unit?.id ?? '';
    const others = units.filter((id) => id !== unitId);
    const { allocation, displaced } = await counter.checkout([{ unitId }, { unitId: others[0] ?? '' }], EMERGENCY);
    expect(displaced).toEqual([]);
    expect(allocation.lines.map((line) => line.isFromReserve)).toEqual([false, true]);
  });
});
