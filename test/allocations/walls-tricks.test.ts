import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { insideTrigger } from '../inventory/walls.ts';
import type { Blow } from '../support/attack.ts';
import { useDatabase } from '../support/database.ts';
import {
  change,
  end,
  kept,
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
const { attacker, given, pool, refused, since } = poolOf(database);
const LIVE = ['service', 'owner', 'replica'] as const;
const AT_ONCE: Blow = ['SET CONSTRAINTS ALL IMMEDIATE'];
const LATER: Blow = ['SET CONSTRAINTS ALL DEFERRED'];
const unitIsOut = (on: Pool, lineId: string) => unitOut(on, on.unitId, lineId);
const piecesAreOut = (on: Pool, lineId: string) => stockOut(on, 5, lineId);

describe('checks at once, followed by more writes', () => {
  test('do not let pass what comes after them', async () => {
    await refused(
      (on) => [...unitOut(on, on.unitId, newId()), AT_ONCE, ...unitOut(on, on.secondId, newId()).slice(0, 2)],
      'allocation_line_ledger',
      { fronts: LIVE },
    );
    await refused(
      (on) => [...unitOut(on, on.unitId, newId()), AT_ONCE, LATER, ...unitOut(on, on.secondId, newId())],
      'allocation_line_floor',
      { units: 2, reserve: 1, fronts: LIVE },
    );
    await refused(
      (on) => [
        ...stockOut(on, 3, newId()),
        AT_ONCE,
        LATER,
        ...kept(on, newId(), { state: 'held', ...stockLine(on, 8) }),
      ],
      'allocation_line_stock_held',
      { fronts: LIVE },
    );
    await refused(
      (on) => [...kept(on, newId(), seatLine(on, 3)), AT_ONCE, ...kept(on, newId(), seatLine(on, 3))],
      'allocation_line_seats',
      { fronts: LIVE },
    );
    await refused(
      since(unitIsOut, (on, id) => [
        AT_ONCE,
        end(id, 'returned'),
        unitMove(on, on.unitId, 'return', 'in_stock', { line_id: id }),
      ]),
      'allocation_line_ledger',
      { fronts: LIVE },
    );
  });
});

describe('savepoints', () => {
  test('that are rolled back take the movement along with its check', async () => {
    await refused(
      (on) => {
        const [head, row, move] = unitOut(on, on.unitId, newId());
        return [head, row, ['SAVEPOINT s'], move, ['ROLLBACK TO SAVEPOINT s']].filter(
          (blow) => blow !== undefined,
        ) as Blow[];
      },
      'allocation_line_ledger',
      { fronts: LIVE },
    );
  });
});

describe('triggers of somebody’s own', () => {
  test('do not end a line, nor shift it, without what belongs to it', async () => {
    const acts = [
      [
        `UPDATE public.allocation_line SET state = 'returned', ended_at = now() WHERE id = NEW.id`,
        'allocation_line_ledger',
      ],
      ['UPDATE public.allocation_line SET quantity = 1 WHERE id = NEW.id', 'allocation_line_split_sums'],
      ['UPDATE public.allocation_line SET quantity = 9 WHERE id = NEW.id', 'allocation_line_stays_what_it_is'],
      ['DELETE FROM public.allocation_line WHERE id = NEW.id', 'allocation_line_never_deleted'],
    ] as const;
    for (const [act, constraint] of acts) {
      await refused(
        since(piecesAreOut, (_, id) => insideTrigger(act, id)),
        constraint,
        { fronts: LIVE },
      );
    }
  });

  test('are not put on our tables by the service', async () => {
    for (const table of ['unit', 'stock', 'movement', 'allocation_line', 'part', 'entitlement']) {
      const steps: Blow[] = [
        [`CREATE FUNCTION pg_temp.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`],
        [`CREATE TRIGGER swallow BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION pg_temp.swallow()`],
      ];
      expect(await attacker.strike('service', steps)).toEqual({ code: '42501' });
      for (const sql of [
        `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
        `DROP TABLE ${table} CASCADE`,
        `CREATE RULE r AS ON INSERT TO ${table} DO INSTEAD NOTHING`,
      ]) {
        expect(await attacker.strike('service', [[sql]])).toEqual({ code: '42501' });
      }
    }
    for (const sql of [
      'SET session_replication_role = replica',
      'CREATE SCHEMA evil',
      'CREATE TABLE public.evil (id integer)',
      `SELECT setval('movement_id_seq', 1)`,
    ]) {
      expect(await attacker.strike('service', [[sql]])).toEqual({ code: '42501' });
    }
  });

  test('that swallow a movement after it was carried out are found', async () => {
    const on = await pool();
    const swallow: Blow[] = [
      [`CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`],
      ['CREATE TRIGGER zz_swallow BEFORE INSERT ON movement FOR EACH ROW EXECUTE FUNCTION swallow()'],
    ];
    const received = `INSERT INTO movement (batch_id, part_id, kind, quantity, to_stock_id) VALUES ($1, $2, 'receive', 7, $3)`;
    expect(await attacker.strike('owner', [...swallow, [received, newId(), on.bulkId, on.stockId]])).toEqual({
      code: '23514',
      constraint: 'stock_quantity_by_movement',
    });
    const moved = unitMove(on, on.unitId, 'scrap', 'retired');
    expect(await attacker.strike('owner', [...swallow, moved])).toEqual({
      code: '23514',
      constraint: 'unit_state_by_movement',
    });
  });
});

describe('temporary tables before ours', () => {
  const shadow = (table: string): Blow => [`CREATE TEMP TABLE ${table} (LIKE public.${table})`];
  const gone = (...tables: string[]): Blow => [`DROP TABLE ${tables.map((table) => `pg_temp.${table}`).join(', ')}`];
  const real = (blows: readonly Blow[]) =>
    blows.map(
      ([sql, ...parameters]): Blow => [
        sql.replace(/(INTO|UPDATE|FROM) (allocation_line|allocation|movement) /, '$1 public.$2 '),
        ...parameters,
      ],
    );

  test('hide no floor', async () => {
    await refused(
      (on) => [
        shadow('part'),
        shadow('part_reserve'),
        shadow('allocation_line'),
        ...real(unitOut(on, on.unitId, newId())),
        ...real(unitOut(on, on.secondId, newId())),
        AT_ONCE,
        gone('part', 'part_reserve', 'allocation_line'),
      ],
      'allocation_line_floor',
      { units: 2, reserve: 1, fronts: LIVE },
    );
  });

  test('add no seats, no pieces and no movement', async () => {
    await refused(
      (on) => [
        shadow('entitlement'),
        ['INSERT INTO pg_temp.entitlement SELECT * FROM public.entitlement WHERE id = $1', on.entitlementId],
        ['UPDATE pg_temp.entitlement SET quantity = 1000'],
        ...real(kept(on, newId(), seatLine(on, 9))),
        AT_ONCE,
        gone('entitlement'),
      ],
      'allocation_line_seats',
      { fronts: LIVE },
    );
    await refused(
      (on) => [
        shadow('stock'),
        ['INSERT INTO pg_temp.stock SELECT * FROM public.stock WHERE id = $1', on.stockId],
        ['UPDATE pg_temp.stock SET quantity = 1000'],
        ...real(kept(on, newId(), { state: 'held', ...stockLine(on, 11) })),
        AT_ONCE,
        gone('stock'),
      ],
      'allocation_line_stock_held',
      { fronts: LIVE },
    );
    await refused(
      since(piecesAreOut, (_on, id) => [
        shadow('movement'),
        [`INSERT INTO pg_temp.movement SELECT * FROM public.movement WHERE line_id = $1`, id],
        [`UPDATE pg_temp.movement SET kind = 'return'`],
        ...real([end(id, 'returned')]),
        AT_ONCE,
        gone('movement'),
      ]),
      'allocation_line_ledger',
      { fronts: LIVE },
    );
  });
});

test('a line that waits can be moved to a usable unit of its part, and to no unit of another', async () => {
  const [on, other] = [await pool(), await pool()];
  const id = newId();
  await given(...kept(on, id, { state: 'held', pinned: false, ...unitLine(on, on.unitId) }));
  await given(change(id, `unit_id = '${on.secondId}'`));
  expect(await attacker.strike('service', [change(id, `unit_id = '${other.unitId}'`)])).toEqual({
    code: '23503',
    constraint: 'allocation_line_unit_fkey',
  });
  expect(await attacker.strike('service', [stockMove(on, 'issue', 1, id)])).toEqual({
    code: '23514',
    constraint: 'movement_line_of_same',
  });
});
