import { newId } from '../../src/kernel/ids.ts';
import { attackerOf, type Blow, type Front, type Refusal } from '../support/attack.ts';
import type { TestDatabase } from '../support/database.ts';
import { makeStock, makeUnit } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

/** What an attack needs: shelves to attack, and somebody hostile with SQL. */
export function wallsOf(database: TestDatabase) {
  const attacker = attackerOf(database);
  const shelf = () => makeShelf(database);
  return {
    attacker,
    shelf,
    /** Expects that the blows, against a shelf of its own from every front, are refused. */
    refused: (blows: (on: Shelf) => readonly Blow[], refusal: string | Refusal, fronts?: readonly Front[]) =>
      attacker.expectRefused(async () => blows(await shelf()), refusal, fronts),
    /** What a stock row has, and whether the ledger says the same. */
    async sums(stockId: string) {
      const [row] = await database.db.rows<{ quantity: number; isBalanced: boolean }>(
        `SELECT quantity, quantity = (SELECT coalesce(sum(CASE WHEN to_stock_id = s.id THEN m.quantity ELSE -m.quantity END), 0)
           FROM movement m WHERE s.id IN (m.to_stock_id, m.from_stock_id)) AS "isBalanced" FROM stock s WHERE id = $1`,
        [stockId],
      );
      return row;
    },
  };
}

/** Fronts on which foreign keys hold. */
export const LIVE: readonly Front[] = ['service', 'owner', 'repeatable read', 'serializable'];

/** A blow that makes a trigger of the attacker's own run `act`, where NEW.id is the given one. */
export const insideTrigger = (act: string, id: string): readonly Blow[] => [
  ['CREATE TEMP TABLE trap (id uuid)'],
  [`CREATE FUNCTION pg_temp.spring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${act}; RETURN NEW; END $$`],
  ['CREATE TRIGGER spring BEFORE INSERT ON trap FOR EACH ROW EXECUTE FUNCTION pg_temp.spring()'],
  ['ALTER TABLE trap ENABLE ALWAYS TRIGGER spring'],
  ['INSERT INTO trap VALUES ($1)', id],
  ['DROP TABLE trap'],
  ['DROP FUNCTION pg_temp.spring()'],
];

async function makeShelf({ db }: TestDatabase) {
  const here = await makeLocation(db);
  const there = await makeLocation(db);
  const part = await makePart(db, 'serial');
  const bulk = await makePart(db, 'bulk');
  const unit = await makeUnit(db, { partId: part.id, locationId: here.id });
  const stockId = await makeStock(db, { partId: bulk.id, locationId: here.id, quantity: 10 });
  const otherStockId = await makeStock(db, { partId: bulk.id, locationId: there.id, quantity: 10 });
  return { here, there, part, bulk, unit, stockId, otherStockId };
}
export type Shelf = Awaited<ReturnType<typeof makeShelf>>;

export const MOVE =
  'INSERT INTO movement (batch_id, part_id, kind, quantity, from_stock_id, to_stock_id, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)';
export const moveStock = (
  { bulk }: Shelf,
  kind: string,
  {
    quantity = 1,
    from,
    to,
    reason = 'because',
  }: { quantity?: number; from?: string; to?: string; reason?: string | null },
): Blow => [MOVE, newId(), bulk.id, kind, quantity, from, to, reason];
export const moveUnit = (
  { part, unit }: Shelf,
  kind: string,
  toState: string | null,
  toLocationId: string | null,
): Blow => [
  `INSERT INTO movement (batch_id, part_id, kind, unit_id, to_state, to_location_id, reason) VALUES ($1, $2, $3, $4, $5, $6, 'x')`,
  newId(),
  part.id,
  kind,
  unit.id,
  toState,
  toLocationId,
];
