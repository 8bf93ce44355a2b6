import { describe, expect, test } from 'vitest';
import type { Tx } from '../../src/database/database.ts';
import { movementsOfBatch } from '../../src/inventory/movement.queries.ts';
import { insertMovements, lockParts, settleMovements } from '../../src/inventory/movement.store.ts';
import type { MovementLine } from '../../src/inventory/movement-line.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { makeStock, makeUnit } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();

/** A unit and a stock row at one place. */
async function scene() {
  const { db } = database;
  const [place, part, bulk] = [await makeLocation(db), await makePart(db, 'serial'), await makePart(db, 'bulk')];
  const { id: unit } = await makeUnit(db, { partId: part.id, locationId: place.id });
  const stock = await makeStock(db, { partId: bulk.id, locationId: place.id, quantity: 5 });
  return { place: place.id, part: part.id, bulk: bulk.id, unit, stock };
}

/** Writes lines in a transaction of their own; the act's number. */
async function write(...lines: MovementLine[]): Promise<string> {
  const batchId = newId();
  await database.db.transaction(async (tx) => {
    await lockParts(
      tx,
      lines.map((line) => line.partId),
    );
    await insertMovements(tx, lines, { actorId: null, batchId });
    await settleMovements(tx);
  });
  return batchId;
}

/** A line of an allocation on what lies there. */
async function allocate(tx: Tx, thing: { unitId?: string; stockId?: string }, state: 'held' | 'issued', quantity = 1) {
  const { principal } = await makeCaller(database.db);
  const [allocation, line] = [newId(), newId()];
  await tx.execute(
    `INSERT INTO allocation (id, form, purpose, holder_kind, holder_id) VALUES ($1, 'checkout', 'loan', 'team', $2)`,
    [allocation, principal.id],
  );
  await tx.execute(
    `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, unit_id, stock_id, quantity, state, during,
       expires_at, issued_at, root_line_id)
     SELECT $1, $2, 0, CASE WHEN $3::uuid IS NULL THEN 'stock' ELSE 'unit' END,
       coalesce((SELECT part_id FROM unit WHERE id = $3), (SELECT part_id FROM stock WHERE id = $4)), $3, $4, $5, $6,
       tstzrange(now(), now() + interval '1 hour'), CASE $6 WHEN 'held' THEN now() + interval '1 hour' END,
       CASE $6 WHEN 'issued' THEN now() END, $1`,
    [line, allocation, thing.unitId ?? null, thing.stockId ?? null, quantity, state],
  );
  return line;
}

describe('lines of the ledger', () => {
  test('are written in their order, and later ones begin where earlier ones end', async () => {
    const { place, part, bulk, unit, stock } = await scene();
    const common = { partId: part, unitId: unit, toLocationId: place } as const;
    const batch = await write(
      { ...common, kind: 'quarantine', toState: 'quarantined', reason: 'seal' },
      { kind: 'adjust', partId: bulk, quantity: 5, fromStockId: stock, reason: 'gone' },
      { kind: 'adjust', partId: bulk, quantity: 2, toStockId: stock, reason: 'found' },
      { ...common, kind: 'release', toState: 'in_stock', reference: 'T-1' },
    );
    const written = await movementsOfBatch(database.db, batch);
    expect(written.map(({ kind, fromState, toState, quantity }) => [kind, fromState, toState, quantity])).toEqual([
      ['quarantine', 'in_stock', 'quarantined', 1],
      ['adjust', null, null, 5],
      ['adjust', null, null, 2],
      ['release', 'quarantined', 'in_stock', 1],
    ]);
    expect(written.map(({ reason, reference, actor }) => [reason, reference, actor])).toEqual([
      ['seal', null, null],
      ['gone', null, null],
      ['found', null, null],
      [null, 'T-1', null],
    ]);
    const ids = written.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  test('that nothing is written of leave nothing', async () => {
    expect(await movementsOfBatch(database.db, await write())).toEqual([]);
  });

  test('are refused in words when the database does not let them', async () => {
    const { place, part, bulk, unit, stock } = await scene();
    const [row] = await database.db.rows<{ serial: string }>('SELECT serial FROM unit WHERE id = $1', [unit]);
    const lies = { partId: part, unitId: unit, toLocationId: place } as const;
    await expect(write({ ...lies, kind: 'release', toState: 'in_stock' })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'unit-cannot-go',
      message: expect.stringContaining(`Unit ${row?.serial}: release cannot take it from in_stock to in_stock`),
    });
    const away = { kind: 'scrap', partId: bulk, quantity: 6, fromStockId: stock, reason: 'x' } as const;
    await expect(write(away)).rejects.toMatchObject({ kind: 'conflict', code: 'not-enough-stock' });
    await write({ ...lies, kind: 'quarantine', toState: 'quarantined', reason: 'x' });
    await database.db.execute(`UPDATE unit SET condition = 'damaged' WHERE id = $1`, [unit]);
    await expect(write({ ...lies, kind: 'release', toState: 'in_stock' })).rejects.toMatchObject({
      code: 'damaged-in-stock',
    });
  });

  test('that move held pieces away, or lose what is handed out, are refused before the commit', async () => {
    const { part, bulk, unit, stock } = await scene();
    const there = await makeLocation(database.db);
    const other = await makeStock(database.db, { partId: bulk, locationId: there.id, quantity: 1 });
    await database.db.transaction((tx) => allocate(tx, { stockId: stock }, 'held', 4));
    const move = (quantity: number) =>
      write({ kind: 'transfer', partId: bulk, quantity, fromStockId: stock, toStockId: other });
    await expect(move(2)).rejects.toMatchObject({ kind: 'conflict', code: 'stock-is-held' });
    await move(1);
    await database.db.transaction(async (tx) => {
      const lineId = await allocate(tx, { unitId: unit }, 'issued');
      const issue = { kind: 'issue', partId: part, unitId: unit, toState: 'issued', lineId } as const;
      await insertMovements(tx, [issue], { actorId: null, batchId: newId() });
    });
    const lost = { kind: 'adjust', partId: part, unitId: unit, toState: 'lost', reason: 'x' } as const;
    await expect(write(lost)).rejects.toMatchObject({ kind: 'conflict', code: 'unit-is-out' });
  });
});
