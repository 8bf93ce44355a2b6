import { EntitySchema } from 'typeorm';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Tx } from '../../src/database/database.ts';
import { PreparedStatements } from '../../src/database/prepared-statements.ts';
import { runAs, useDatabase } from '../support/database.ts';

interface Coin {
  id: number;
  worth: number;
}

const CoinEntity = new EntitySchema<Coin>({
  name: 'Coin',
  tableName: 'coin',
  columns: { id: { type: 'integer', primary: true }, worth: { type: 'integer' } },
});

const database = useDatabase([CoinEntity]);
beforeAll(() =>
  runAs(
    database.owner,
    'CREATE TABLE coin (id integer PRIMARY KEY, worth integer CONSTRAINT coin_worth CHECK (worth > 0))',
  ),
);
beforeEach(() => database.db.execute('DELETE FROM coin'));

const INSERT = 'INSERT INTO coin (id, worth) VALUES ($1, $2)';
const coins = async () =>
  (await database.db.rows<{ id: number }>('SELECT id FROM coin ORDER BY id')).map(({ id }) => id);

describe('a statement that is not waited for', () => {
  it('is carried out in its place, before what is sent after it', async () => {
    const seen = await database.db.transaction(async (tx) => {
      tx.defer(INSERT, [1, 1]);
      const rows = await tx.rows('SELECT id FROM coin');
      tx.defer(INSERT, [2, 1]);
      return rows;
    });
    expect(seen).toEqual([{ id: 1 }]);
    expect(await coins()).toEqual([1, 2]);
  });

  it('fails its transaction with its own error, at the commit or behind what was sent after it', async () => {
    const atTheCommit = database.db.transaction(async (tx) => {
      await tx.execute(INSERT, [1, 1]);
      tx.defer(INSERT, [2, 0]);
    });
    await expect(atTheCommit).rejects.toMatchObject({ constraint: 'coin_worth' });
    const behind = database.db.transaction(async (tx) => {
      tx.defer(INSERT, [3, 0]);
      await tx.execute(INSERT, [4, 1]);
    });
    await expect(behind).rejects.toMatchObject({ constraint: 'coin_worth' });
    expect(await coins()).toEqual([]);
  });

  it('leaves nothing when the work fails for another reason', async () => {
    const failing = database.db.transaction(async (tx) => {
      tx.defer(INSERT, [1, 1]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await coins()).toEqual([]);
  });
});

describe('a transaction', () => {
  it('is not reported as committed when a failure in it was passed over', async () => {
    const careless = database.db.transaction(async (tx) => {
      await tx.execute(INSERT, [1, 1]);
      await tx.execute(INSERT, [1, 1]).catch(() => undefined);
    });
    await expect(careless).rejects.toThrow('nothing was committed');
    expect(await coins()).toEqual([]);
  });

  it('takes no statement after its end', async () => {
    let kept: Tx | undefined;
    await database.db.transaction(async (tx) => {
      kept = tx;
    });
    await expect(kept?.execute(INSERT, [1, 1])).rejects.toThrow('The transaction is over');
    expect(await coins()).toEqual([]);
  });

  it('takes the writes of a repository in, also those that would begin one of their own', async () => {
    const failing = database.db.transaction(async (tx) => {
      await tx.repository(CoinEntity).save({ id: 1, worth: 1 });
      await tx.repository(CoinEntity).insert({ id: 2, worth: 1 });
      expect(await tx.rows('SELECT id FROM coin')).toHaveLength(2);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await coins()).toEqual([]);
    await database.db.transaction(async (tx) => {
      await tx.repository(CoinEntity).save({ id: 3, worth: 1 });
    });
    expect(await coins()).toEqual([3]);
  });

  it('begins with what its opening finds, inside itself', async () => {
    const ids = await database.db.transaction(async (tx, opened: string) => [opened, ...(await transactionId(tx))], {
      opening: async (tx) => (await transactionId(tx))[0] ?? '',
    });
    expect(ids[0]).toBe(ids[1]);
  });

  it('that fails in its opening leaves its connection as good as new', async () => {
    const failing = database.db.transaction(async () => 'never', {
      opening: async () => {
        throw new Error('not like this');
      },
    });
    await expect(failing).rejects.toThrow('not like this');
    for (let i = 0; i < 20; i += 1) expect(await database.db.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is ended by the server when a statement takes longer than it may', async () => {
    const slow = database.db.transaction((tx) => tx.rows('SELECT pg_sleep(5)'), { statementMsMax: () => 50 });
    await expect(slow).rejects.toMatchObject({ code: '57014' });
  });

  it('sends what is not waited for together: fifty statements take no fifty turns', async () => {
    const sums = await database.db.transaction((tx) =>
      Promise.all(Array.from({ length: 50 }, (_, i) => tx.rows<{ sum: number }>('SELECT $1::int + 1 AS sum', [i]))),
    );
    expect(sums.map(([row]) => row?.sum)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  });
});

describe('statements that are sent again and again', () => {
  it('get a name from the sixth time on, one for each text, and answer as before', async () => {
    const names = new PreparedStatements();
    const five = Array.from({ length: 5 }, () => names.nameOf('SELECT 1'));
    expect(five).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(names.nameOf('SELECT 1')).toBe(names.nameOf('SELECT 1'));
    for (let i = 0; i < 10; i += 1) names.nameOf('SELECT 2');
    expect(names.nameOf('SELECT 2')).not.toBe(names.nameOf('SELECT 1'));
    for (let id = 1; id <= 20; id += 1) await database.db.transaction((tx) => tx.execute(INSERT, [id, 1]));
    expect(await coins()).toHaveLength(20);
  });

  it('are bounded, however many texts there are', () => {
    const names = new PreparedStatements();
    const named = Array.from({ length: 2000 }, (_, n) =>
      Array.from({ length: 10 }, () => names.nameOf(`SELECT ${n}`)).at(-1),
    );
    expect(named.filter((name) => name !== undefined)).toHaveLength(250);
  });

  it('work on without names when the server has lost them, as behind a pooler', async () => {
    const insert = (id: number) =>
      database.db.transaction(async (tx) => {
        if (id > 20) await tx.rows('DEALLOCATE ALL');
        await tx.execute('INSERT INTO coin (worth, id) VALUES ($2, $1)', [id, 1]);
      });
    for (let id = 1; id <= 30; id += 1) await insert(id);
    expect(await coins()).toHaveLength(30);
  });
});

const transactionId = async (tx: Tx) =>
  (await tx.rows<{ id: string }>('SELECT pg_current_xact_id()::text AS id')).map(({ id }) => id);

describe('rows that are copied in', () => {
  const COPY = 'COPY coin (id, worth) FROM STDIN';
  async function* pieces(...texts: readonly string[]) {
    yield* texts;
  }

  it('are there in their place, between what is sent before and behind them', async () => {
    const [count, seen] = await database.db.transaction(async (tx) => {
      tx.defer(INSERT, [1, 1]);
      const copied = await tx.copyIn(COPY, pieces('2\t1\n3\t', '1\n', ''));
      tx.defer(INSERT, [4, 1]);
      return [copied, await tx.rows('SELECT id FROM coin ORDER BY id')];
    });
    expect([count, seen]).toEqual([2, [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }]]);
  });

  it('leave nothing where one is refused, where the command is wrong, or where they cannot be made', async () => {
    const broken = async function* () {
      yield '1\t1\n';
      throw new Error('no more rows');
    };
    const copying = (sql: string, rows: AsyncIterable<string>) =>
      database.db.transaction(async (tx) => {
        await tx.execute(INSERT, [9, 1]);
        await tx.copyIn(sql, rows);
      });
    await expect(copying(COPY, pieces('1\t1\n', '2\t0\n'))).rejects.toMatchObject({ constraint: 'coin_worth' });
    await expect(copying('COPY nothing FROM STDIN', pieces('1\n'))).rejects.toMatchObject({ code: '42P01' });
    await expect(copying(COPY, broken())).rejects.toThrow('no more rows');
    expect(await coins()).toEqual([]);
    await database.db.transaction((tx) => tx.execute(INSERT, [1, 1]));
    expect(await coins()).toEqual([1]);
  });
});

describe('a part of a transaction that may fail', () => {
  it('is undone when it does, with what it had not waited for, and the rest goes on', async () => {
    const met: unknown[] = [];
    await database.db.transaction(async (tx) => {
      await tx.execute(INSERT, [1, 1]);
      const failing = tx.attempt(async () => {
        tx.defer(INSERT, [2, 0]);
        await tx.execute(INSERT, [3, 1]);
      });
      met.push(await failing.catch((thrown: unknown) => thrown));
      await tx.attempt(async () => tx.defer(INSERT, [4, 1]));
      const late = tx.attempt(async () => {
        await tx.execute(INSERT, [5, 1]);
        throw new Error('changed my mind');
      });
      met.push(await late.catch((thrown: unknown) => thrown));
    });
    expect(met).toMatchObject([{ constraint: 'coin_worth' }, { message: 'changed my mind' }]);
    expect(await coins()).toEqual([1, 4]);
  });
});
