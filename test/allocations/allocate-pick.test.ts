import { describe, expect, test } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { counterOf, inHours } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

type Outcome = Awaited<ReturnType<typeof counter.checkout>>;
const unitsOf = ({ allocation }: Outcome) => allocation.lines.map((line) => line.unit?.id);
const rowsOf = ({ allocation }: Outcome) => allocation.lines.map((line) => [line.stock?.id, line.quantity]);

const lot = (partId: string, locationId: string, quantity: number, expiresOn: string | null) =>
  database.db.transaction(async (tx) => {
    const [row] = await tx.rows<{ id: string }>(
      `INSERT INTO stock (id, part_id, location_id, expires_on) VALUES (gen_random_uuid(), $1, $2, $3) RETURNING id`,
      [partId, locationId, expiresOn],
    );
    await tx.execute(
      `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id) VALUES (gen_random_uuid(), 'receive', $1, $2, $3)`,
      [partId, quantity, row?.id],
    );
    return row?.id ?? '';
  });

describe('units of a part', () => {
  test('come never tested first, then the one whose last test is longest ago', async () => {
    const site = await counter.site();
    const part = await counter.part();
    const recent = await counter.unit(part, site, { last_tested_at: '2026-06-01' });
    const old = await counter.unit(part, site, { last_tested_at: '2025-01-01' });
    const never = await counter.unit(part, site);
    expect(unitsOf(await counter.checkout([{ partId: part, quantity: 3 }]))).toEqual([never, old, recent]);
  });

  test('come from the preferred place and below it first', async () => {
    const [site, other] = [await counter.site(), await counter.site()];
    const room = await counter.room(site);
    const part = await counter.part();
    const [elsewhere] = await counter.units(part, other, 1);
    const near = await counter.unit(part, room, { last_tested_at: '2026-06-01' });
    const taken = await counter.checkout([{ partId: part, quantity: 2, locationId: site }]);
    expect(unitsOf(taken)).toEqual([near, elsewhere]);
  });

  test('are usable: what is expired, untested or quarantined is not picked, and not handed out by name', async () => {
    const site = await counter.site();
    const part = await counter.part();
    const expired = await counter.unit(part, site, { expires_on: '2020-01-01' });
    const untested = await counter.unit(part, site, { test_due_on: '2020-01-01' });
    const good = await counter.unit(part, site, { last_tested_at: '2026-06-01' });
    for (const unitId of [expired, untested]) {
      await expect(counter.checkout([{ unitId }])).rejects.toMatchObject({ code: 'unit-not-available' });
    }
    expect(unitsOf(await counter.checkout([{ partId: part, quantity: 1 }]))).toEqual([good]);
  });

  test('that somebody has reserved in the time are left, those that are back before it are not', async () => {
    const part = await counter.part();
    const [unitId = ''] = await counter.units(part, await counter.site(), 1);
    await counter.reserve([5, 10], [{ unitId }]);
    await expect(counter.checkout([{ unitId }])).rejects.toMatchObject({ code: 'unit-not-available' });
    await expect(counter.holdFor(6, [{ unitId }])).rejects.toMatchObject({ code: 'unit-not-available' });
    expect(unitsOf(await counter.checkout([{ unitId }], { dueAt: inHours(5) }))).toEqual([unitId]);
  });

  test('that are held without being named are exchanged when somebody names them', async () => {
    const part = await counter.part();
    const units = await counter.units(part, await counter.site(), 2);
    const held = await counter.holdFor(5, [{ partId: part, quantity: 1 }]);
    const [unitId = ''] = unitsOf(held).map((id) => id ?? '');
    expect(unitsOf(await counter.checkout([{ unitId }]))).toEqual([unitId]);
    const [line] = await database.db.rows<{ unit_id: string; state: string }>(
      'SELECT unit_id, state FROM allocation_line WHERE allocation_id = $1',
      [held.allocation.id],
    );
    expect(line).toEqual({ unit_id: units.find((id) => id !== unitId), state: 'held' });
  });

  test('whose hold expired one millisecond ago are free, although nobody has noted it', async () => {
    const part = await counter.part();
    const [unitId = ''] = await counter.units(part, await counter.site(), 1);
    await counter.hold(await counter.holder(), { kind: 'unit', part_id: part, unit_id: unitId });
    await expect(counter.checkout([{ unitId }])).rejects.toMatchObject({ code: 'unit-not-available' });
    await database.db.execute(`UPDATE allocation_line SET expires_at = clock_timestamp() WHERE unit_id = $1`, [unitId]);
    expect(unitsOf(await counter.checkout([{ unitId }]))).toEqual([unitId]);
  });
});

describe('bulk pieces', () => {
  test('come from what expires first, over several rows, a line for each', async () => {
    const site = await counter.site();
    const part = await counter.part({ tracking: 'bulk' });
    const lasting = await lot(part, site, 5, null);
    const later = await lot(part, site, 2, '2030-01-01');
    const sooner = await lot(part, site, 3, '2029-01-01');
    await lot(part, site, 9, '2020-01-01');
    expect(rowsOf(await counter.checkout([{ partId: part, quantity: 6 }]))).toEqual([
      [sooner, 3],
      [later, 2],
      [lasting, 1],
    ]);
  });

  test('come from the preferred place first, whatever expires first elsewhere', async () => {
    const [site, other] = [await counter.site(), await counter.site()];
    const part = await counter.part({ tracking: 'bulk' });
    const elsewhere = await lot(part, other, 5, '2029-01-01');
    const near = await lot(part, await counter.room(site), 2, null);
    expect(rowsOf(await counter.checkout([{ partId: part, quantity: 3, locationId: site }]))).toEqual([
      [near, 2],
      [elsewhere, 1],
    ]);
  });

  test('that are held are left for those who hold them, the rest can go', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    const row = await counter.stock(part, await counter.site(), 5);
    await counter.holdFor(5, [{ stockId: row, quantity: 3 }]);
    await expect(counter.checkout([{ stockId: row, quantity: 3 }])).rejects.toMatchObject({ code: 'not-enough-stock' });
    expect(rowsOf(await counter.checkout([{ stockId: row, quantity: 2 }]))).toEqual([[row, 2]]);
  });

  test('that are reserved back to back are promised once for each window', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    await counter.stock(part, await counter.site(), 5);
    const any = (quantity: number) => [{ partId: part, quantity }];
    await counter.reserve([1, 2], any(4));
    await counter.reserve([2, 3], any(5));
    await expect(counter.reserve([1.5, 1.8], any(2))).rejects.toMatchObject({ code: 'not-enough-stock' });
    await counter.reserve([1.5, 1.8], any(1));
    await expect(counter.reserve([1.9, 2.1], any(1))).rejects.toMatchObject({ code: 'not-enough-stock' });
  });
});

describe('a failed device', () => {
  test('is replaced by the best fit that can serve the line whole', async () => {
    const site = await counter.site();
    const model = await counter.model();
    const [best, second] = [await counter.part({ tracking: 'bulk' }), await counter.part({ tracking: 'bulk' })];
    await counter.fit({ device_model_id: model, part_id: best, rank: 1 });
    await counter.fit({ device_model_id: model, part_id: second, rank: 2, quantity: 2 });
    const bestRow = await counter.stock(best, site, 3);
    const secondRow = await counter.stock(second, site, 20);
    const one = await counter.checkout([{ deviceModelId: model, quantity: 2 }]);
    expect(rowsOf(one)).toEqual([[bestRow, 2]]);
    expect(one.allocation.lines[0]?.deviceModelId).toBe(model);
    expect(rowsOf(await counter.checkout([{ deviceModelId: model, quantity: 2 }]))).toEqual([[secondRow, 4]]);
  });

  test('is replaced by what fits under conditions only when they are accepted, and the refusal names them', async () => {
    const model = await counter.model();
    const part = await counter.part({ part_number: 'PK-COND' });
    await counter.fit({ device_model_id: model, part_id: part, conditions: 'firmware 2 or later' });
    const [unit] = await counter.units(part, await counter.site(), 1);
    const refused = counter.checkout([{ deviceModelId: model, quantity: 1 }]);
    await expect(refused).rejects.toMatchObject({
      code: 'no-fit',
      message: expect.stringContaining('PK-COND (firmware 2 or later)'),
    });
    expect(unitsOf(await counter.checkout([{ deviceModelId: model, quantity: 1, acceptConditions: true }]))).toEqual([
      unit,
    ]);
  });

  test('without any fit is refused', async () => {
    const model = await counter.model();
    await expect(counter.checkout([{ deviceModelId: model, quantity: 1 }])).rejects.toMatchObject({ code: 'no-fit' });
  });
});

describe('seats of a product', () => {
  const seatsOf = ({ allocation }: Outcome) => allocation.lines.map((line) => [line.entitlement?.id, line.quantity]);

  test('come from the entitlement that ends first, over several, sound ones only', async () => {
    const product = await counter.product();
    const term = (ends_on: string, quantity: number) =>
      counter.entitlement(product, { term: 'term', ends_on, quantity });
    const perpetual = await counter.entitlement(product, { quantity: 2 });
    const later = await term('2031-12-31', 2);
    const sooner = await term('2030-12-31', 1);
    await term('2021-12-31', 50);
    await counter.entitlement(product, { starts_on: '2090-01-01', quantity: 50 });
    expect(seatsOf(await counter.checkout([{ productId: product, quantity: 4 }]))).toEqual([
      [sooner, 1],
      [later, 2],
      [perpetual, 1],
    ]);
    await expect(counter.checkout([{ productId: product, quantity: 2 }])).rejects.toMatchObject({
      code: 'not-enough-seats',
    });
  });

  test('are not promised for a time after their entitlement has ended', async () => {
    const product = await counter.product();
    const tomorrow = inHours(24).slice(0, 10);
    const ending = await counter.entitlement(product, { term: 'term', ends_on: tomorrow });
    const line = [{ entitlementId: ending, quantity: 1 }];
    await counter.reserve([1, 2], line);
    await expect(counter.reserve([72, 73], line)).rejects.toMatchObject({ code: 'not-enough-seats' });
  });

  test('go beyond what was bought only where the policy allows it, with a warning that says the numbers', async () => {
    const product = await counter.product('PK-OVER');
    const entitlement = await counter.entitlement(product, {
      name: 'Loose',
      quantity: 10,
      overuse: 'allow',
      overuse_percent_max: 20,
    });
    const seats = (quantity: number) => [{ entitlementId: entitlement, quantity }];
    expect((await counter.checkout(seats(10))).warnings).toEqual([]);
    expect((await counter.checkout(seats(1))).warnings).toMatchObject([
      { code: 'over-used', entitlementId: entitlement, seats: 10, used: 11, usedMax: 12 },
    ]);
    await expect(counter.checkout(seats(2))).rejects.toMatchObject({ code: 'not-enough-seats' });
  });
});
