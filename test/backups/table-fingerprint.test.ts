import { Client } from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { readDatabaseContent } from '../../src/backups/database-catalogue.ts';
import { fingerprintTable, pinTextForms } from '../../src/backups/table-fingerprint.ts';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();

/** Fingerprints a table in a session that somebody else has set up badly first. */
async function fingerprint(name: string, ...badSettings: string[]) {
  return withClient(database.owner, async (client) => {
    for (const setting of badSettings) await client.query(`SET ${setting}`);
    await pinTextForms(client);
    return fingerprintTable(client, { schema: 'public', name });
  });
}

async function withClient<T>(settings: ConnectionSettings, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(driverSettings(settings, 'test'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const run = (sql: string) => runAs(database.owner, sql);

describe('a table is fingerprinted by its content alone', () => {
  beforeAll(async () => {
    await run(`CREATE TABLE f_one (id integer, at timestamptz, span interval, x float8, b bytea, m money, c regclass)`);
    await run(`INSERT INTO f_one SELECT n, '2026-03-29 01:30:00Z', '1 mon 2 days -3 hours', 1.0 / n, '\\x00ff', 12.34, 'f_one'
                 FROM generate_series(1, 50) n`);
    await run(`CREATE TABLE f_two AS SELECT * FROM f_one ORDER BY id DESC`);
  });

  test('the order of its rows does not matter', async () => {
    const [one, two] = [await fingerprint('f_one'), await fingerprint('f_two')];
    expect(one.rowCount).toBe(50);
    expect(two).toEqual({ ...one, name: 'f_two' });
  });

  test('settings of the session that change text forms do not matter', async () => {
    const bad = [
      `DateStyle TO 'German, DMY'`,
      `IntervalStyle TO 'sql_standard'`,
      `TimeZone TO 'Asia/Shanghai'`,
      'extra_float_digits TO -4',
      `bytea_output TO 'escape'`,
      `search_path TO 'pg_catalog'`,
      'quote_all_identifiers TO on',
    ];
    const plain = await fingerprint('f_one');
    expect(await fingerprint('f_one', ...bad)).toEqual(plain);
    // Each of them would matter if it were not pinned.
    const unpinned = await withClient(database.owner, async (client) => {
      const results = [await fingerprintTable(client, plain)];
      for (const setting of bad) {
        await client.query(`SET ${setting}`);
        results.push(await fingerprintTable(client, plain));
      }
      return results.map((result) => result.fingerprint);
    });
    expect(new Set(unpinned).size).toBe(unpinned.length);
  });

  test('one changed value changes it, and so does swapping two values between rows', async () => {
    const before = await fingerprint('f_two');
    await run('UPDATE f_two SET x = x + 1e-12 WHERE id = 7');
    const changed = await fingerprint('f_two');
    expect(changed.rowCount).toBe(before.rowCount);
    expect(changed.fingerprint).not.toBe(before.fingerprint);
    await run('DROP TABLE IF EXISTS f_swap');
    await run('CREATE TABLE f_swap (k integer, v integer)');
    await run('INSERT INTO f_swap VALUES (1, 10), (2, 20)');
    const straight = await fingerprint('f_swap');
    await run('UPDATE f_swap SET v = 30 - v');
    expect((await fingerprint('f_swap')).fingerprint).not.toBe(straight.fingerprint);
  });

  test('a column that is called like the alias hides nothing', async () => {
    await run('DROP TABLE IF EXISTS f_alias');
    await run('CREATE TABLE f_alias (t text, hidden integer)');
    await run(`INSERT INTO f_alias VALUES ('same', 1)`);
    const before = await fingerprint('f_alias');
    await run('UPDATE f_alias SET hidden = 2');
    expect((await fingerprint('f_alias')).fingerprint).not.toBe(before.fingerprint);
  });

  test('a parent table is counted without its children, an empty one is 0', async () => {
    await run('DROP TABLE IF EXISTS f_child, f_parent');
    await run('CREATE TABLE f_parent (id integer)');
    await run('CREATE TABLE f_child () INHERITS (f_parent)');
    await run('INSERT INTO f_child VALUES (1)');
    expect(await fingerprint('f_parent')).toMatchObject({ rowCount: 0, fingerprint: '0' });
    expect(await fingerprint('f_child')).toMatchObject({ rowCount: 1 });
  });

  test('sums beyond 64 bits stay exact', async () => {
    await run('DROP TABLE IF EXISTS f_many');
    await run('CREATE TABLE f_many AS SELECT n FROM generate_series(1, 20000) n');
    const { fingerprint: sum } = await fingerprint('f_many');
    expect(BigInt(sum)).toBeGreaterThan(2n ** 64n);
    await run('UPDATE f_many SET n = -n WHERE n = 20000');
    expect((await fingerprint('f_many')).fingerprint).not.toBe(sum);
  });

  test('rows that a policy hides are an error, never left out in silence', async () => {
    await run('DROP TABLE IF EXISTS f_policy');
    await run('CREATE TABLE f_policy (id integer)');
    await run('INSERT INTO f_policy VALUES (1), (2)');
    await run('ALTER TABLE f_policy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY');
    await run('CREATE POLICY p ON f_policy USING (id = 1)');
    await expect(fingerprint('f_policy')).rejects.toThrow(/row-level security/);
    await run('DROP TABLE f_policy');
  });
});

test('the content of a database is its leaf tables, and what is not compared has a reason', async () => {
  await run('DROP TABLE IF EXISTS c_parted, c_unlogged');
  await run('DROP MATERIALIZED VIEW IF EXISTS c_view');
  await run('CREATE TABLE c_parted (id integer) PARTITION BY LIST (id)');
  await run('CREATE TABLE c_parted_1 PARTITION OF c_parted FOR VALUES IN (1)');
  await run('CREATE UNLOGGED TABLE c_unlogged (id integer)');
  await run('CREATE MATERIALIZED VIEW c_view AS SELECT 1 AS one WITH NO DATA');
  const content = await withClient(database.owner, async (client) => {
    await client.query('CREATE TEMPORARY TABLE c_private (id integer)');
    return readDatabaseContent(client);
  });
  const names = content.leafTables.map(({ schema, name }) => `${schema}.${name}`);
  expect(names).toContain('public.c_parted_1');
  expect(names).not.toContain('public.c_parted');
  expect(names.filter((name) => /private|c_unlogged|c_view/.test(name))).toEqual([]);
  expect(names.some((name) => name.startsWith('pgboss.'))).toBe(true);
  expect(content.leafTables.find(({ name }) => name === 'audit_entry')?.isLedger).toBe(true);
  expect(content.materialisedViews).toContainEqual({ schema: 'public', name: 'c_view', populated: false });
  expect(content.notCompared).toContainEqual(
    expect.objectContaining({ name: 'c_unlogged', reason: expect.stringContaining('unlogged') }),
  );
});
