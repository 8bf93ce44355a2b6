import { describe, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { EMERGENCY_CASE } from '../support/open-emergency.ts';
import { change, kept, type LineColumns, type Pool, poolOf, seatLine, stockLine, unitLine, unitOut } from './walls.ts';

const database = useDatabase();
const { given, pool, refused } = poolOf(database);
const EMERGENCY = {
  purpose: 'incident',
  severity: 'emergency',
  reserve_reason: 'the site is down',
  emergency_case: EMERGENCY_CASE,
};
const held = (on: Pool, columns: LineColumns, head: LineColumns = {}) =>
  kept(on, newId(), { state: 'held', ...columns }, head);

describe('seats', () => {
  const seats = (on: Pool, quantity: number, columns: LineColumns = {}, head: LineColumns = {}) =>
    kept(on, newId(), { ...seatLine(on, quantity), ...columns }, head);
  const HOLD = { state: 'held' };
  const of = (on: Pool, set: string) => given([`UPDATE entitlement SET ${set} WHERE id = $1`, on.entitlementId]);

  test('are never more than the entitlement has', async () => {
    await refused((on) => seats(on, 6), 'allocation_line_seats');
    await refused((on) => [...seats(on, 3), ...seats(on, 3, HOLD)], 'allocation_line_seats');
    await refused(async (on) => {
      await given(
        ...seats(on, 4, { due_at: `now() + interval '1 hour'`, during: `tstzrange(now(), now() + interval '1 hour')` }),
      );
      // They stay in use until they come back, whatever their due date says.
      return seats(on, 2, {
        ...HOLD,
        during: `tstzrange(now() + interval '2 days', now() + interval '3 days')`,
        expires_at: `now() + interval '3 days'`,
      });
    }, 'allocation_line_seats');
  });

  test('go above it only where over-use is allowed, and only so far', async () => {
    const tenPercent = `quantity = 20, overuse = 'allow', overuse_percent_max = 10`;
    await refused(async (on) => {
      await of(on, tenPercent);
      return seats(on, 23);
    }, 'allocation_line_seats');
    const on = await pool();
    await of(on, tenPercent);
    await given(...seats(on, 22));
  });

  test('of an entitlement that has ended, has not begun or is retired are not available', async () => {
    for (const set of [
      `term = 'term', ends_on = current_date - 2`,
      `starts_on = current_date + 3`,
      `retired_at = now(), retired_reason = 'x'`,
    ]) {
      await refused(async (on) => {
        await of(on, set);
        return seats(on, 1);
      }, 'allocation_line_seats');
    }
  });

  test('of the reserve are for an emergency', async () => {
    await refused((on) => seats(on, 4), 'allocation_line_seats', { seatReserve: 2 });
    await refused((on) => seats(on, 4, HOLD), 'allocation_line_seats', { seatReserve: 2 });
    const on = await pool({ seatReserve: 2 });
    await given(...seats(on, 3), ...seats(on, 2, { from_reserve: true }, EMERGENCY));
  });

  test('come back in part although the entitlement has ended meanwhile', async () => {
    const on = await pool();
    const id = newId();
    await given(...kept(on, id, seatLine(on, 3)));
    await of(on, `term = 'term', ends_on = current_date - 2`);
    await given(
      [
        `INSERT INTO allocation_line (id, allocation_id, position, kind, entitlement_id, quantity, state, during, root_line_id, issued_at, ended_at)
         SELECT $2, allocation_id, position, kind, entitlement_id, 1, 'returned', during, id, issued_at, now() FROM allocation_line WHERE id = $1`,
        id,
        newId(),
      ],
      change(id, 'quantity = 2'),
    );
  });
});

describe('what is held', () => {
  const inDays = (from: number, until: number) => ({
    during: `tstzrange(now() + interval '${from} days', now() + interval '${until} days')`,
    expires_at: `now() + interval '${until} days'`,
  });

  test('of one stock row is never more at any time than lies there', async () => {
    await refused((on) => held(on, stockLine(on, 11)), 'allocation_line_stock_held');
    await refused(
      (on) => [
        ...held(on, { ...stockLine(on, 2), ...inDays(1, 9) }),
        ...held(on, { ...stockLine(on, 3), ...inDays(2, 5) }),
        ...held(on, { ...stockLine(on, 6), ...inDays(4, 7) }),
      ],
      'allocation_line_stock_held',
    );
    const on = await pool();
    // Back to back, and disjoint, they take turns: the peaks are 4|5 and 3+3.
    await given(
      ...held(on, { ...stockLine(on, 10), ...inDays(1, 2) }),
      ...held(on, { ...stockLine(on, 9), ...inDays(2, 3) }),
    );
    await given(...held(on, { ...stockLine(on, 10), ...inDays(5, 6) }));
  });

  test('of one unit is one window at a time, and it is handed out once', async () => {
    const window = { code: '23P01', constraint: 'allocation_line_unit_window' };
    await refused(
      (on) => [
        ...held(on, { ...unitLine(on, on.unitId), ...inDays(1, 3) }),
        ...held(on, { ...unitLine(on, on.unitId), ...inDays(2, 4) }),
      ],
      window,
    );
    await refused(
      (on) => [...unitOut(on, on.unitId, newId()), ...held(on, { ...unitLine(on, on.unitId), ...inDays(90, 91) })],
      window,
    );
    await refused((on) => [...unitOut(on, on.unitId, newId()), ...unitOut(on, on.unitId, newId())], window);
    const overdue = async (on: Pool) => {
      const id = newId();
      await given(...unitOut(on, on.unitId, id));
      await given(change(id, `due_at = now(), during = tstzrange(lower(during), now())`));
      return on;
    };
    const once = { code: '23505', constraint: 'allocation_line_unit_issued_once' };
    await refused(async (on) => unitOut(await overdue(on), on.unitId, newId()), once);
    await refused(async (on) => {
      const id = newId();
      await overdue(on);
      await given(...kept(on, id, { state: 'held', ...unitLine(on, on.unitId) }));
      return [change(id, `state = 'issued', issued_at = now()`)];
    }, once);
  });
});
