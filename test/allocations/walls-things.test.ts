import { describe, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { Blow } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { EMERGENCY_CASE } from '../support/open-emergency.ts';
import {
  allocation,
  kept,
  line,
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
const { given, refused, shelf, since } = poolOf(database);

const unitIsOut = (on: Pool, lineId: string) => unitOut(on, on.unitId, lineId);
const unitIsHeld = (on: Pool, lineId: string) => kept(on, lineId, { state: 'held', ...unitLine(on, on.unitId) });
const piecesAreHeld = (on: Pool, lineId: string) => kept(on, lineId, { state: 'held', ...stockLine(on, 5) });

describe('an allocation', () => {
  const changes: readonly string[] = [
    `purpose = 'maintenance'`,
    `form = 'hold'`,
    `severity = 'emergency', purpose = 'incident'`,
    'number = DEFAULT',
    `created_at = now() - interval '1 day'`,
  ];
  const head =
    (set: string) =>
    (_: Pool, id: string): readonly Blow[] => [
      [`UPDATE allocation SET ${set} WHERE id = (SELECT allocation_id FROM allocation_line WHERE id = $1)`, id],
    ];

  test('keeps its number, form, purpose and severity', async () => {
    for (const set of changes) await refused(since(unitIsOut, head(set)), 'allocation_purpose_stays');
  });

  test('keeps the reason for which it took from the reserve', async () => {
    const emergency = (on: Pool, id: string) =>
      kept(
        on,
        id,
        { state: 'held', ...stockLine(on, 1) },
        { purpose: 'incident', severity: 'emergency', reserve_reason: 'site down', emergency_case: EMERGENCY_CASE },
      );
    await refused(since(emergency, head('reserve_reason = NULL')), 'allocation_purpose_stays');
  });

  test('has a severity exactly when it is of a drill or an incident, and a reason for the reserve in an emergency only', async () => {
    const state = { state: 'held' };
    await refused(
      (on) => kept(on, newId(), { ...state, ...seatLine(on, 1) }, { severity: 'emergency' }),
      'allocation_severity_of_purpose',
    );
    await refused(
      (on) => kept(on, newId(), { ...state, ...seatLine(on, 1) }, { purpose: 'drill' }),
      'allocation_severity_of_purpose',
    );
    await refused(
      (on) => kept(on, newId(), { ...state, ...seatLine(on, 1) }, { reserve_reason: 'please' }),
      'allocation_reserve_of_emergency',
    );
  });
});

describe('what cannot be used', () => {
  const lying = (columns: Record<string, string>, kind?: 'quarantine') => async (on: Pool) => {
    const unitId = await shelf.unit(on.partId, on.site, columns);
    if (kind) await given(unitMove(on, unitId, kind, 'quarantined'));
    return { ...on, unitId };
  };
  const unusable = [lying({ expires_on: '2020-01-01' }), lying({ test_due_on: '2020-01-01' }), lying({}, 'quarantine')];

  test('is neither held nor handed out: a unit past its shelf life, not tested in time, or quarantined', async () => {
    for (const make of unusable) {
      await refused(async (on) => unitIsHeld(await make(on), newId()), 'allocation_line_usable');
    }
    for (const make of unusable.slice(0, 2)) {
      await refused(async (on) => unitIsOut(await make(on), newId()), 'allocation_line_usable');
    }
  });

  test('is neither held nor handed out: pieces past their shelf life, or quarantined', async () => {
    for (const columns of [{ expires_on: '2020-01-01' }, { condition: 'quarantined' }]) {
      const row = async (on: Pool) => {
        const stockId = await shelf.add('stock', {
          part_id: on.bulkId,
          location_id: on.site,
          lot: newId(),
          ...columns,
        });
        await given([
          `INSERT INTO movement (batch_id, part_id, kind, quantity, to_stock_id) VALUES ($1, $2, 'receive', 9, $1)`.replace(
            '$1)',
            '$3)',
          ),
          newId(),
          on.bulkId,
          stockId,
        ]);
        return { ...on, stockId };
      };
      await refused(async (on) => piecesAreHeld(await row(on), newId()), 'allocation_line_usable');
      await refused(async (on) => stockOut(await row(on), 2, newId()), 'allocation_line_usable');
    }
  });

  test('is not what a line that waits is moved to', async () => {
    const unpinned = (on: Pool, id: string) =>
      kept(on, id, { state: 'held', pinned: false, ...unitLine(on, on.unitId) });
    await refused(
      since(unpinned, (on, id) => [
        unitMove(on, on.secondId, 'quarantine', 'quarantined'),
        ['UPDATE allocation_line SET unit_id = $2 WHERE id = $1', id, on.secondId],
      ]),
      'allocation_line_usable',
    );
  });
});

describe('a movement', () => {
  test('does not take away pieces that are held', async () => {
    await refused(async (on) => {
      const there = await shelf.stock(on.bulkId, await shelf.site(), 1);
      await given(...piecesAreHeld(on, newId()));
      return [
        [
          `INSERT INTO movement (batch_id, part_id, kind, quantity, from_stock_id, to_stock_id) VALUES ($1, $2, 'transfer', 6, $3, $4)`,
          newId(),
          on.bulkId,
          on.stockId,
          there,
        ],
      ];
    }, 'movement_keeps_holds');
    await refused(
      since(piecesAreHeld, (on) => stockOut(on, 6, newId())),
      'movement_keeps_holds',
    );
    // A window that is over in a moment hides nothing.
    await refused(
      since(piecesAreHeld, (on) =>
        stockOut(on, 6, newId(), { during: `tstzrange(now(), now() + interval '1 microsecond')` }),
      ),
      'movement_keeps_holds',
    );
  });

  test('of pieces that come back needs the line that they went out with', async () => {
    await refused(
      (on) => [stockMove(on, 'return', 3, newId())],
      { code: '23503', constraint: 'movement_line_id_fkey' },
      { fronts: ['service', 'owner'] },
    );
    await refused((on) => [stockMove(on, 'return', 3, newId())], 'movement_line_of_same', { fronts: ['replica'] });
  });
});

test('a line of a held thing is no line of a thing that is out', async () => {
  await refused(
    since(unitIsHeld, (on) => {
      const head = newId();
      return [allocation(on, head), line(newId(), head, { state: 'held', ...unitLine(on, on.unitId) })];
    }),
    { code: '23P01', constraint: 'allocation_line_unit_window' },
  );
});
