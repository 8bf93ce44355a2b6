import { beforeAll, describe, expect, test } from 'vitest';
import { mapConstraints, sqlFailureOf } from '../../src/database/sqlstate.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { runAs, useDatabase } from '../support/database.ts';

describe('a transaction', () => {
  const database = useDatabase();

  beforeAll(async () => {
    await runAs(
      database.owner,
      'CREATE TABLE pot (id integer PRIMARY KEY, coins integer CONSTRAINT pot_coins_check CHECK (coins >= 0))',
    );
    await runAs(database.owner, 'INSERT INTO pot VALUES (1, 100), (2, 100)');
  });

  const coins = async () =>
    (await database.db.rows<{ sum: string }>('SELECT sum(coins) FROM pot')).map((row) => Number(row.sum))[0];

  test('that deadlocks with another one is run again from its start, and both succeed', async () => {
    let runs = 0;
    let firstSteps = 0;
    let release: () => void = () => {};
    const bothHoldOne = new Promise<void>((resolve) => {
      release = resolve;
    });
    const move = (from: number, to: number) =>
      database.db.transaction(async (tx) => {
        runs += 1;
        await tx.execute('UPDATE pot SET coins = coins - 1 WHERE id = $1', [from]);
        firstSteps += 1;
        if (firstSteps === 2) release();
        await bothHoldOne;
        await tx.execute('UPDATE pot SET coins = coins + 1 WHERE id = $1', [to]);
      });
    await Promise.all([move(1, 2), move(2, 1)]);
    expect(runs).toBeGreaterThan(2);
    expect(await coins()).toBe(200);
  });

  test('that throws leaves nothing behind', async () => {
    const broken = database.db.transaction(async (tx) => {
      await tx.execute('UPDATE pot SET coins = 0');
      throw new AppError('conflict', 'changed-my-mind', 'no');
    });
    await expect(broken).rejects.toMatchObject({ code: 'changed-my-mind' });
    expect(await coins()).toBe(200);
  });

  test('answers the rows of RETURNING and counts what it touched', async () => {
    await database.db.transaction(async (tx) => {
      expect(await tx.rows('UPDATE pot SET coins = coins RETURNING id')).toHaveLength(2);
      expect(await tx.execute('UPDATE pot SET coins = coins WHERE id = 1')).toBe(1);
    });
    expect(await database.db.rows('UPDATE pot SET coins = coins WHERE id = 2 RETURNING id')).toEqual([{ id: 2 }]);
  });

  test('that violates a named constraint is answered with the error the domain declares for it', async () => {
    const overdraw = mapConstraints(
      { pot_coins_check: () => new AppError('conflict', 'pot-empty', 'The pot has too few coins') },
      () => database.db.execute('UPDATE pot SET coins = coins - 1000'),
    );
    await expect(overdraw).rejects.toMatchObject({ kind: 'conflict', code: 'pot-empty' });
  });

  test('whose connection the server ends is answered as unavailable, and the next one works', async () => {
    const killed = database.db.transaction(async (tx) => {
      const [row] = await tx.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await runAs(database.superuser, 'SELECT pg_terminate_backend($1)', [row?.pid]);
      await tx.rows('SELECT 1');
    });
    await expect(killed).rejects.toMatchObject({ kind: 'unavailable', code: 'database-unavailable' });
    expect(await coins()).toBe(200);
  });
});

describe('a ledger', () => {
  const database = useDatabase();

  beforeAll(async () => {
    await runAs(database.owner, 'CREATE TABLE line (id integer PRIMARY KEY)');
    await runAs(database.owner, `SELECT make_ledger('line')`);
    await database.db.execute('INSERT INTO line VALUES (1)');
  });

  const failureOf = async (work: Promise<unknown>) =>
    sqlFailureOf(
      await work.then(
        () => undefined,
        (thrown) => thrown,
      ),
    )?.code;

  test.each(['UPDATE line SET id = 2', 'DELETE FROM line', 'TRUNCATE line'])(
    'refuses the service and its owner: %s',
    async (sql) => {
      expect(await failureOf(database.db.execute(sql))).toBe('42501');
      expect(await failureOf(runAs(database.owner, sql))).toBe('42501');
      expect(await failureOf(runAs(database.superuser, `SET session_replication_role = replica; ${sql}`))).toBe(
        '42501',
      );
      expect(await database.db.rows('SELECT id FROM line')).toEqual([{ id: 1 }]);
    },
  );

  test('cannot have its triggers switched off by the service', async () => {
    expect(await failureOf(database.db.execute('ALTER TABLE line DISABLE TRIGGER ALL'))).toBe('42501');
    expect(await failureOf(database.db.execute('SET session_replication_role = replica'))).toBe('42501');
  });
});
