import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { makePart } from './support.ts';
import { MOVE, moveStock, moveUnit, type Shelf, wallsOf } from './walls.ts';

const database = useDatabase();
const { attacker, refused, shelf, sums } = wallsOf(database);

describe('movements', () => {
  test('are never rewritten, deleted or truncated', async () => {
    for (const sql of [
      'UPDATE movement SET quantity = 5',
      `UPDATE movement SET reason = 'nicer'`,
      'DELETE FROM movement',
      'TRUNCATE movement',
      'MERGE INTO movement m USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE',
    ]) {
      await refused(() => [[sql]], { code: '42501' });
    }
    await refused(() => [['TRUNCATE unit_test']], { code: '42501' });
  });

  test('that a conflict keeps out of the ledger do not move anything', async () => {
    const at = `INSERT INTO movement (id, batch_id, part_id, kind, quantity, to_stock_id) OVERRIDING SYSTEM VALUE
      SELECT max(id), $1, $2, 'receive', 500, $3 FROM movement ON CONFLICT (id) DO NOTHING`;
    for (const front of ['service', 'owner', 'replica'] as const) {
      const on = await shelf();
      await attacker.strike(front, [[at, newId(), on.bulk.id, on.stockId]]);
      expect(await sums(on.stockId)).toMatchObject({ isBalanced: true });
    }
  });

  test('are numbered, timed and filled in by the database, whatever the writer says', async () => {
    const on = await shelf();
    const before = await lastMovement();
    const met = await attacker.strike('service', [
      [
        `INSERT INTO movement (id, batch_id, part_id, kind, quantity, to_stock_id, recorded_at, to_location_id, from_location_id, to_balance, from_balance)
         OVERRIDING SYSTEM VALUE VALUES (-7, $1, $2, 'receive', 3, $3, '2001-01-01', $4, $4, 77, 88)`,
        newId(),
        on.bulk.id,
        on.stockId,
        on.there.id,
      ],
    ]);
    expect(met).toBeUndefined();
    const after = await lastMovement();
    expect(Number(after?.id)).toBeGreaterThan(Number(before?.id));
    expect(after).toMatchObject({
      to_location_id: on.here.id,
      from_location_id: null,
      to_balance: 13,
      from_balance: null,
      isNow: true,
    });
  });

  test('concern one thing, from where to where their kind says, with a reason where it asks for one', async () => {
    const both =
      'INSERT INTO movement (batch_id, part_id, kind, unit_id, to_stock_id, to_state) VALUES ($1, $2, $3, $4, $5, $6)';
    await refused(
      ({ part, unit, stockId, here }) => [
        [
          both.replace('to_state)', 'to_state, to_location_id)').replace('$6)', '$6, $7)'),
          newId(),
          part.id,
          'transfer',
          unit.id,
          stockId,
          'in_stock',
          here.id,
        ],
      ],
      'movement_of_one_thing',
    );
    await refused((on) => [moveStock(on, 'receive', { from: on.stockId })], 'movement_stock_ends');
    await refused((on) => [moveStock(on, 'transfer', { from: on.stockId })], 'movement_stock_ends');
    await refused((on) => [moveStock(on, 'deploy', { from: on.stockId })], 'movement_issue_has_line');
    await refused((on) => [moveStock(on, 'transfer', { from: on.stockId, to: on.stockId })], 'movement_between_two');
    await refused((on) => [moveStock(on, 'adjust', { to: on.stockId, reason: null })], 'movement_adjust_has_reason');
    await refused((on) => [moveStock(on, 'receive', { to: on.stockId, quantity: 0 })], 'movement_quantity');
    await refused((on) => [moveStock(on, 'receive', { to: on.stockId, quantity: -5 })], 'movement_quantity');
    const future = `INSERT INTO movement (batch_id, part_id, kind, quantity, to_stock_id, occurred_at) VALUES ($1, $2, 'receive', 1, $3, now() + interval '1 hour')`;
    await refused(({ bulk, stockId }) => [[future, newId(), bulk.id, stockId]], 'movement_not_in_future');
  });

  test('name the part that their unit or stock row is of', async () => {
    const other = await makePart(database.db, 'bulk');
    const stockOf = { code: '23503', constraint: 'movement_to_stock_fkey' };
    await refused(({ stockId }) => [[MOVE, newId(), other.id, 'receive', 1, null, stockId, null]], stockOf, [
      'service',
      'owner',
    ]);
    const unitOf = { code: '23503', constraint: 'movement_unit_fkey' };
    await refused(
      ({ unit, there, part }) => [
        moveUnit({ part: { ...part, id: other.id }, unit } as Shelf, 'transfer', 'in_stock', there.id),
      ],
      unitOf,
      ['service', 'owner'],
    );
  });

  test('of issue and return need the line of an allocation', async () => {
    await refused((on) => [moveStock(on, 'issue', { from: on.stockId })], 'movement_issue_has_line');
    await refused((on) => [moveStock(on, 'return', { to: on.stockId })], 'movement_issue_has_line');
    await refused((on) => [moveUnit(on, 'issue', 'issued', null)], 'movement_issue_has_line');
  });

  test('are written under READ COMMITTED only', async () => {
    await refused((on) => [moveStock(on, 'receive', { to: on.stockId })], 'movement_isolation', [
      'repeatable read',
      'serializable',
    ]);
  });

  test('by COPY are carried out and refused like any other', async () => {
    const on = await shelf();
    const line = (kind: string, quantity: number, to: string) =>
      `${newId()}\t${on.bulk.id}\t${kind}\t${quantity}\t${to}\n`;
    const into = 'COPY movement (batch_id, part_id, kind, quantity, to_stock_id) FROM STDIN';
    expect(
      await attacker.copy('service', into, line('receive', 1, on.stockId) + line('receive', 2, on.stockId)),
    ).toBeUndefined();
    expect(await sums(on.stockId)).toEqual({ quantity: 13, isBalanced: true });
    const returned = line('receive', 4, on.stockId) + line('return', 1, on.stockId);
    expect(await attacker.copy('owner', into, returned)).toEqual({
      code: '23514',
      constraint: 'movement_issue_has_line',
    });
    expect(
      await attacker.copy(
        'service',
        'COPY stock (id, part_id, location_id, lot, quantity) FROM STDIN',
        `${newId()}\t${on.bulk.id}\t${on.here.id}\tcopied\t5\n`,
      ),
    ).toEqual({ code: '23514', constraint: 'stock_quantity_by_movement' });
    expect(await sums(on.stockId)).toEqual({ quantity: 13, isBalanced: true });
  });

  async function lastMovement() {
    const [row] = await database.db.rows<Record<string, unknown>>(
      `SELECT *, recorded_at > clock_timestamp() - interval '1 minute' AS "isNow" FROM movement ORDER BY id DESC LIMIT 1`,
    );
    return row;
  }
});

describe('temporary tables before ours', () => {
  test('do not take what a movement carries out, nor what a guard reads', async () => {
    for (const front of ['service', 'owner', 'replica'] as const) {
      const on = await shelf();
      const met = await attacker.strike(front, [
        ['CREATE TEMP TABLE unit (LIKE public.unit) ON COMMIT DROP'],
        ['CREATE TEMP TABLE stock (LIKE public.stock) ON COMMIT DROP'],
        ['INSERT INTO pg_temp.stock SELECT * FROM public.stock WHERE id = $1', on.stockId],
        [MOVE.replace('movement', 'public.movement'), newId(), on.bulk.id, 'receive', 5, null, on.stockId, null],
        ['DROP TABLE pg_temp.unit, pg_temp.stock'],
      ]);
      expect(met).toBeUndefined();
      expect(await sums(on.stockId)).toEqual({ quantity: 15, isBalanced: true });
    }
  });

  test('cannot be told from the tables by any trigger function that reads one', async () => {
    const careless = await database.db.rows(
      `SELECT DISTINCT p.proname FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
       WHERE NOT g.tgisinternal AND p.pronamespace = 'public'::regnamespace
         AND p.prosrc ~ '\\m(SELECT|PERFORM|UPDATE|INSERT)\\M' AND NOT coalesce(p.proconfig::text LIKE '%search_path=public, pg_temp%', false)`,
    );
    expect(careless).toEqual([]);
  });
});
