import { beforeAll, describe, expect, test } from 'vitest';
import type { LedgerFinding } from '../../src/inventory/ledger-finding.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { MOVEMENT_KINDS } from '../../src/inventory/movement-line.ts';
import { UNIT_STATES } from '../../src/inventory/unit-state.ts';
import { UNIT_WAYS } from '../../src/inventory/unit-way.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import { runAs, type TestDatabase, useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeStock, makeUnit } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

/** Changes rows as whoever owns the machine may: no trigger, no key, no check of the service sees it. */
async function tamper(database: TestDatabase, ...statements: (readonly [sql: string, parameters: unknown[]])[]) {
  const each = async (verb: 'DISABLE' | 'ENABLE') => {
    for (const table of ['unit', 'stock', 'movement', 'allocation_line']) {
      await runAs(database.superuser, `ALTER TABLE ${table} ${verb} TRIGGER ALL`);
    }
  };
  await each('DISABLE');
  try {
    for (const [sql, parameters] of statements) await runAs(database.superuser, sql, parameters);
  } finally {
    await each('ENABLE');
  }
}

const short = ({ kind, subjectId, expected, actual }: LedgerFinding) => [kind, subjectId, expected, actual];

describe('an empty register', () => {
  const database = useDatabase();

  test('is never sound: nothing was checked', async () => {
    expect(await verifyLedger(database)).toEqual({
      sound: false,
      checked: { units: 0, stockRows: 0, movements: 0, lines: 0 },
      findings: [],
      findingsOmitted: 0,
    });
  });
});

describe('the verification of the ledger', () => {
  const database = useDatabase();
  const { done } = useStockApp(database);
  const verify = () => verifyLedger(database);

  /** Two places, a unit that has moved, and a stock row with a history. */
  async function scene() {
    const { db } = database;
    const [here, there] = [await makeLocation(db), await makeLocation(db)];
    const part = await makePart(db, 'serial');
    const { id: unit } = await makeUnit(db, { partId: part.id, locationId: here.id });
    const bulk = await makePart(db, 'bulk');
    const stock = await makeStock(db, { partId: bulk.id, locationId: here.id, quantity: 10 });
    await done('transfers', {
      lines: [
        { kind: 'unit', unitId: unit, toLocationId: there.id },
        { kind: 'stock', stockId: stock, quantity: 4, toLocationId: there.id },
      ],
    });
    return { here: here.id, there: there.id, part: part.id, bulk: bulk.id, unit, stock };
  }

  /** What is found that was not found before: each test leaves its damage behind. */
  async function newly(work: () => Promise<void>): Promise<unknown[][]> {
    const before = new Set((await verify()).findings.map((finding) => JSON.stringify(finding)));
    await work();
    const after = await verify();
    expect(after.sound).toBe(false);
    return after.findings.filter((finding) => !before.has(JSON.stringify(finding))).map(short);
  }

  beforeAll(async () => {
    await scene();
  });

  test('finds nothing in a register that only movements have written, and says how much it looked at', async () => {
    await scene();
    const told: [string, number, number][] = [];
    const report = await verifyLedger({ db: database.db, onProgress: (...progress) => told.push(progress) });
    expect(report).toEqual({
      sound: true,
      checked: { units: 2, stockRows: 4, movements: 8, lines: 0 },
      findings: [],
      findingsOmitted: 0,
    });
    expect(told).toEqual([
      ['units', 2, 2],
      ['stockRows', 4, 4],
      ['movements', 8, 8],
    ]);
  });

  test('names a unit whose state or place was written over', async () => {
    const { unit, here, there } = await scene();
    const found = await newly(() => tamper(database, ['UPDATE unit SET location_id = $1 WHERE id = $2', [here, unit]]));
    expect(found).toEqual([['unit-place-differs', unit, there, here]]);
    const again = await newly(() =>
      tamper(database, [`UPDATE unit SET state = 'lost', location_id = NULL WHERE id = $1`, [unit]]),
    );
    expect(again).toEqual([
      ['unit-place-differs', unit, there, 'nothing'],
      ['unit-state-differs', unit, 'in_stock', 'lost'],
    ]);
  });

  test('names a stock row whose quantity was written over', async () => {
    const { stock } = await scene();
    const found = await newly(() => tamper(database, ['UPDATE stock SET quantity = 7 WHERE id = $1', [stock]]));
    expect(found).toEqual([['stock-sum-differs', stock, '6', '7']]);
  });

  test('names a unit that no movement received, and one whose receipt was taken out', async () => {
    const { unit, here, part } = await scene();
    const smuggled = newId();
    const found = await newly(() =>
      tamper(
        database,
        [
          `INSERT INTO unit (id, part_id, serial, state, location_id) VALUES ($1, $2, 'smuggled', 'in_stock', $3)`,
          [smuggled, part, here],
        ],
        [`DELETE FROM movement WHERE unit_id = $1 AND kind = 'receive'`, [unit]],
      ),
    );
    expect(found).toEqual([
      ['unit-begins-wrong', unit, 'receive from nowhere', `transfer from in_stock at ${here}`],
      ['unit-without-movement', smuggled, 'a receipt', 'nothing'],
    ]);
  });

  test('names the break where a movement was taken out of the middle, of a unit and of a stock row', async () => {
    const { unit, stock, here, there } = await scene();
    await done('quarantines', { lines: [{ kind: 'unit', unitId: unit }], reason: 'x' });
    await done('adjustments', { lines: [{ kind: 'stock', stockId: stock, change: 1 }], reason: 'x' });
    const found = await newly(() =>
      tamper(database, [
        `DELETE FROM movement WHERE kind = 'transfer' AND (unit_id = $1 OR from_stock_id = $2)`,
        [unit, stock],
      ]),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        ['unit-chain-broken', unit, `from in_stock at ${here}`, `from in_stock at ${there}`],
        ['stock-sum-differs', stock, '11', '7'],
        ['stock-balance-differs', stock, '11', '7'],
      ]),
    );
    expect(found).toHaveLength(4); // and the row that the pieces had gone to
  });

  test('names a movement that was put in: an impossible way, of nothing, of another part, at another place', async () => {
    const { unit, stock, here, part, bulk } = await scene();
    const movement = (columns: string, values: string, ...parameters: unknown[]) =>
      [`INSERT INTO movement (batch_id, kind, ${columns}) VALUES (gen_random_uuid(), ${values})`, parameters] as const;
    const nobody = newId();
    const found = await newly(() =>
      tamper(
        database,
        movement('part_id, unit_id, from_state, to_state', `'count', $1, $2, 'retired', 'in_stock'`, part, unit),
        movement('part_id, unit_id, from_state, to_state', `'count', $1, $2, 'in_stock', 'in_stock'`, part, nobody),
        movement('part_id, to_stock_id, to_location_id, to_balance', `'receive', $1, $2, $3, 7`, part, stock, here),
        movement('part_id, to_stock_id, to_balance', `'receive', $1, $2, 8`, bulk, stock),
      ),
    );
    expect(found.map(([kind]) => kind).toSorted()).toEqual([
      'movement-of-nothing',
      'movement-of-other-part',
      'movement-place-differs',
      'stock-sum-differs',
      'unit-chain-broken',
      'unit-impossible-way',
      'unit-place-differs',
    ]);
    expect(found).toContainEqual([
      'unit-impossible-way',
      unit,
      'a way that a unit can go',
      'count from retired to in_stock',
    ]);
  });

  test('names sums that were negative at some time', async () => {
    const { stock } = await scene();
    const found = await newly(() =>
      tamper(database, [`UPDATE movement SET quantity = 12 WHERE from_stock_id = $1`, [stock]]),
    );
    expect(found).toContainEqual(['stock-below-zero', stock, 'at least 0', '-2']);
    expect(found).toContainEqual(['stock-sum-differs', stock, '-2', '6']);
  });

  test('names what is out by the lines and not by the ledger, and the other way round', async () => {
    const { unit, stock, part, bulk } = await scene();
    const [allocation, unitLine, stockLine] = [newId(), newId(), newId()];
    const { principal } = await makeCaller(database.db);
    const line = `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, unit_id, stock_id, quantity,
        first_quantity, state, during, issued_at, root_line_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 'issued', '[now,infinity)', now(), $1)`;
    const found = await newly(async () => {
      await database.db.execute(
        `INSERT INTO allocation (id, form, purpose, holder_kind, holder_id) VALUES ($1, 'checkout', 'loan', $2, $3)`,
        [allocation, principal.kind, principal.id],
      );
      await tamper(
        database,
        [line, [unitLine, allocation, 0, 'unit', part, unit, null, 1]],
        [line, [stockLine, allocation, 1, 'stock', bulk, null, stock, 3]],
      );
    });
    expect(found).toEqual([
      ['unit-lines-differ', unit, 'in_stock by the ledger', '1 lines have it out'],
      ['line-pieces-differ', stockLine, '0 out and 0 back by the ledger', '3 out and 0 back by the lines'],
    ]);
    const other = await scene();
    const away = await newly(() =>
      tamper(
        database,
        [
          `INSERT INTO movement (batch_id, kind, part_id, unit_id, from_state, from_location_id, to_state, line_id)
           VALUES (gen_random_uuid(), 'issue', $1, $2, 'in_stock', $3, 'issued', gen_random_uuid())`,
          [other.part, other.unit, other.there],
        ],
        [`UPDATE unit SET state = 'issued', location_id = NULL WHERE id = $1`, [other.unit]],
      ),
    );
    expect(away.map(([kind, id]) => [kind, id])).toEqual([
      ['unit-lines-differ', other.unit],
      ['movement-line-missing', expect.any(String)],
    ]);
  });

  test('goes on over many pages, and counts what it does not list', async () => {
    const { part, here } = await scene();
    await tamper(database, [
      `INSERT INTO unit (id, part_id, serial, state, location_id)
       SELECT gen_random_uuid(), $1, 'many ' || n, 'in_stock', $2 FROM generate_series(1, 2500) n`,
      [part, here],
    ]);
    const report = await verify();
    expect(report.findings).toHaveLength(1000);
    expect(report.findingsOmitted).toBeGreaterThanOrEqual(1500);
    expect(report.checked.units).toBeGreaterThan(2500);
  });

  test('stops when it is told to', async () => {
    await expect(verifyLedger({ db: database.db, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

describe('the ways of a unit', () => {
  const database = useDatabase();

  test('are those of the trigger', async () => {
    const [row] = await database.db.rows<{ source: string }>(
      `SELECT prosrc AS source FROM pg_proc WHERE proname = 'movement_carry_out'`,
    );
    const condition = /IF NOT \(([\s\S]*?)\) THEN/.exec(row?.source ?? '')?.[1] ?? '';
    const asked = condition
      .replaceAll('NEW.kind', 'k')
      .replaceAll("coalesce(u.state, 'new')", 'f')
      .replaceAll('NEW.to_state', 't');
    const held = await database.db.rows<{ way: string }>(
      `SELECT concat(k, ' ', f, ' ', t) AS way FROM unnest($1::text[]) k, unnest($2::text[]) f, unnest($3::text[]) t
       WHERE ${asked}`,
      [MOVEMENT_KINDS, ['new', ...UNIT_STATES], UNIT_STATES],
    );
    const declared = UNIT_WAYS.flatMap(({ kind, from, to }) => from.flatMap((f) => to.map((t) => `${kind} ${f} ${t}`)));
    expect(held.map(({ way }) => way).toSorted()).toEqual(declared.toSorted());
    expect(declared.length).toBeGreaterThan(30);
  });
});
