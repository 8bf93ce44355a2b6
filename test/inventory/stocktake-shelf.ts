import { newId } from '../../src/kernel/ids.ts';
import type { TestDatabase } from '../support/database.ts';

/** Who holds a place of the shelf lets the next one in when they are done. */
class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Works while nobody else touches these things. They are taken in one order, so that nobody waits for ever. */
  async during<T>(things: readonly string[], work: () => Promise<T>): Promise<T> {
    const [first, ...rest] = [...new Set(things)].toSorted();
    if (first === undefined) return work();
    const before = this.#last.get(first) ?? Promise.resolve();
    const mine = before.then(() => this.during(rest, work));
    this.#last.set(
      first,
      mine.catch(() => undefined),
    );
    return mine;
  }
}

/** What truly lies where: pieces by their stock row, units by their location (null: not in the house). */
export class TrueShelf {
  readonly pieces = new Map<string, number>();
  readonly units = new Map<string, string | null>();
  readonly #turns = new Turns();
  readonly #database: TestDatabase;

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  /** Moves things, and tells the register in the same moment; nothing moves when the register refuses. */
  async act(things: readonly string[], tell: () => Promise<boolean>, move: () => void): Promise<void> {
    await this.#turns.during(things, async () => {
      if (await tell()) move();
    });
  }

  /** Looks at a thing: what is there, and at which instant of the register's clock. */
  async look<T>(thing: string, see: () => T): Promise<{ readonly seen: T; readonly at: string }> {
    return this.#turns.during([thing], async () => {
      const seen = see();
      const [row] = await this.#database.db.rows<{ at: string }>('SELECT clock_timestamp()::text AS at');
      return { seen, at: (row?.at ?? newId()).replace(' ', 'T').replace(/\+00$/, 'Z') };
    });
  }
}
