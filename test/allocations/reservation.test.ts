import { beforeEach, describe, expect, test } from 'vitest';
import type { Allocation } from '../../src/allocations/allocation.ts';
import type { AllocationWish } from '../../src/allocations/checkout-request.ts';
import { createKit } from '../../src/allocations/kit.service.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

const refused = { kind: 'conflict', code: 'not-enough-stock' };

/** Hours are counted from one instant, so that windows that should meet do. */
const base = Date.now();
const at = (hours: number) => new Date(base + hours * 3_600_000).toISOString();

const reserveLines = async ([from, until]: readonly [number, number], lines: AllocationWish['lines']) =>
  counter.allocate({
    form: 'reservation',
    purpose: 'loan',
    holder: await counter.holder(),
    pickupGraceMinutes: 60,
    window: { from: at(from), until: at(until) },
    lines,
  });

const unitOf = ({ lines }: Allocation) => lines[0]?.unit?.id;

async function unitNow({ id }: Allocation): Promise<string | undefined> {
  const [line] = await database.db.rows<{ unit_id: string }>(
    'SELECT unit_id FROM allocation_line WHERE allocation_id = $1',
    [id],
  );
  return line?.unit_id;
}

describe('reservations of units', () => {
  let partId = '';
  let siteId = '';
  beforeEach(async () => {
    [partId, siteId] = [await counter.part(), await counter.site()];
  });

  const reservePart = async (from: number, until: number, quantity = 1) =>
    (await reserveLines([from, until], [{ partId, quantity }])).allocation;
  const reserveUnit = async (from: number, until: number, unitId = '') =>
    (await reserveLines([from, until], [{ unitId }])).allocation;

  test('one unit serves windows that meet, and none that overlap', async () => {
    const unitId = await counter.unit(partId, siteId);
    await reserveUnit(10, 12, unitId);
    await reserveUnit(12, 14, unitId);
    await expect(reserveUnit(13, 15, unitId)).rejects.toBeInstanceOf(AppError);
    await expect(reservePart(11, 13)).rejects.toMatchObject(refused);
  });

  test('A is promised first, B next, by part: a request for both times moves one of them and is met', async () => {
    const units = await counter.units(partId, siteId, 2);
    // Which unit serves is the system's choice, so the second is kept off the first one by a third that leaves again.
    const first = await reservePart(10, 11);
    const between = await reserveUnit(11, 12, unitOf(first));
    const second = await reservePart(11, 12);
    expect(new Set([unitOf(first), unitOf(second)])).toEqual(new Set(units));
    await database.db.execute(
      `UPDATE allocation_line SET state = 'released', ended_at = now() WHERE allocation_id = $1`,
      [between.id],
    );
    const whole = await reservePart(10, 12);
    expect(await unitNow(first)).toBe(await unitNow(second));
    expect(unitOf(whole)).not.toBe(await unitNow(first));
    const [entry] = await auditOf(database.db, 'allocation', whole.id);
    expect(entry?.details).toMatchObject({ reassigned: [{ fromUnitId: unitOf(whole) }] });
    await expect(reservePart(10, 11)).rejects.toMatchObject(refused);
    await expect(reservePart(11, 12)).rejects.toMatchObject(refused);
  });

  test('A is promised first, B next, by name: a request for both times is refused, and nothing has moved', async () => {
    const [a, b] = await counter.units(partId, siteId, 2);
    const first = await reserveUnit(10, 11, a);
    await reserveUnit(11, 12, b);
    await expect(reservePart(10, 12)).rejects.toMatchObject(refused);
    expect(await unitNow(first)).toBe(a);
  });

  test('a check-out without an end is refused where somebody is promised the unit, or gets the one that can be freed', async () => {
    const [a] = await counter.units(partId, siteId, 1);
    const later = await reservePart(10, 11);
    await expect(counter.checkout([{ partId, quantity: 1 }])).rejects.toMatchObject(refused);
    await counter.unit(partId, siteId);
    await reservePart(12, 13);
    const { allocation } = await counter.checkout([{ partId, quantity: 1 }]);
    const left = [await unitNow(later), unitOf(allocation)];
    expect(new Set(left).size).toBe(2);
    expect(left).toContain(a);
  });

  test('of many requests for one window exactly as many as there are units succeed, and none is a deadlock', async () => {
    await counter.units(partId, siteId, 3);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => reservePart(10 + (index % 3), 20 - (index % 2))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused);
    }
  });

  test('a reservation that nobody collects is free again after its grace', async () => {
    await counter.units(partId, siteId, 1);
    const { lines } = await reservePart(10, 12);
    expect(lines[0]).toMatchObject({ state: 'held', isPinned: false });
    const graceMinutes = lines[0] && (lines[0].expiresAt?.epochMilliseconds ?? 0) - lines[0].from.epochMilliseconds;
    expect(graceMinutes).toBe(60 * 60_000);
  });
});

describe('reservations of what stands for units', () => {
  test('what serves for a failed device is re-assigned too, and the next best serves where no way is found', async () => {
    const [siteId, deviceModelId] = [await counter.site(), await counter.model()];
    const [first, second] = [await counter.part(), await counter.part()];
    await counter.fit({ device_model_id: deviceModelId, part_id: first, rank: 1 });
    await counter.fit({ device_model_id: deviceModelId, part_id: second, rank: 2 });
    const [a, b] = await counter.units(first, siteId, 2);
    const forDevice = [{ deviceModelId, quantity: 1 }];
    const early = (await reserveLines([10, 11], forDevice)).allocation;
    const other = unitOf(early) === a ? b : a;
    const pinned = (await reserveLines([11, 12], [{ unitId: unitOf(early) ?? '' }])).allocation;
    const late = (await reserveLines([12, 13], forDevice)).allocation;
    await database.db.execute(`UPDATE allocation_line SET unit_id = $2 WHERE allocation_id = $1 AND unit_id <> $2`, [
      late.id,
      other,
    ]);
    // Free for all of it is neither: the pinned one keeps the first, and the second has the last hours.
    const whole = (await reserveLines([10, 13], forDevice)).allocation;
    expect(unitOf(whole)).toBe(other);
    expect([await unitNow(early), await unitNow(late)]).toEqual([unitOf(pinned), unitOf(pinned)]);
    await expect(reserveLines([10, 13], forDevice)).rejects.toMatchObject({ kind: 'conflict' });
    const spare = await counter.unit(second, siteId);
    expect(unitOf((await reserveLines([10, 13], forDevice)).allocation)).toBe(spare);
  });

  test('a kit is reserved whole, and its units make room for each other', async () => {
    const [siteId, partId, productId] = [await counter.site(), await counter.part(), await counter.product()];
    await counter.units(partId, siteId, 3);
    await counter.entitlement(productId, { quantity: 4 });
    const caller = await counter.caller();
    const lines = [
      { partId, quantity: 2 },
      { productId, quantity: 3 },
    ];
    const kit = await database.db.transaction((tx) => createKit(tx, caller, { name: 'Set', note: '', lines }));
    const { allocation } = await reserveLines([10, 20], [{ kitId: kit.id, quantity: 1 }]);
    expect(allocation.lines.map(({ kind }) => kind)).toEqual(['unit', 'unit', 'seat']);
    await expect(reserveLines([15, 25], [{ kitId: kit.id, quantity: 1 }])).rejects.toMatchObject({ kind: 'conflict' });
    await reserveLines([20, 25], [{ kitId: kit.id, quantity: 1 }]);
  });
});

describe('reservations in bulk', () => {
  let partId = '';
  beforeEach(async () => {
    partId = await counter.part({ tracking: 'bulk' });
  });
  const reserve = (from: number, until: number, quantity: number) =>
    reserveLines([from, until], [{ partId, quantity }]);

  test.each([
    [
      'disjoint 3 + 3 need 3',
      3,
      [
        [10, 11, 3],
        [12, 13, 3],
      ],
    ],
    [
      'back to back 4 and 5 need 5',
      5,
      [
        [10, 11, 4],
        [11, 12, 5],
      ],
    ],
    [
      'overlapping 3 + 4 need 7',
      7,
      [
        [10, 12, 3],
        [11, 13, 4],
      ],
    ],
    [
      'three at once, 2 + 3 + 5, need 10',
      10,
      [
        [10, 13, 2],
        [11, 14, 3],
        [12, 15, 5],
      ],
    ],
  ] as const)('%s', async (_, pieces, windows) => {
    await counter.stock(partId, await counter.site(), pieces);
    for (const [from, until, quantity] of windows) await reserve(from, until, quantity);
    const [from, until] = windows.at(-1) ?? [0, 0];
    await expect(reserve(from, until, 1)).rejects.toMatchObject(refused);
  });

  test.each([
    ['disjoint 3 + 3', 2, [[10, 11, 3]]],
    [
      'back to back 4 and 5',
      4,
      [
        [10, 11, 4],
        [11, 12, 5],
      ],
    ],
    [
      'overlapping 3 + 4',
      6,
      [
        [10, 12, 3],
        [11, 13, 4],
      ],
    ],
    [
      'three at once, 2 + 3 + 5',
      9,
      [
        [10, 13, 2],
        [11, 14, 3],
        [12, 15, 5],
      ],
    ],
  ] as const)('%s are too many for one piece less', async (_, pieces, windows) => {
    await counter.stock(partId, await counter.site(), pieces);
    const [from, until, quantity] = windows.at(-1) ?? [0, 0, 0];
    for (const [start, end, pieces] of windows.slice(0, -1)) await reserve(start, end, pieces);
    await expect(reserve(from, until, quantity)).rejects.toMatchObject(refused);
  });
});

describe('reservations of seats', () => {
  test('the peak inside the window counts', async () => {
    const productId = await counter.product();
    await counter.entitlement(productId, { quantity: 7 });
    const reserve = (from: number, until: number, quantity: number) =>
      reserveLines([from, until], [{ productId, quantity }]);
    await reserve(10, 12, 3);
    await reserve(11, 13, 4);
    await reserve(13, 14, 7);
    await expect(reserve(11, 12, 1)).rejects.toMatchObject({ kind: 'conflict' });
    await reserve(10, 11, 4);
    await expect(counter.checkout([{ productId, quantity: 1 }])).rejects.toMatchObject({ kind: 'conflict' });
  });
});
