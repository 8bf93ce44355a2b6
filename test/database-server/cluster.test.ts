import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { isRunning, makeScratch, query, type Scratch } from './scratch.ts';

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterAll(() => scratch.remove());

describe('a new cluster', () => {
  test('is UTF8 with the same locale everywhere, checksums and fsync on, and sorts Chinese by pinyin on demand', async () => {
    const cluster = await scratch.start(await scratch.newCluster('fresh'));
    const [row] = await query(
      cluster.connection('postgres', SUPERUSER),
      `SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale,
              current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync,
              (SELECT string_agg(n, '' ORDER BY n COLLATE "zh-x-icu") FROM unnest('{西,北,东}'::text[]) n) AS sorted
       FROM pg_database WHERE datname = 'postgres'`,
    );
    expect(row).toEqual({
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C.UTF-8',
      checksums: 'on',
      fsync: 'on',
      sorted: '北东西',
    });
  });

  test('is refused where something else lies, and that stays untouched', async () => {
    const dataDirectory = join(scratch.directory, 'occupied');
    mkdirSync(dataDirectory);
    writeFileSync(join(dataDirectory, 'precious.txt'), 'keep');
    await expect(initCluster({ ...scratch, dataDirectory, superuser: SUPERUSER })).rejects.toMatchObject({
      code: 'data-directory-not-empty',
      message: expect.stringContaining('precious.txt'),
    });
    expect(readFileSync(join(dataDirectory, 'precious.txt'), 'utf8')).toBe('keep');
  });

  test('that could not be finished leaves nothing behind and says why', async () => {
    const dataDirectory = join(scratch.directory, 'unfinished');
    const locale = { provider: 'icu', name: 'no such locale!' } as const;
    await expect(initCluster({ ...scratch, dataDirectory, superuser: SUPERUSER, locale })).rejects.toMatchObject({
      code: 'initdb-failed',
      message: expect.stringContaining('locale'),
    });
    expect(readdirSync(scratch.directory).filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});

describe('a running cluster', () => {
  test('answers on a private socket only, and stopping removes the socket and keeps the rows', async () => {
    const dataDirectory = await scratch.newCluster('rows');
    const first = await scratch.start(dataDirectory);
    expect(statSync(first.socketDirectory).mode & 0o777).toBe(0o700);
    const settings = first.connection('postgres', SUPERUSER);
    expect(await query(settings, "SELECT current_setting('listen_addresses') AS tcp")).toEqual([{ tcp: '' }]);
    await query(settings, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await expect(first.stop()).resolves.toMatchObject({ code: 0 });
    expect(existsSync(first.socketDirectory)).toBe(false);
    expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);

    const second = await scratch.start(dataDirectory);
    expect(await query(second.connection('postgres', SUPERUSER), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  test.skipIf(process.platform !== 'linux')('is out of reach of Ctrl-C in the terminal', async () => {
    const { pid } = await scratch.start(await scratch.newCluster('group'));
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ');
    expect(Number(fields?.[2])).toBe(pid); // The process group, field 5 of proc(5).
  });

  test('takes settings for any purpose, but never opens TCP', async () => {
    const settings = { work_mem: '7MB', fsync: 'off', listen_addresses: '*' };
    const cluster = await scratch.start(await scratch.newCluster('settings'), { settings });
    const rows = await query(
      cluster.connection('postgres', SUPERUSER),
      "SELECT name, setting FROM pg_settings WHERE name IN ('work_mem', 'fsync', 'listen_addresses') ORDER BY name",
    );
    expect(rows).toEqual([
      { name: 'fsync', setting: 'off' },
      { name: 'listen_addresses', setting: '' },
      { name: 'work_mem', setting: '7168' },
    ]);
  });

  test('is stopped at last even when a client keeps a smart shutdown waiting', async () => {
    const cluster = await scratch.start(await scratch.newCluster('smart'));
    const client = new pg.Client(cluster.connection('postgres', SUPERUSER));
    client.on('error', () => {});
    await client.connect();
    await cluster.stop('smart', 0.3);
    expect(isRunning(cluster.pid)).toBe(false);
  });

  test('refuses a second server on its data directory, names the reason, and is not disturbed', async () => {
    const dataDirectory = await scratch.newCluster('twice');
    const cluster = await scratch.start(dataDirectory);
    // The same socket, so that a test by connecting alone would take the first server for the second.
    const { socketDirectory } = cluster;
    await expect(startCluster(scratch.options(dataDirectory, { socketDirectory }))).rejects.toMatchObject({
      code: 'postgres-still-in-use',
      message: expect.stringContaining('lock file "postmaster.pid" already exists'),
    });
    expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a start that cannot succeed', () => {
  test('shows the end of the log of this start and leaves no process and no socket directory', async () => {
    const dataDirectory = await scratch.newCluster('wrong');
    const before = readdirSync(scratch.directory);
    const settings = { shared_buffers: 'plenty' };
    await expect(startCluster(scratch.options(dataDirectory, { settings }))).rejects.toMatchObject({
      code: 'postgres-start-failed',
      message: expect.stringContaining('invalid value for parameter "shared_buffers": "plenty"'),
    });
    expect(readdirSync(scratch.directory).sort()).toEqual([...before, 'wrong-log'].sort());
    expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
  });

  test('says at once when the superuser is not let in', async () => {
    const dataDirectory = await scratch.newCluster('stranger');
    const options = scratch.options(dataDirectory, { superuser: 'stranger', startTimeoutSeconds: 3600 });
    await expect(startCluster(options)).rejects.toMatchObject({
      code: 'postgres-login-refused',
      message: expect.stringContaining('role "stranger" does not exist'),
    });
  });

  test('is refused where there is no database', async () => {
    const options = scratch.options(join(scratch.directory, 'nowhere'));
    await expect(startCluster(options)).rejects.toMatchObject({ kind: 'not-found', code: 'no-cluster' });
  });

  test('is given up after its time limit, and the server is stopped', async () => {
    const dataDirectory = await recoveringCluster('slow');
    const settings = { restore_command: 'sleep 60' };
    await expect(
      startCluster(scratch.options(dataDirectory, { settings, startTimeoutSeconds: 1 })),
    ).rejects.toMatchObject({
      code: 'postgres-start-timeout',
    });
    expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
  });

  test('can be cancelled', async () => {
    const dataDirectory = await recoveringCluster('cancelled');
    const options = scratch.options(dataDirectory, {
      settings: { restore_command: 'sleep 60' },
      signal: AbortSignal.timeout(300),
    });
    await expect(startCluster(options)).rejects.toMatchObject({ code: 'postgres-start-cancelled' });
    expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
  });

  /** A cluster that starts in archive recovery: what a restored base backup looks like. */
  async function recoveringCluster(name: string): Promise<string> {
    const dataDirectory = await scratch.newCluster(name);
    writeFileSync(join(dataDirectory, 'recovery.signal'), '');
    return dataDirectory;
  }
});

describe('the socket', () => {
  test('lies below /tmp when the given directory is too deep for a socket address', async () => {
    const deep = join(scratch.directory, 'deep'.repeat(30));
    mkdirSync(deep);
    const cluster = await scratch.start(await scratch.newCluster('deep'), { runtimeDirectory: deep });
    expect(dirname(cluster.socketDirectory)).toBe('/tmp');
    expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await cluster.stop();
    expect(existsSync(cluster.socketDirectory)).toBe(false);
  });

  test('directories that killed servers left are removed at the next start', async () => {
    const dataDirectory = await scratch.newCluster('swept');
    const first = await scratch.start(dataDirectory);
    await first.stop();
    mkdirSync(first.socketDirectory);
    writeFileSync(join(first.socketDirectory, '.s.PGSQL.5432.lock'), '1');
    const second = await scratch.start(dataDirectory);
    expect(existsSync(first.socketDirectory)).toBe(false);
    expect(existsSync(second.socketDirectory)).toBe(true);
  });
});

test('the server log stays bounded', async () => {
  const dataDirectory = await scratch.newCluster('noisy');
  const path = join(`${dataDirectory}-log`, 'postgresql.log');
  mkdirSync(dirname(path));
  writeFileSync(path, `${'x'.repeat(1023)}\n`.repeat(9 * 1024));
  const cluster = await scratch.start(dataDirectory);
  expect(statSync(path).size).toBeLessThan(64 * 1024);
  expect(statSync(`${path}.1`).size).toBe(9 * 1024 * 1024);
  expect(readFileSync(cluster.logFile, 'utf8')).toContain('ready to accept connections');
});

test.skipIf(process.platform !== 'linux')("nothing of the operator's PG environment reaches the server", async () => {
  process.env.PGOPTIONS = '-c work_mem=64kB';
  try {
    const cluster = await scratch.start(await scratch.newCluster('environment'));
    const environment = readFileSync(`/proc/${cluster.pid}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry.startsWith('PG'));
    expect(environment).not.toContain('PGOPTIONS=-c work_mem=64kB');
  } finally {
    delete process.env.PGOPTIONS;
  }
});
