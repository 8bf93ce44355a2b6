import { expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { Blow } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import { insideTrigger, moveUnit, type Shelf, wallsOf } from './walls.ts';

const database = useDatabase();
const { attacker, refused, shelf } = wallsOf(database);

/** A unit that is written with a state and a place, before any movement. */
const BORN = 'INSERT INTO unit (id, part_id, serial, state, location_id) VALUES ($1, $2, $1::uuid::text, $3, $4)';

/** The shelf with a unit that is not there yet, and how it is written. */
function arriving(on: Shelf) {
  const unit = { ...on.unit, id: newId() };
  return {
    on: { ...on, unit },
    born: (state: string, place: string | null): Blow => [BORN, unit.id, on.part.id, state, place],
  };
}

test('a unit may be written as its receipt finds it, and is as that says', async () => {
  for (const front of ['service', 'owner', 'replica'] as const) {
    const { on, born } = arriving(await shelf());
    const { here, unit } = on;
    const met = await attacker.strike(front, [
      born('quarantined', here.id),
      moveUnit(on, 'receive', 'quarantined', here.id),
      moveUnit(on, 'release', 'in_stock', here.id),
    ]);
    expect(met).toBeUndefined();
    const chain = await database.db.rows(
      'SELECT kind, from_state, from_location_id, to_state FROM movement WHERE unit_id = $1 ORDER BY id',
      [unit.id],
    );
    expect(chain).toEqual([
      { kind: 'receive', from_state: null, from_location_id: null, to_state: 'quarantined' },
      { kind: 'release', from_state: 'quarantined', from_location_id: here.id, to_state: 'in_stock' },
    ]);
    expect(await database.db.rows('SELECT state, location_id FROM unit WHERE id = $1', [unit.id])).toEqual([
      { state: 'in_stock', location_id: here.id },
    ]);
  }
});

test('a unit does not begin with another movement than a receipt', async () => {
  const ways = [
    ['in_stock', 'transfer', 'in_stock'],
    ['in_stock', 'count', 'in_stock'],
    ['quarantined', 'release', 'in_stock'],
    ['lost', 'adjust', 'in_stock'],
    ['in_repair', 'repair_in', 'in_stock'],
    ['in_stock', 'scrap', 'retired'],
  ] as const;
  for (const [state, kind, to] of ways) {
    await refused((shelved) => {
      const { on, born } = arriving(shelved);
      const place = (of: string) => (['in_stock', 'quarantined'].includes(of) ? on.here.id : null);
      return [born(state, place(state)), moveUnit(on, kind, to, place(to))];
    }, 'unit_state_by_movement');
  }
});

test('a receipt to another place or into another state is none of the unit that was written', async () => {
  const fronts = ['service', 'owner', 'replica'] as const;
  await refused(
    (shelved) => {
      const { on, born } = arriving(shelved);
      return [born('in_stock', on.here.id), moveUnit(on, 'receive', 'in_stock', on.there.id)];
    },
    'movement_way_of_unit',
    fronts,
  );
  await refused(
    (shelved) => {
      const { on, born } = arriving(shelved);
      return [born('deployed', null), moveUnit(on, 'receive', 'in_repair', null)];
    },
    'movement_way_of_unit',
    fronts,
  );
  // Without foreign keys the receipt can come first.
  await refused(
    (shelved) => {
      const { on, born } = arriving(shelved);
      return [moveUnit(on, 'receive', 'in_stock', on.here.id), born('in_stock', on.there.id)];
    },
    'unit_state_by_movement',
    ['replica'],
  );
});

test('a unit is received once, also by one statement', async () => {
  await refused(
    (shelved) => {
      const { on, born } = arriving(shelved);
      const { part, unit, here } = on;
      return [
        born('in_stock', here.id),
        [
          `INSERT INTO movement (batch_id, part_id, kind, unit_id, to_state, to_location_id)
           SELECT $1, $2, 'receive', $3, 'in_stock', $4 FROM generate_series(1, 2)`,
          newId(),
          part.id,
          unit.id,
          here.id,
        ],
      ];
    },
    'movement_way_of_unit',
    ['service', 'owner', 'replica'],
  );
});

test('a unit that is moved between its writing and its receipt, inside a trigger of somebody’s own, is refused', async () => {
  await refused((shelved) => {
    const { on, born } = arriving(shelved);
    const moved = `UPDATE public.unit SET location_id = '${on.there.id}' WHERE id = NEW.id`;
    return [
      born('in_stock', on.here.id),
      ...insideTrigger(moved, on.unit.id),
      moveUnit(on, 'receive', 'in_stock', on.there.id),
    ];
  }, 'unit_state_by_movement');
});

test('nothing arrives at a retired location, whatever tables of that name somebody has', async () => {
  await refused((shelved) => {
    const { on, born } = arriving(shelved);
    const gone = newId();
    return [
      ['CREATE TEMP TABLE arrived (location_id uuid) ON COMMIT DROP'],
      [
        `INSERT INTO location (id, code, name, kind, retired_at, retired_reason)
         VALUES ($1, $1::uuid::text, 'Gone', 'site', now(), 'Closed')`,
        gone,
      ],
      born('in_stock', on.here.id),
      [BORN, newId(), on.part.id, 'in_stock', gone],
    ];
  }, 'unit_location_in_use');
});
