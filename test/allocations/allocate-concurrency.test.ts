import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { useDatabase } from '../support/database.ts';
import { EMERGENCY_CASE, openEmergency } from '../support/open-emergency.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const counter = counterOf(database);
const CLIENTS = 12;

/** Runs the same for many at once; answers how many were served. Every other one must have been refused as it should. */
async function served(work: (client: number) => Promise<unknown>): Promise<number> {
  const outcomes = await Promise.allSettled(Array.from({ length: CLIENTS }, (_, client) => work(client)));
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  for (const thrown of refused) {
    expect(thrown).toBeInstanceOf(AppError);
    expect(thrown).toMatchObject({ kind: 'conflict' });
  }
  return CLIENTS - refused.length;
}

describe('many at once', () => {
  test('share the last pieces of a bulk part', async () => {
    const part = await counter.part({ tracking: 'bulk' });
    const row = await counter.stock(part, await counter.site(), 7);
    expect(await served(() => counter.checkout([{ partId: part, quantity: 2 }]))).toBe(3);
    const [left] = await database.db.rows<{ quantity: number }>('SELECT quantity FROM stock WHERE id = $1', [row]);
    expect(left?.quantity).toBe(1);
  });

  test('share the last seats', async () => {
    const entitlement = await counter.entitlement(await counter.product(), { quantity: 3 });
    expect(await served(() => counter.checkout([{ entitlementId: entitlement, quantity: 1 }]))).toBe(3);
  });

  test('leave the floor, although each names another unit of the part', async () => {
    const part = await counter.part({ emergency_reserve: CLIENTS - 1 });
    const units = await counter.units(part, await counter.site(), CLIENTS);
    expect(await served((client) => counter.checkout([{ unitId: units[client] ?? '' }]))).toBe(1);
  });

  test('leave the floor of a place, whether they hold or take', async () => {
    const site = await counter.site();
    const part = await counter.part();
    await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 2)', [
      part,
      site,
    ]);
    await counter.units(part, site, 5);
    const line = [{ partId: part, quantity: 1 }];
    expect(await served((client) => (client % 2 === 0 ? counter.checkout(line) : counter.holdFor(5, line)))).toBe(3);
  });

  test('with the same things in opposite orders never wait for each other for ever', async () => {
    const site = await counter.site();
    const [a, b] = [await counter.part({ tracking: 'bulk' }), await counter.part({ tracking: 'bulk' })];
    for (const part of [a, b]) await counter.stock(part, site, CLIENTS);
    const entitlement = await counter.entitlement(await counter.product(), { quantity: CLIENTS });
    const lines = [
      { partId: a, quantity: 1 },
      { entitlementId: entitlement, quantity: 1 },
      { partId: b, quantity: 1 },
    ];
    const all = await served((client) => counter.checkout(client % 2 === 0 ? lines : lines.toReversed()));
    expect(all).toBe(CLIENTS);
  });

  test('reserve overlapping windows of one unit once', async () => {
    const part = await counter.part();
    const [unitId = ''] = await counter.units(part, await counter.site(), 1);
    const windows = await served((client) => counter.reserve([10 + client / 10, 12 + client / 10], [{ unitId }]));
    expect(windows).toBe(1);
  });

  test('in an emergency take each piece from one holder once', async () => {
    const part = await counter.part();
    await counter.units(part, await counter.site(), 4);
    await counter.holdFor(5, [{ partId: part, quantity: 4 }]);
    await openEmergency(database);
    const emergency = {
      purpose: 'incident',
      severity: 'emergency',
      reserve: { reason: 'all is down', case: EMERGENCY_CASE },
    } as const;
    expect(await served(() => counter.checkout([{ partId: part, quantity: 1 }], emergency))).toBe(4);
  });
});
