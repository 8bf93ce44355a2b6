import { expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { Blow, Refusal } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import {
  change,
  end,
  kept,
  type LineColumns,
  type Pool,
  type PoolWishes,
  poolOf,
  seatLine,
  stockLine,
  stockMove,
  stockOut,
  unitLine,
  unitMove,
  unitOut,
} from './walls.ts';

const database = useDatabase();
const { attacker, given, pool, shelf } = poolOf(database);
const ROUNDS = scaled(3);
const held = (on: Pool, columns: LineColumns) => kept(on, newId(), { state: 'held', ...columns });

/** Runs both as transactions that overlap: each has written before either commits, unless it has to wait for the other. */
async function race(first: readonly Blow[], second: readonly Blow[]): Promise<(Refusal | undefined)[]> {
  const [a, b] = [await attacker.begin('service'), await attacker.begin('owner')];
  const metByA = await a.strike(...first);
  let isSettled = false;
  const striking = b.strike(...second).finally(() => {
    isSettled = true;
  });
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  await expect
    .poll(async () => isSettled || (await database.db.rows(waiting)).length > 0, { interval: 5, timeout: 10_000 })
    .toBe(true);
  const finish = async (raid: typeof a, met: Refusal | undefined) => {
    if (!met) return raid.commit();
    await raid.giveUp();
    return met;
  };
  return Promise.all([finish(a, metByA), striking.then((met) => finish(b, met))]);
}

/** Expects that of two that cannot both be, exactly one is let through, and the other one is refused for this. */
async function expectOneOf(
  wanted: PoolWishes,
  both: (
    on: Pool,
  ) => Promise<readonly [readonly Blow[], readonly Blow[]]> | readonly [readonly Blow[], readonly Blow[]],
  refusal: string | Refusal,
): Promise<void> {
  const refused = typeof refusal === 'string' ? { code: '23514', constraint: refusal } : refusal;
  for (let round = 0; round < ROUNDS; round += 1) {
    const outcomes = await race(...(await both(await pool(wanted))));
    expect(outcomes.filter((met) => met === undefined)).toHaveLength(1);
    expect(outcomes.find((met) => met !== undefined)).toEqual(refused);
  }
}

test('two different units of one part do not both go when one of them is the floor', async () => {
  const floor = { units: 2, reserve: 1 };
  await expectOneOf(
    floor,
    (on) => [unitOut(on, on.unitId, newId()), unitOut(on, on.secondId, newId())],
    'allocation_line_floor',
  );
  await expectOneOf(
    floor,
    (on) => [held(on, unitLine(on, on.unitId)), unitOut(on, on.secondId, newId())],
    'allocation_line_floor',
  );
  await expectOneOf(
    { units: 2, siteReserve: 1 },
    (on) => [unitOut(on, on.unitId, newId()), held(on, unitLine(on, on.secondId))],
    'allocation_line_floor',
  );
});

test('pieces above the floor go once', async () => {
  await expectOneOf(
    { pieces: 10, reserve: 4 },
    (on) => [stockOut(on, 4, newId()), held(on, stockLine(on, 4))],
    'allocation_line_floor',
  );
});

test('the last seats go once', async () => {
  const out = (on: Pool, quantity: number) => kept(on, newId(), seatLine(on, quantity));
  await expectOneOf({ seats: 5 }, (on) => [out(on, 3), out(on, 3)], 'allocation_line_seats');
  await expectOneOf(
    { seats: 5, seatReserve: 4 },
    (on) => [out(on, 1), held(on, seatLine(on, 1))],
    'allocation_line_seats',
  );
});

test('two windows of one unit do not overlap', async () => {
  const window = (from: number, until: number) => ({
    during: `tstzrange(now() + interval '${from} days', now() + interval '${until} days')`,
  });
  await expectOneOf(
    {},
    (on) => [
      held(on, { ...unitLine(on, on.unitId), ...window(1, 3) }),
      held(on, { ...unitLine(on, on.unitId), ...window(2, 4) }),
    ],
    {
      code: '23P01',
      constraint: 'allocation_line_unit_window',
    },
  );
});

test('one unit is handed out once', async () => {
  await expectOneOf({}, (on) => [unitOut(on, on.unitId, newId()), unitOut(on, on.unitId, newId())], {
    code: '23P01',
    constraint: 'allocation_line_unit_window',
  });
});

test('the last pieces are held once, and not held while they are handed out or moved away', async () => {
  await expectOneOf(
    { pieces: 10 },
    (on) => [held(on, stockLine(on, 6)), held(on, stockLine(on, 6))],
    'allocation_line_stock_held',
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const on = await pool({ pieces: 10 });
    const outcomes = await race(held(on, stockLine(on, 6)), stockOut(on, 6, newId()));
    expect(outcomes.filter((met) => met === undefined)).toHaveLength(1);
    const moved = await pool({ pieces: 10 });
    const there = await shelf.stock(moved.bulkId, await shelf.site(), 1);
    const transfer: Blow = [
      `INSERT INTO movement (batch_id, part_id, kind, quantity, from_stock_id, to_stock_id) VALUES ($1, $2, 'transfer', 7, $3, $4)`,
      newId(),
      moved.bulkId,
      moved.stockId,
      there,
    ];
    const away = await race([transfer], held(moved, stockLine(moved, 6)));
    expect(away.filter((met) => met === undefined)).toHaveLength(1);
    expect(['movement_keeps_holds', 'allocation_line_stock_held']).toContain(
      away.find((met) => met !== undefined)?.constraint,
    );
  }
});

test('one line comes back once', async () => {
  await expectOneOf(
    {},
    async (on) => {
      const id = newId();
      await given(...stockOut(on, 5, id));
      const back = [end(id, 'returned'), stockMove(on, 'return', 5, id)];
      return [back, back];
    },
    'allocation_line_end_is_final',
  );
});

test('two parts of one line that come back at once are both counted, or one is refused', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const on = await pool();
    const id = newId();
    await given(...stockOut(on, 5, id));
    const back = (left: number): Blow[] => [
      [
        `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, root_line_id, issued_at, ended_at)
         SELECT $2, allocation_id, position, kind, part_id, stock_id, 2, 'returned', during, id, issued_at, now() FROM allocation_line WHERE id = $1`,
        id,
        newId(),
      ],
      change(id, `quantity = ${left}`),
      stockMove(on, 'return', 2, id),
    ];
    const outcomes = await race(back(3), back(3));
    expect(outcomes.filter((met) => met === undefined)).toHaveLength(1);
    expect(outcomes.find((met) => met !== undefined)?.constraint).toBe('allocation_line_split_sums');
  }
});

test('the last line of the ledger about a unit says where it is, however its movements overlapped', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const on = await pool();
    const [here, there] = [await shelf.site(), await shelf.site()];
    const to = (place: string) => [unitMove(on, on.unitId, 'transfer', 'in_stock', { to_location_id: place })];
    expect(await race(to(here), to(there))).toEqual([undefined, undefined]);
    const [row] = await database.db.rows<{ isTold: boolean }>(
      `SELECT u.location_id = m.to_location_id AS "isTold" FROM unit u
       JOIN LATERAL (SELECT to_location_id FROM movement WHERE unit_id = u.id ORDER BY id DESC LIMIT 1) m ON true WHERE u.id = $1`,
      [on.unitId],
    );
    expect(row).toEqual({ isTold: true });
  }
});

test('two changes that close a cycle of locations together are not both let through', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const site = await shelf.site();
    const room = await shelf.room(site);
    const rack = await shelf.add('location', { code: `K-${newId()}`, name: 'rack', kind: 'rack', parent_id: site });
    const outcomes = await race(
      [['UPDATE location SET parent_id = $2 WHERE id = $1', rack, room]],
      [[`UPDATE location SET kind = 'bin', parent_id = $2 WHERE id = $1`, room, rack]],
    );
    expect(outcomes).toEqual([undefined, { code: '23514', constraint: 'location_order_of_kinds' }]);
  }
});
