import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import type { Blow } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import {
  allocation,
  change,
  end,
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
const { attacker, given, pool, refused, shelf, since } = poolOf(database);

const unitIsOut = (on: Pool, lineId: string) => unitOut(on, on.unitId, lineId);
const unitIsHeld = (on: Pool, lineId: string) => kept(on, lineId, { state: 'held', ...unitLine(on, on.unitId) });
const fiveAreOut = (on: Pool, lineId: string) => stockOut(on, 5, lineId);
const fiveAreHeld = (on: Pool, lineId: string) => kept(on, lineId, { state: 'held', ...stockLine(on, 5) });
const seatsAreOut = (on: Pool, lineId: string) => kept(on, lineId, seatLine(on, 2), { form: 'checkout' });

describe('what the service writes', () => {
  test('is let through: out and back, in part, by one statement or by several', async () => {
    const on = await pool();
    const [unit, pieces, seats, part] = [newId(), newId(), newId(), newId()];
    await given(...unitIsOut(on, unit), ...fiveAreOut(on, pieces), ...seatsAreOut(on, seats));
    await given(end(unit, 'returned'), unitMove(on, on.unitId, 'return', 'in_stock', { line_id: unit }));
    await given(
      [
        `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, root_line_id, issued_at, ended_at)
         SELECT $2, allocation_id, position, kind, part_id, stock_id, 2, 'returned', during, id, issued_at, now() FROM allocation_line WHERE id = $1`,
        pieces,
        part,
      ],
      change(pieces, 'quantity = 3'),
      stockMove(on, 'return', 2, pieces),
    );
    await given([
      `WITH head AS (INSERT INTO allocation (id, form, purpose, holder_kind, holder_id) VALUES ($1, 'checkout', 'loan', 'team', $2)),
       taken AS (INSERT INTO allocation_line (id, root_line_id, allocation_id, position, kind, part_id, unit_id, quantity, state, during, issued_at)
         VALUES ($3, $3, $1, 0, 'unit', $4, $5, 1, 'issued', tstzrange(now(), 'infinity'), now()))
       INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, line_id) VALUES ($1, 'issue', $4, $5, 'issued', $3)`,
      newId(),
      on.holderId,
      newId(),
      on.partId,
      on.unitId,
    ]);
  });
});

describe('lines and movements', () => {
  test('agree: no line is issued without its movement, and no movement issues without its line', async () => {
    await refused((on) => unitOut(on, on.unitId, newId()).slice(0, 2), 'allocation_line_ledger');
    await refused((on) => stockOut(on, 2, newId()).slice(0, 2), 'allocation_line_ledger');
    await refused(
      since(unitIsHeld, (on, id) => [unitMove(on, on.unitId, 'issue', 'issued', { line_id: id })]),
      'allocation_line_ledger',
    );
    await refused(
      since(fiveAreHeld, (on, id) => [stockMove(on, 'issue', 5, id)]),
      'allocation_line_ledger',
    );
  });

  test('agree on how many went out and came back', async () => {
    const out = (moved: number) => (on: Pool) => {
      const [head, id] = [newId(), newId()];
      return [allocation(on, head), line(id, head, stockLine(on, 3)), stockMove(on, 'issue', moved, id)];
    };
    await refused(out(2), 'allocation_line_ledger');
    await refused(out(4), 'allocation_line_ledger');
    await refused(
      since(fiveAreOut, (on, id) => [end(id, 'returned'), stockMove(on, 'return', 4, id)]),
      'allocation_line_ledger',
    );
    await refused(
      since(fiveAreOut, (on, id) => [end(id, 'lost'), stockMove(on, 'return', 5, id)]),
      'allocation_line_ledger',
    );
    await refused(
      since(fiveAreOut, (on, id) => [stockMove(on, 'return', 5, id)]),
      'allocation_line_ledger',
    );
  });

  test('agree also in one statement', async () => {
    await refused((on) => {
      const [head, id] = [newId(), newId()];
      return [
        allocation(on, head),
        [
          `WITH taken AS (INSERT INTO allocation_line (id, root_line_id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, issued_at)
             VALUES ($1, $1, $2, 0, 'stock', $3, $4, 1, 'issued', tstzrange(now(), 'infinity'), now()))
           INSERT INTO movement (batch_id, kind, part_id, quantity, from_stock_id, line_id) VALUES ($2, 'issue', $3, 6, $4, $1)`,
          id,
          head,
          on.bulkId,
          on.stockId,
        ],
      ];
    }, 'allocation_line_ledger');
  });

  test('agree on how a unit’s line ends', async () => {
    await refused(
      since(unitIsOut, (_, id) => [end(id, 'returned')]),
      'allocation_line_ledger',
    );
    await refused(
      since(unitIsOut, (on, id) => [unitMove(on, on.unitId, 'return', 'in_stock', { line_id: id })]),
      'allocation_line_ledger',
    );
    await refused(
      since(unitIsOut, (on) => [unitMove(on, on.unitId, 'adjust', 'lost')]),
      'allocation_line_ledger',
    );
    await refused(
      since(unitIsOut, (on) => [unitMove(on, on.unitId, 'scrap', 'retired')]),
      'allocation_line_ledger',
    );
    for (const state of ['lost', 'deployed', 'consumed', 'damaged']) {
      await refused(
        since(unitIsOut, (on, id) => [end(id, state), unitMove(on, on.unitId, 'return', 'in_stock', { line_id: id })]),
        'allocation_line_ledger',
      );
    }
  });

  test('are of the same thing', async () => {
    const pieces = newId();
    await refused(
      since(unitIsOut, (on) => [unitMove(on, on.secondId, 'issue', 'issued', { line_id: pieces })]),
      { code: '23503', constraint: 'movement_line_id_fkey' },
      { fronts: ['service', 'owner'] },
    );
    await refused(
      since(unitIsOut, (on, id) => [unitMove(on, on.secondId, 'issue', 'issued', { line_id: id })]),
      'movement_line_of_same',
    );
    await refused(async (on) => {
      const [other, id] = [await shelf.stock(on.bulkId, await shelf.site(), 9), newId()];
      return [...stockOut(on, 3, id).slice(0, 2), stockMove(on, 'issue', 3, id, { from_stock_id: other })];
    }, 'movement_line_of_same');
    await refused(async (on) => {
      const elsewhere = await pool();
      const id = newId();
      return [...stockOut(on, 3, id).slice(0, 2), stockMove(elsewhere, 'issue', 3, id)];
    }, 'movement_line_of_same');
  });

  test('of a split are counted at its first line, so a movement for another one is refused', async () => {
    await refused(async (on) => {
      const [id, part] = [newId(), newId()];
      await given(...fiveAreOut(on, id));
      await given(split(id, part, 2, 'returned'), change(id, 'quantity = 3'), stockMove(on, 'return', 2, id));
      return [stockMove(on, 'issue', 4, part)];
    }, 'movement_line_of_same');
  });
});

describe('splits', () => {
  test('take what they have from their first line, and invent nothing', async () => {
    await refused(
      since(fiveAreOut, (_, id) => [split(id, newId(), 2, 'lost')]),
      'allocation_line_split_sums',
    );
    await refused(
      since(fiveAreOut, (on, id) => [split(id, newId(), 2, 'returned'), stockMove(on, 'return', 2, id)]),
      'allocation_line_split_sums',
    );
    await refused(
      since(seatsAreOut, (_, id) => [split(id, newId(), 50, 'returned')]),
      'allocation_line_split_sums',
    );
    await refused(
      since(seatsAreOut, (_, id) => [change(id, 'quantity = 1')]),
      'allocation_line_split_sums',
    );
    await refused(
      since(fiveAreHeld, (_, id) => [split(id, newId(), 2, 'released'), change(id, 'quantity = 4')]),
      'allocation_line_split_sums',
    );
  });

  test('are of the same thing and the same allocation as a first line that is there already', async () => {
    await refused(
      since(fiveAreOut, (on, id) => {
        const head = newId();
        return [allocation(on, head), line(newId(), head, { ...stockLine(on, 1), root_line_id: id })];
      }),
      'allocation_line_split_of_same',
    );
    await refused(
      since(seatsAreOut, (on, id) => [
        [
          `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, root_line_id, issued_at)
           SELECT $2, allocation_id, 0, 'stock', $3, $4, 1, 'issued', during, id, issued_at FROM allocation_line WHERE id = $1`,
          id,
          newId(),
          on.bulkId,
          on.stockId,
        ],
      ]),
      'allocation_line_split_of_same',
    );
    // Both in one statement, the split first.
    await refused((on) => {
      const [head, first] = [newId(), newId()];
      return [
        allocation(on, head),
        [
          `INSERT INTO allocation_line (id, root_line_id, allocation_id, position, kind, part_id, stock_id, quantity, state, during, expires_at)
           SELECT v.id, $2, $1, 0, 'stock', $3, $4, 1, 'held', tstzrange(now(), 'infinity'), now() + interval '1 day'
           FROM (VALUES ($5::uuid), ($2::uuid)) v (id)`,
          head,
          first,
          on.bulkId,
          on.stockId,
          newId(),
        ],
      ];
    }, 'allocation_line_split_of_same');
  });

  test('of a split hang on the first line', async () => {
    await refused(async (on) => {
      const [id, part] = [newId(), newId()];
      await given(...fiveAreOut(on, id));
      await given(split(id, part, 2, 'lost'), change(id, 'quantity = 3'));
      return [split(part, newId(), 1, 'lost')];
    }, 'allocation_line_split_of_same');
  });
});

function split(id: string, partId: string, quantity: number, state: string): Blow {
  return [
    `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, unit_id, stock_id, entitlement_id, quantity,
       state, during, expires_at, root_line_id, issued_at, ended_at)
     SELECT $2, allocation_id, position, kind, part_id, unit_id, stock_id, entitlement_id, $3, $4, during, expires_at, id,
       issued_at, now() FROM allocation_line WHERE id = $1`,
    id,
    partId,
    quantity,
    state,
  ];
}

test('the database that was attacked still sums', async () => {
  const [row] = await database.db.rows<{ wrong: string }>(
    `SELECT count(*) AS wrong FROM stock s WHERE quantity <> (
       SELECT coalesce(sum(CASE WHEN to_stock_id = s.id THEN m.quantity ELSE -m.quantity END), 0)
       FROM movement m WHERE s.id IN (m.to_stock_id, m.from_stock_id))`,
  );
  expect(row).toEqual({ wrong: '0' });
  expect(attacker).toBeDefined();
});
