import { describe, expect, test } from 'vitest';
import { allocationById } from '../../src/allocations/allocation.queries.ts';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { counterOf, inHours } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);

const stateOf = async (unitId: string) =>
  (await database.db.rows<{ state: string }>('SELECT state FROM unit WHERE id = $1', [unitId]))[0]?.state;

describe('a check-out', () => {
  test('hands out a unit by its id: its line, its movement and its audit entry', async () => {
    const site = await counter.site();
    const part = await counter.part();
    const unit = await counter.unit(part, site);
    const dueAt = inHours(48);
    const { allocation, displaced, warnings } = await counter.checkout([{ unitId: unit }], {
      dueAt,
      note: 'for the lab',
    });
    expect(allocation).toMatchObject({
      form: 'checkout',
      purpose: 'loan',
      note: 'for the lab',
      holder: await counter.holder(),
      lines: [{ kind: 'unit', state: 'issued', quantity: 1, unit: { id: unit }, isFromReserve: false }],
    });
    expect(allocation.lines[0]?.dueAt?.toString()).toBe(new Date(dueAt).toISOString().replace(/\.?0*Z$/, 'Z'));
    expect([displaced, warnings]).toEqual([[], []]);
    expect(await stateOf(unit)).toBe('issued');
    expect(await allocationById(database.db, allocation.id)).toEqual(allocation);
    expect(await auditOf(database.db, 'allocation', allocation.id)).toMatchObject([
      { action: 'allocation.checkout', details: { purpose: 'loan', lines: [{ unitId: unit }] } },
    ]);
  });

  test('takes any mix of lines in one go', async () => {
    const site = await counter.site();
    const serial = await counter.part();
    const [first = '', second = '', third = ''] = await counter.units(serial, site, 3);
    const tagged = await counter.unit(serial, site, { asset_tag: `T-${newId().slice(-8)}`, serial: `XK-${newId()}` });
    const [names] = await database.db.rows<{ tag: string; serial: string }>(
      'SELECT asset_tag AS tag, (SELECT serial FROM unit WHERE id = $2) AS serial FROM unit WHERE id = $1',
      [tagged, first],
    );
    const bulk = await counter.part({ tracking: 'bulk' });
    const row = await counter.stock(bulk, site, 5);
    const product = await counter.product();
    const entitlement = await counter.entitlement(product);
    const { allocation } = await counter.checkout([
      { assetTag: names?.tag.toLowerCase() ?? '' },
      { serial: names?.serial.toLowerCase() ?? '' },
      { partId: serial, quantity: 2 },
      { stockId: row, quantity: 3 },
      { entitlementId: entitlement, quantity: 2 },
      { productId: product, quantity: 1 },
    ]);
    expect(allocation.lines.map((line) => line.unit?.id ?? line.stock?.id ?? line.entitlement?.id)).toEqual([
      tagged,
      first,
      second,
      third,
      row,
      entitlement,
      entitlement,
    ]);
    const [left] = await database.db.rows<{ quantity: number }>('SELECT quantity FROM stock WHERE id = $1', [row]);
    expect(left?.quantity).toBe(2);
  });

  test('answers what reading it back answers, in every form', async () => {
    const site = await counter.site();
    const [serial, bulk] = [await counter.part(), await counter.part({ tracking: 'bulk' })];
    const units = await counter.units(serial, site, 6);
    await counter.stock(bulk, site, 9);
    const model = await counter.model();
    await counter.fit({ device_model_id: model, part_id: bulk });
    const entitlement = await counter.entitlement(await counter.product(), { metric: 'device' });
    const lines = (index: number) => [
      { unitId: units[5 - index] ?? '' },
      { partId: serial, quantity: 1 },
      { partId: bulk, quantity: 2 },
      { deviceModelId: model, quantity: 1 },
      { entitlementId: entitlement, quantity: 1, assignee: `server ${index}` },
    ];
    const severe = { purpose: 'incident', severity: 'important', note: 'noted' } as const;
    const made = [
      await counter.checkout(lines(0), severe),
      await counter.holdFor(5, lines(1)),
      await counter.reserve([6, 7], lines(2)),
    ];
    for (const { allocation } of made) expect(await allocationById(database.db, allocation.id)).toEqual(allocation);
  });

  test('takes nothing when one line of many cannot be served', async () => {
    const site = await counter.site();
    const part = await counter.part();
    const unit = await counter.unit(part, site);
    const bulk = await counter.part({ tracking: 'bulk' });
    await counter.stock(bulk, site, 2);
    const refused = counter.checkout([{ unitId: unit }, { partId: bulk, quantity: 3 }]);
    await expect(refused).rejects.toMatchObject({
      kind: 'conflict',
      code: 'not-enough-stock',
      fields: [{ field: '#/lines/1' }],
    });
    expect(await stateOf(unit)).toBe('in_stock');
  });

  test('two lines of one wish on the same pool are judged together', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    await counter.stock(part, await counter.site(), 5);
    const twice = [
      { partId: part, quantity: 3 },
      { partId: part, quantity: 3 },
    ];
    await expect(counter.checkout(twice)).rejects.toMatchObject({ fields: [{ field: '#/lines/1' }] });
    await expect(counter.checkout([twice[0] ?? never, { partId: part, quantity: 2 }])).resolves.toBeDefined();
  });
});

const never = { partId: '', quantity: 0 };

describe('the last one', () => {
  test('of a unit goes to exactly one of many at once', async () => {
    const part = await counter.part();
    const unit = await counter.unit(part, await counter.site());
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        counter.checkout(index % 2 === 0 ? [{ unitId: unit }] : [{ partId: part, quantity: 1 }]),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'conflict' });
    }
  });
});

describe('who can have things', () => {
  test('a service account, a disabled person and an unknown project cannot', async () => {
    const unit = await counter.unit(await counter.part(), await counter.site());
    const robot = await makeCaller(database.db, { kind: 'service-account' });
    const gone = await makeCaller(database.db, { kind: 'person' });
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [gone.principal.id]);
    const holders = [
      { kind: 'person', id: robot.principal.id },
      { kind: 'person', id: gone.principal.id },
      { kind: 'team', id: (await counter.holder()).id },
      { kind: 'project', id: newId() },
      { kind: 'service', id: newId() },
    ] as const;
    for (const holder of holders) {
      await expect(counter.checkout([{ unitId: unit }], { holder })).rejects.toMatchObject({
        kind: 'unprocessable',
        code: 'unsuitable-holder',
        fields: [{ field: '#/holder' }],
      });
    }
  });
});
