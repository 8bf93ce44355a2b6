import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { EMERGENCY_CASE } from '../support/open-emergency.ts';
import {
  change,
  end,
  kept,
  type LineColumns,
  type Pool,
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
const { attacker, given, pool, refused, shelf } = poolOf(database);
const EMERGENCY = {
  purpose: 'incident',
  severity: 'emergency',
  reserve_reason: 'the site is down',
  emergency_case: EMERGENCY_CASE,
};
const held = (on: Pool, columns: LineColumns, head: LineColumns = {}) =>
  kept(on, newId(), { state: 'held', ...columns }, head);

/** Units handed out one after the other, each in a transaction of its own, so that only so many are left. */
async function leave(on: Pool, left: number): Promise<void> {
  for (const unitId of on.unitIds.slice(left)) await given(...unitOut(on, unitId, newId()));
}

describe('the floor of a part', () => {
  test('is not touched by units that are handed out or held', async () => {
    const floor = { units: 2, reserve: 1 };
    await refused(
      (on) => [...unitOut(on, on.unitId, newId()), ...unitOut(on, on.secondId, newId())],
      'allocation_line_floor',
      floor,
    );
    await refused(
      (on) => [...held(on, unitLine(on, on.unitId)), ...held(on, unitLine(on, on.secondId))],
      'allocation_line_floor',
      floor,
    );
    await refused(
      async (on) => {
        await leave(on, 1);
        return unitOut(on, on.unitId, newId());
      },
      'allocation_line_floor',
      floor,
    );
    await refused(
      async (on) => {
        await leave(on, 1);
        return held(on, unitLine(on, on.unitId), { purpose: 'drill', severity: 'emergency' });
      },
      'allocation_line_floor',
      floor,
    );
  });

  test('is not touched by pieces of a bulk part', async () => {
    const floor = { pieces: 10, reserve: 4 };
    await refused((on) => stockOut(on, 7, newId()), 'allocation_line_floor', floor);
    await refused((on) => held(on, stockLine(on, 7)), 'allocation_line_floor', floor);
    await refused((on) => [...held(on, stockLine(on, 3)), ...stockOut(on, 4, newId())], 'allocation_line_floor', floor);
    const on = await pool(floor);
    await given(...stockOut(on, 6, newId()));
  });

  test('below a location counts what lies there', async () => {
    const floor = { units: 2, siteReserve: 2 };
    await refused(
      async (on) => {
        await shelf.units(on.partId, await shelf.site(), 5);
        return unitOut(on, on.unitId, newId());
      },
      'allocation_line_floor',
      floor,
    );
    await refused(
      async (on) => {
        await shelf.stock(on.bulkId, await shelf.site(), 50);
        return stockOut(on, 9, newId());
      },
      'allocation_line_floor',
      floor,
    );
  });

  test('is not hidden from by a window that is over when the transaction commits', async () => {
    await refused(
      (on) => {
        const id = newId();
        const past = change(id, `during = tstzrange(lower(during), lower(during) + interval '1 microsecond')`);
        return [...held(on, stockLine(on, 6)), ...stockOut(on, 4, id), past];
      },
      'allocation_line_floor',
      { pieces: 10, reserve: 4 },
    );
  });

  test('does not count what cannot be used', async () => {
    await refused(
      async (on) => {
        await shelf.unit(on.partId, on.site, { test_due_on: '2020-01-01' });
        await given(unitMove(on, on.thirdId, 'quarantine', 'quarantined'));
        return [...unitOut(on, on.unitId, newId()), ...unitOut(on, on.secondId, newId())];
      },
      'allocation_line_floor',
      { units: 3, reserve: 1 },
    );
  });

  test('is crossed by nobody but an incident of severity emergency, which says why', async () => {
    const reserve = { from_reserve: true };
    const heads: readonly LineColumns[] = [
      {},
      { purpose: 'maintenance' },
      { purpose: 'drill', severity: 'important' },
      { purpose: 'incident', severity: 'general' },
    ];
    for (const head of heads) {
      await refused(
        (on) => held(on, { ...stockLine(on, 1), ...reserve }, head),
        'allocation_line_reserve_of_emergency',
        { reserve: 10 },
      );
      await refused(
        (on) => held(on, { ...seatLine(on, 1), ...reserve }, head),
        'allocation_line_reserve_of_emergency',
        { reserve: 10 },
      );
    }
    await refused(
      (on) => {
        const id = newId();
        return [
          ...kept(
            on,
            id,
            { ...stockLine(on, 1), ...reserve },
            { ...EMERGENCY, reserve_reason: null, emergency_case: null },
          ),
          stockMove(on, 'issue', 1, id),
        ];
      },
      'allocation_line_reserve_of_emergency',
      { reserve: 10 },
    );
    const on = await pool({ reserve: 10 });
    const id = newId();
    await given(...kept(on, id, { ...stockLine(on, 4), ...reserve }, EMERGENCY), stockMove(on, 'issue', 4, id));
  });

  test('is held, never taken, by a drill of that severity', async () => {
    const drill = { purpose: 'drill', severity: 'emergency', reserve_reason: 'a rehearsal' };
    await refused(
      async (on) => {
        const id = newId();
        await given(...kept(on, id, { state: 'held', from_reserve: true, ...stockLine(on, 2) }, drill));
        return [change(id, `state = 'issued', issued_at = now()`), stockMove(on, 'issue', 2, id)];
      },
      'allocation_line_reserve_of_emergency',
      { reserve: 10 },
    );
  });

  test('is not crossed by a line that says later that it is of the reserve, or no longer', async () => {
    await refused(async (on) => {
      const id = newId();
      await given(...kept(on, id, { state: 'held', ...stockLine(on, 2) }));
      return [change(id, 'from_reserve = true')];
    }, 'allocation_line_reserve_of_emergency');
    await refused(
      async (on) => {
        const id = newId();
        await given(
          ...kept(on, id, { from_reserve: true, ...stockLine(on, 3) }, EMERGENCY),
          stockMove(on, 'issue', 3, id),
        );
        return [change(id, 'from_reserve = false')];
      },
      'allocation_line_floor',
      { pieces: 10, reserve: 10 },
    );
  });

  test('that was raised meanwhile hinders nobody from bringing back or giving up a part', async () => {
    const on = await pool({ pieces: 10 });
    const [out, wait] = [newId(), newId()];
    await given(...stockOut(on, 4, out), ...kept(on, wait, { state: 'held', ...stockLine(on, 4) }));
    await given(['UPDATE part SET emergency_reserve = 1000 WHERE id = $1', on.bulkId]);
    for (const [id, state] of [
      [out, 'returned'],
      [wait, 'released'],
    ] as const) {
      await given(
        [
          `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, expires_at, root_line_id, issued_at, ended_at)
           SELECT $2, allocation_id, position, kind, part_id, stock_id, 1, $3, during, expires_at, id, issued_at, now() FROM allocation_line WHERE id = $1`,
          id,
          newId(),
          state,
        ],
        change(id, 'quantity = 3'),
        ...(state === 'returned' ? [stockMove(on, 'return', 1, id)] : []),
      );
    }
    await given(change(out, `due_at = now() + interval '3 days'`));
    expect(await attacker.strike('service', [end(wait, 'released')])).toBeUndefined();
  });
});

describe('a line that waits', () => {
  const unpinned = (on: Pool, id: string, unitId: string) =>
    kept(on, id, { state: 'held', pinned: false, ...unitLine(on, unitId) });
  const moveTo = (unitId: string, id: string) => change(id, `unit_id = '${unitId}'`);

  test('goes to another unit although the floor was raised meanwhile, also from one that is handed out just now', async () => {
    const on = await pool({ units: 3 });
    const [first, second, taken] = [newId(), newId(), newId()];
    await given(...unpinned(on, first, on.unitId), ...unpinned(on, second, on.secondId));
    await given(['UPDATE part SET emergency_reserve = 2 WHERE id = $1', on.partId]);
    await given(
      moveTo(on.thirdId, first),
      ...kept(on, taken, { ...unitLine(on, on.unitId), from_reserve: true }, EMERGENCY),
      unitMove(on, on.unitId, 'issue', 'issued', { line_id: taken }),
    );
    await given(['UPDATE part SET emergency_reserve = 1 WHERE id = $1', on.partId], end(second, 'released'));
    await given(moveTo(on.secondId, first));
  });

  test('for a unit that is out takes one of the others by the time it begins', async () => {
    const later = {
      during: `tstzrange(now() + interval '2 days', now() + interval '3 days')`,
      expires_at: `now() + interval '3 days'`,
    };
    await refused(
      async (on) => {
        const until = { due_at: `now() + interval '1 day'`, during: `tstzrange(now(), now() + interval '1 day')` };
        await given(...unitOut(on, on.unitId, newId(), until));
        return held(on, { ...unitLine(on, on.unitId), pinned: false, ...later });
      },
      'allocation_line_floor',
      { units: 2, reserve: 1 },
    );
  });

  test('is not parked in a window long past, to come back from there unseen', async () => {
    const parked = `tstzrange(timestamptz '0001-01-01 00:00Z', timestamptz '0001-01-01 01:00Z')`;
    await refused((on) => held(on, { ...unitLine(on, on.unitId), during: parked }), 'allocation_line_bounded');
    await refused(
      (on) => held(on, { ...stockLine(on, 1), during: parked, from_reserve: true }, EMERGENCY),
      'allocation_line_bounded',
    );
  });
});
