import { describe, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { makeUnit } from './stock-support.ts';
import { makePart } from './support.ts';
import { insideTrigger, LIVE, moveStock, moveUnit, wallsOf } from './walls.ts';

const database = useDatabase();
const { refused, shelf } = wallsOf(database);

describe('units', () => {
  test('come into no state but by a movement', async () => {
    const born = `INSERT INTO unit (id, part_id, serial, state, location_id) VALUES ($1, $2, 'born', 'in_stock', $3)`;
    await refused(({ part, here }) => [[born, newId(), part.id, here.id]], 'unit_state_by_movement');
    await refused(
      ({ unit }) => [[`UPDATE unit SET state = 'lost', location_id = NULL WHERE id = $1`, unit.id]],
      'unit_state_by_movement',
    );
    await refused(
      ({ unit, there }) => [['UPDATE unit SET location_id = $2 WHERE id = $1', unit.id, there.id]],
      'unit_state_by_movement',
    );
  });

  test('that nothing received are not there', async () => {
    await refused(
      ({ part }) => [[`INSERT INTO unit (id, part_id, serial) VALUES ($1, $2, 'born')`, newId(), part.id]],
      'unit_has_a_movement',
    );
  });

  test('do not change their state through an upsert, a MERGE or a writable CTE', async () => {
    await refused(
      ({ unit, part }) => [
        [
          `INSERT INTO unit (id, part_id, serial) VALUES ($1, $2, 'again')
           ON CONFLICT (id) DO UPDATE SET state = 'retired', location_id = NULL`,
          unit.id,
          part.id,
        ],
      ],
      'unit_state_by_movement',
    );
    await refused(
      ({ unit }) => [
        [
          `MERGE INTO unit u USING (SELECT $1::uuid AS id) s ON u.id = s.id
           WHEN MATCHED THEN UPDATE SET state = 'lost', location_id = NULL`,
          unit.id,
        ],
      ],
      'unit_state_by_movement',
    );
    await refused(
      (on) => [
        [
          `WITH moved AS (INSERT INTO movement (batch_id, part_id, kind, unit_id, to_state, to_location_id)
             VALUES ($1, $2, 'transfer', $3, 'in_stock', $4))
           UPDATE unit SET state = 'retired', location_id = NULL WHERE id = $3`,
          newId(),
          on.part.id,
          on.unit.id,
          on.there.id,
        ],
      ],
      'unit_state_by_movement',
    );
  });

  test('do not change their state inside a trigger of somebody’s own', async () => {
    await refused(
      ({ unit }) =>
        insideTrigger(`UPDATE public.unit SET state = 'lost', location_id = NULL WHERE id = NEW.id`, unit.id),
      'unit_state_by_movement',
    );
  });

  test('go only the ways that a movement of the kind allows', async () => {
    const ways: readonly [string, string, boolean][] = [
      ['receive', 'in_stock', true],
      ['return', 'in_stock', true],
      ['repair_in', 'in_stock', true],
      ['release', 'in_stock', true],
      ['deploy', 'deployed', false],
      ['transfer', 'quarantined', true],
      ['count', 'quarantined', true],
      ['adjust', 'retired', false],
    ];
    for (const [kind, to, lies] of ways) {
      await refused((on) => [moveUnit(on, kind, to, lies ? on.there.id : null)], 'movement_way_of_unit', [
        'service',
        'owner',
        'replica',
      ]);
    }
  });

  test('lie somewhere exactly when they are in stock or quarantined', async () => {
    await refused((on) => [moveUnit(on, 'transfer', 'in_stock', null)], 'unit_lies_somewhere');
    await refused((on) => [moveUnit(on, 'scrap', 'retired', on.there.id)], 'unit_lies_somewhere');
  });

  test('are not in stock while they are damaged', async () => {
    await refused(
      ({ unit }) => [[`UPDATE unit SET condition = 'damaged' WHERE id = $1`, unit.id]],
      'unit_damaged_is_no_stock',
    );
  });

  test('stay pieces of their part, under one identity', async () => {
    const other = await makePart(database.db, 'serial');
    await refused(({ unit }) => [['UPDATE unit SET part_id = $2 WHERE id = $1', unit.id, other.id]], 'unit_part_stays');
    await refused(({ unit }) => [['UPDATE unit SET id = $2 WHERE id = $1', unit.id, newId()]], 'unit_part_stays');
  });

  test('have a serial once for each part, and an asset tag once', async () => {
    const born = 'INSERT INTO unit (id, part_id, serial) VALUES ($1, $2, upper($3))';
    const serial = { code: '23505', constraint: 'unit_serial_unique' };
    await refused(({ part, unit }) => [[born, newId(), part.id, unit.serial]], serial);
    const tag = `T-${newId().slice(-12)}`;
    const tagged = await shelf();
    await makeUnit(database.db, { partId: tagged.part.id, locationId: tagged.here.id, assetTag: tag });
    const twice = { code: '23505', constraint: 'unit_asset_tag_unique' };
    await refused(({ unit }) => [['UPDATE unit SET asset_tag = lower($2) WHERE id = $1', unit.id, tag]], twice);
  });

  test('are of parts that are tracked by serial, stock of parts in bulk', async () => {
    const unitOf = { code: '23503', constraint: 'unit_part_fkey' };
    await refused(
      ({ bulk }) => [[`INSERT INTO unit (id, part_id, serial) VALUES ($1, $2, 'born')`, newId(), bulk.id]],
      unitOf,
      LIVE,
    );
    const stockOf = { code: '23503', constraint: 'stock_part_fkey' };
    await refused(
      ({ part, here }) => [
        ['INSERT INTO stock (id, part_id, location_id) VALUES ($1, $2, $3)', newId(), part.id, here.id],
      ],
      stockOf,
      LIVE,
    );
    await refused(({ part }) => [[`UPDATE part SET tracking = 'bulk' WHERE id = $1`, part.id]], 'part_tracking_stays');
  });
});

describe('stock', () => {
  test('begins with nothing and changes by movements only', async () => {
    await refused(
      ({ bulk, here }) => [
        [
          `INSERT INTO stock (id, part_id, location_id, lot, quantity) VALUES ($1, $2, $3, 'new', 5)`,
          newId(),
          bulk.id,
          here.id,
        ],
      ],
      'stock_quantity_by_movement',
    );
    await refused(
      ({ stockId }) => [['UPDATE stock SET quantity = quantity + 1 WHERE id = $1', stockId]],
      'stock_quantity_by_movement',
    );
    await refused(
      ({ stockId, bulk, here }) => [
        [
          `INSERT INTO stock (id, part_id, location_id) VALUES ($1, $2, $3)
           ON CONFLICT ON CONSTRAINT stock_place_unique DO UPDATE SET quantity = 99`,
          stockId,
          bulk.id,
          here.id,
        ],
      ],
      'stock_quantity_by_movement',
    );
  });

  test('does not change inside a trigger of somebody’s own', async () => {
    for (const act of [
      'UPDATE public.stock SET quantity = 1000 WHERE id = NEW.id',
      `INSERT INTO public.stock (id, part_id, location_id, lot, quantity)
       SELECT gen_random_uuid(), part_id, location_id, 'from nowhere', 7 FROM public.stock WHERE id = NEW.id`,
    ]) {
      await refused(({ stockId }) => insideTrigger(act, stockId), 'stock_quantity_by_movement');
    }
  });

  test('is never negative', async () => {
    await refused((on) => [moveStock(on, 'scrap', { quantity: 11, from: on.stockId })], 'stock_quantity');
    await refused(
      (on) => [moveStock(on, 'transfer', { quantity: 11, from: on.stockId, to: on.otherStockId })],
      'stock_quantity',
    );
  });

  test('is one row for each part, place, lot, expiry and condition', async () => {
    const twice = { code: '23505', constraint: 'stock_place_unique' };
    await refused(
      ({ bulk, here }) => [
        ['INSERT INTO stock (id, part_id, location_id) VALUES ($1, $2, $3)', newId(), bulk.id, here.id],
      ],
      twice,
    );
  });

  test('stays the row that it is', async () => {
    for (const change of [
      `location_id = (SELECT id FROM location WHERE id <> location_id LIMIT 1)`,
      `lot = 'other'`,
      `condition = 'quarantined'`,
      `expires_on = '2099-01-01'`,
      'id = gen_random_uuid()',
    ]) {
      await refused(({ stockId }) => [[`UPDATE stock SET ${change} WHERE id = $1`, stockId]], 'stock_place_stays');
    }
  });
});
