import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { lifecycleRoutes } from '../../src/allocations/lifecycle.routes.ts';
import { verifyLedger } from '../../src/inventory/ledger-verify.ts';
import { makeCaller } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { scaled } from '../support/scale.ts';
import { useStocktakes } from './stocktake-cast.ts';
import { TrueShelf } from './stocktake-shelf.ts';
import { makeLocation } from './support.ts';

const database = useDatabase();
const room = useStocktakes(database, [...allocateRoutes(), ...lifecycleRoutes()]);
const { count, done, hand, open, stepped } = room;
let holder: { readonly kind: 'person'; readonly id: string };

beforeAll(async () => {
  holder = { kind: 'person', id: (await makeCaller(database.db, 'borrower', [], 'person')).principal.id };
});

const PLACES = 3;
const PARTS = 2;
const UNITS = 5;

/** What somebody does while others count: `from` and `to` are places, the last of which is not counted. */
const act = fc.record({
  what: fc.constantFrom('move-pieces', 'move-unit', 'lend-pieces', 'lend-unit', 'receive'),
  part: fc.nat(PARTS - 1),
  unit: fc.nat(UNITS - 1),
  from: fc.nat(PLACES - 1),
  to: fc.nat(PLACES - 1),
  quantity: fc.integer({ min: 1, max: 4 }),
});
type Drawn<Of> = Of extends fc.Arbitrary<infer Value> ? Value : never;
type Act = Drawn<typeof act>;

/** How the shelf differs from the register before anybody counts. */
const damage = fc.record({
  pieces: fc.array(fc.integer({ min: -6, max: 6 }), { minLength: PARTS * PLACES, maxLength: PARTS * PLACES }),
  /** Where each unit truly lies: a place, nowhere, or where the register has it. */
  units: fc.array(fc.constantFrom(0, 1, 2, 'gone', 'right', 'right'), { minLength: UNITS, maxLength: UNITS }),
});

const history = fc.record({
  damage,
  acts: fc.array(act, { minLength: 12, maxLength: 30 }),
  tolerance: fc.constantFrom(0, 3),
});

describe('a stocktake under which things move', () => {
  test('ends with ledger, register and shelf saying the same', async () => {
    await fc.assert(fc.asyncProperty(history, endsEqual), { numRuns: scaled(3), endOnFailure: true });
    const report = await verifyLedger(database);
    expect([report.sound, report.findings]).toEqual([true, []]);
  }, 240_000);
});

async function endsEqual({ damage: wrong, acts, tolerance }: Drawn<typeof history>): Promise<void> {
  const store = await furnish(wrong);
  const { id } = await open(store.site.id, { tolerance: { pieces: tolerance } });
  const hands = [0, 1, 2].map(async (start) => {
    for (let at = start; at < acts.length; at += 3) await store.carryOut(acts[at] as Act);
  });
  await store.countAll(id, 'ann');
  let state = (await stepped(id, 'close')).state as string;
  for (let turn = 0; state === 'recounting' && turn < 6; turn += 1) {
    await store.countAgain(id, turn % 2 === 0 ? 'bob' : 'ann');
    state = (await stepped(id, 'close')).state;
  }
  expect(state).toBe('review');
  await stepped(id, 'decisions', { rest: { reason: 'unexplained' } });
  await stepped(id, 'post');
  await Promise.all(hands);
  expect(await store.register()).toEqual(store.truth());
}

/** A storeroom whose shelf is not what the register says. The rows of a part lie in place order. */
async function furnish(wrong: { readonly pieces: number[]; readonly units: (number | string)[] }) {
  const { site, left, right } = await room.storeroom();
  const places = [left, right, await makeLocation(database.db)];
  const parts = await Promise.all(Array.from({ length: PARTS }, () => room.bulkPart()));
  const shelf = new TrueShelf(database);
  const rows: string[][] = [];
  for (const part of parts) {
    const ofPart: string[] = [];
    for (const place of places) ofPart.push(await room.stock(part.id, place.id, 8));
    rows.push(ofPart);
  }
  for (const [index, row] of rows.flat().entries()) {
    // What is not counted is as the register has it.
    const off = index % PLACES === PLACES - 1 ? 0 : (wrong.pieces[index] ?? 0);
    shelf.pieces.set(row, Math.max(0, 8 + off));
  }
  const units = await room.units((await room.serialPart()).id, left.id, UNITS);
  for (const [index, { id }] of units.entries()) {
    const where = wrong.units[index];
    shelf.units.set(id, where === 'right' ? left.id : where === 'gone' ? null : (places[Number(where)]?.id ?? null));
  }
  return new Store(shelf, { site, places, parts, rows, units });
}

interface Furniture {
  readonly site: { readonly id: string };
  readonly places: readonly { readonly id: string; readonly code: string }[];
  readonly parts: readonly { readonly id: string }[];
  readonly rows: readonly (readonly string[])[];
  readonly units: readonly { readonly id: string; readonly serial: string }[];
}

class Store {
  readonly #shelf: TrueShelf;
  readonly #has: Furniture;

  constructor(shelf: TrueShelf, has: Furniture) {
    this.#shelf = shelf;
    this.#has = has;
  }

  get site() {
    return this.#has.site;
  }

  async carryOut(wanted: Act): Promise<void> {
    const row = (place: number) => this.#has.rows[wanted.part]?.[place] ?? '';
    const [from, to] = [row(wanted.from), row(wanted.to)];
    const { quantity } = wanted;
    switch (wanted.what) {
      case 'move-pieces':
        return this.#movePieces(from, to, wanted.to, quantity);
      case 'receive':
        return this.#receive(to, wanted, quantity);
      case 'lend-pieces':
        return this.#lendPieces(from, quantity);
      default:
        return this.#useUnit(wanted);
    }
  }

  #add(row: string, pieces: number): void {
    this.#shelf.pieces.set(row, (this.#shelf.pieces.get(row) ?? 0) + pieces);
  }

  /** Nobody can take what does not lie there, whatever the register says. */
  #lie(row: string, quantity: number): boolean {
    return (this.#shelf.pieces.get(row) ?? 0) >= quantity;
  }

  #movePieces(from: string, to: string, place: number, quantity: number): Promise<void> {
    const line = { kind: 'stock', stockId: from, quantity, toLocationId: this.#has.places[place]?.id };
    return this.#shelf.act(
      [from, to],
      async () => this.#lie(from, quantity) && (await succeeded('/movements/transfers', { lines: [line] })),
      () => {
        this.#add(from, -quantity);
        this.#add(to, quantity);
      },
    );
  }

  #receive(to: string, wanted: Act, quantity: number): Promise<void> {
    const line = {
      kind: 'bulk',
      partId: this.#has.parts[wanted.part]?.id,
      locationId: this.#has.places[wanted.to]?.id,
      quantity,
    };
    return this.#shelf.act(
      [to],
      () => succeeded('/movements/receipts', { lines: [line] }),
      () => this.#add(to, quantity),
    );
  }

  /** Pieces go out, and come back a moment later. */
  async #lendPieces(from: string, quantity: number): Promise<void> {
    let loan: Loan | undefined;
    await this.#shelf.act(
      [from],
      async () => {
        if (this.#lie(from, quantity)) loan = await checkedOut({ stockId: from, quantity });
        return loan !== undefined;
      },
      () => this.#add(from, -quantity),
    );
    if (!loan) return;
    const { id, lineId } = loan;
    await this.#shelf.act(
      [from],
      () => succeeded(`/checkouts/${id}/returns`, { lines: [{ lineId }] }),
      () => this.#add(from, quantity),
    );
  }

  async #useUnit(wanted: Act): Promise<void> {
    const { id } = this.#has.units[wanted.unit] ?? { id: '' };
    const to = this.#has.places[wanted.to]?.id ?? '';
    if (wanted.what === 'move-unit') {
      const line = { kind: 'unit', unitId: id, toLocationId: to };
      return this.#shelf.act(
        [id],
        async () => this.#shelf.units.get(id) !== null && (await succeeded('/movements/transfers', { lines: [line] })),
        () => this.#shelf.units.set(id, to),
      );
    }
    let loan: Loan | undefined;
    await this.#shelf.act(
      [id],
      async () => {
        if (this.#shelf.units.get(id) !== null) loan = await checkedOut({ unitId: id });
        return loan !== undefined;
      },
      () => this.#shelf.units.set(id, null),
    );
    if (!loan) return;
    const { id: loanId, lineId } = loan;
    await this.#shelf.act(
      [id],
      () => succeeded(`/checkouts/${loanId}/returns`, { lines: [{ lineId, locationId: to }] }),
      () => this.#shelf.units.set(id, to),
    );
  }

  /** Walks past every counted place, and writes down what is seen there; some of it only at the end. */
  async countAll(stocktakeId: string, by: 'ann' | 'bob'): Promise<void> {
    const late: object[] = [];
    for (const place of this.#has.places.slice(0, -1)) {
      for (const row of this.#rowsAt(place.id)) {
        const line = await this.#countedRow(row);
        if (line.quantity === 0) continue;
        if (line.quantity % 2 === 0) late.push(line);
        else await count(stocktakeId, by, [line]);
      }
      for (const { id, serial } of this.#has.units) {
        const { seen, at } = await this.#shelf.look(id, () => this.#shelf.units.get(id));
        if (seen === place.id) late.push({ scan: serial, location: place.code, countedAt: at });
      }
    }
    if (late.length > 0) await count(stocktakeId, by, late);
  }

  #rowsAt(placeId: string): string[] {
    const index = this.#has.places.findIndex(({ id }) => id === placeId);
    return this.#has.rows.flatMap((ofPart) => ofPart[index] ?? []);
  }

  async #countedRow(row: string) {
    const { seen, at } = await this.#shelf.look(row, () => this.#shelf.pieces.get(row) ?? 0);
    return { scan: row, quantity: seen, countedAt: at };
  }

  /** Looks for everything that a second person must count. */
  async countAgain(stocktakeId: string, by: 'ann' | 'bob'): Promise<void> {
    const { items } = await done(hand(by).get(`/stocktakes/${stocktakeId}/recounts?limit=200`));
    for (const { id, kind, serial } of items as { id: string; kind: string; serial: string }[]) {
      await count(stocktakeId, by, [
        kind === 'stock' ? await this.#countedRow(id) : await this.#soughtUnit(id, serial),
      ]);
    }
  }

  async #soughtUnit(id: string, serial: string) {
    const { seen, at } = await this.#shelf.look(id, () => this.#shelf.units.get(id));
    const place = this.#has.places.slice(0, -1).find((one) => one.id === seen);
    return place
      ? { scan: serial, location: place.code, countedAt: at }
      : { scan: serial, isAbsent: true, countedAt: at };
  }

  /** What lies in the counted places, by the shelf. */
  truth() {
    const counted = this.#has.places.slice(0, -1).map(({ id }) => id);
    return {
      pieces: Object.fromEntries(this.#has.rows.flat().map((row) => [row, this.#shelf.pieces.get(row)])),
      units: Object.fromEntries(
        this.#has.units.map(({ id }) => {
          const at = this.#shelf.units.get(id) ?? null;
          return [id, at !== null && counted.includes(at) ? at : null];
        }),
      ),
    };
  }

  /** The same by the register. */
  async register() {
    const counted = this.#has.places.slice(0, -1).map(({ id }) => id);
    const rows = await database.db.rows<{ id: string; quantity: number }>(
      'SELECT id, quantity FROM stock WHERE id = ANY ($1::uuid[])',
      [this.#has.rows.flat()],
    );
    const units = await database.db.rows<{ id: string; at: string | null }>(
      'SELECT id, CASE WHEN location_id = ANY ($2::uuid[]) THEN location_id END AS at FROM unit WHERE id = ANY ($1::uuid[])',
      [this.#has.units.map(({ id }) => id), counted],
    );
    return {
      pieces: Object.fromEntries(rows.map(({ id, quantity }) => [id, quantity])),
      units: Object.fromEntries(units.map(({ id, at }) => [id, at])),
    };
  }
}

async function succeeded(path: string, body: object): Promise<boolean> {
  const answer = await hand('keeper').post(path, body);
  expect(answer.status).toBeLessThan(500);
  return answer.status < 300;
}

interface Loan {
  readonly id: string;
  readonly lineId: string;
}

async function checkedOut(line: object): Promise<Loan | undefined> {
  const answer = await hand('keeper').post('/checkouts', { purpose: 'loan', holder, lines: [line] });
  expect(answer.status).toBeLessThan(500);
  if (answer.status >= 300) return undefined;
  const { id, lines } = answer.body.allocation;
  return { id, lineId: lines[0].id };
}
