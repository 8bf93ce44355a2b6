import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { stopOrphan } from '../../src/database/server/orphan.ts';
import {
  clusterNameFor,
  fromProcessTable,
  identityOf,
  serverProcessesOf,
} from '../../src/database/server/server-processes.ts';
import { type Holding, hold } from './holding.ts';
import { isRunning, makeScratch, query, type Scratch, silentLog, until } from './scratch.ts';

let scratch: Scratch;
const holdings: (Holding & { readonly dataDirectory: string })[] = [];
const bystanders: ChildProcess[] = [];
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterAll(async () => {
  for (const { kill, dataDirectory, answer } of holdings) {
    await kill();
    // A test that failed half-way leaves its orphan.
    if ((await identityOf(answer.postmasterPid, dataDirectory)) === 'server')
      process.kill(answer.postmasterPid, 'SIGKILL');
  }
  for (const bystander of bystanders) bystander.kill('SIGKILL');
  await scratch.remove();
});

async function holdServer(dataDirectory: string, diesWithParent: boolean): Promise<Holding> {
  const holding = await hold({ start: { dataDirectory, runtimeDirectory: scratch.directory, diesWithParent } });
  holdings.push({ ...holding, dataDirectory });
  return holding;
}

test('a server whose Node was killed shuts down cleanly by itself where the kernel can signal it', async ({ skip }) => {
  skip(!scratch.runAs.diesWithParent, 'setpriv is missing here');
  const dataDirectory = await scratch.newCluster('dies');
  const { answer, kill } = await holdServer(dataDirectory, true);
  await query(answer.connection, 'CREATE TABLE kept AS SELECT 1 AS one');
  await kill();
  await until('the server ends', 15, async () => (await serverProcessesOf(dataDirectory)).length === 0);
  expect(existsSync(join(dataDirectory, 'postmaster.pid'))).toBe(false);
  const cluster = await scratch.start(dataDirectory);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  expect(readFileSync(cluster.logFile, 'utf8')).not.toContain('was not properly shut down');
});

test('a server that outlived its Node is found and stopped, and nothing that it acknowledged is lost', async () => {
  const dataDirectory = await scratch.newCluster('orphan');
  const { answer, kill } = await holdServer(dataDirectory, false);
  await kill();
  await query(answer.connection, 'CREATE TABLE kept AS SELECT 2 AS two');

  const report = await stopOrphan({ dataDirectory, log: silentLog });
  expect(report.stoppedPids).toContain(answer.postmasterPid);
  expect(await serverProcessesOf(dataDirectory)).toEqual([]);
  const cluster = await scratch.start(dataDirectory);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT two FROM kept')).toEqual([{ two: 2 }]);
  expect(existsSync(answer.connection.host)).toBe(false);
});

test('an orphan that will not shut down in time is made to quit', async () => {
  const dataDirectory = await scratch.newCluster('stubborn');
  const { answer, kill } = await holdServer(dataDirectory, false);
  await kill();
  process.kill(answer.postmasterPid, 'SIGSTOP');
  const stopped = stopOrphan({ dataDirectory, log: silentLog, fastTimeoutSeconds: 0.3 });
  await until('it was asked to shut down and then to quit', 10, () =>
    pendingSignals(answer.postmasterPid).includes('SIGQUIT'),
  );
  process.kill(answer.postmasterPid, 'SIGCONT');
  expect((await stopped).stoppedPids).toContain(answer.postmasterPid);
  expect(await serverProcessesOf(dataDirectory)).toEqual([]);
});

/** The signals that a stopped process was sent and has not taken yet. */
function pendingSignals(pid: number): string[] {
  const mask = /^ShdPnd:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return Object.entries(constants.signals).flatMap(([name, number]) =>
    (BigInt(`0x${mask}`) >> BigInt(number - 1)) & 1n ? [name] : [],
  );
}

test('children that outlive their postmaster in a long query are ended before a new server may start', async () => {
  const dataDirectory = await scratch.newCluster('strays');
  const cluster = await scratch.start(dataDirectory);
  const client = new pg.Client(cluster.connection('postgres', SUPERUSER));
  client.on('error', () => {});
  await client.connect();
  const busy = client.query('SELECT count(*) FROM generate_series(1, 1000000000) a').catch(() => 'cut off');
  await until('the query runs', 5, async () => {
    const rows = await query(
      cluster.connection('postgres', SUPERUSER),
      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()",
    );
    return rows.length > 0;
  });
  process.kill(cluster.pid, 'SIGKILL');
  await cluster.exited;
  await expect(scratch.start(dataDirectory)).rejects.toMatchObject({ code: 'postgres-still-in-use' });

  await stopOrphan({ dataDirectory, log: silentLog });
  expect(await busy).toBe('cut off');
  const again = await scratch.start(dataDirectory);
  expect(await query(again.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a recycled process id in postmaster.pid is left alone, even one that stands in the data directory', async () => {
  const dataDirectory = await scratch.newCluster('recycled');
  const bystander = spawn('sleep', ['600'], { cwd: dataDirectory });
  bystanders.push(bystander);
  const pid = bystander.pid as number;
  writeFileSync(
    join(dataDirectory, 'postmaster.pid'),
    `${pid}\n${dataDirectory}\n1700000000\n5432\n/nowhere\n\n  1 1\nready   \n`,
  );
  expect(await identityOf(pid, dataDirectory)).toBe('other');
  await expect(scratch.start(dataDirectory)).rejects.toMatchObject({ code: 'postgres-still-in-use' });

  expect(await stopOrphan({ dataDirectory, log: silentLog })).toEqual({ stoppedPids: [], clearedStalePid: true });
  const cluster = await scratch.start(dataDirectory);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(bystander.exitCode).toBe(null);
  expect(isRunning(pid)).toBe(true);
});

test('a server of another data directory is left alone, even when postmaster.pid names it', async () => {
  const neighbour = await scratch.start(await scratch.newCluster('neighbour'));
  const dataDirectory = await scratch.newCluster('mistaken');
  writeFileSync(
    join(dataDirectory, 'postmaster.pid'),
    `${neighbour.pid}\n${dataDirectory}\n1700000000\n5432\n/nowhere\n\n  1 1\nready   \n`,
  );
  expect(await stopOrphan({ dataDirectory, log: silentLog })).toEqual({ stoppedPids: [], clearedStalePid: true });
  await scratch.start(dataDirectory);
  expect(await query(neighbour.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('an orphan is found through another path to the same directory', async () => {
  const dataDirectory = await scratch.newCluster('linked');
  const { answer, kill } = await holdServer(dataDirectory, false);
  await kill();
  symlinkSync(dataDirectory, join(scratch.directory, 'link'));
  const report = await stopOrphan({ dataDirectory: join(scratch.directory, 'link'), log: silentLog });
  expect(report.stoppedPids).toContain(answer.postmasterPid);
});

test('there is nothing to stop where no server ran', async () => {
  const nothing = { stoppedPids: [], clearedStalePid: false };
  expect(await stopOrphan({ dataDirectory: await scratch.newCluster('quiet'), log: silentLog })).toEqual(nothing);
  expect(await stopOrphan({ dataDirectory: join(scratch.directory, 'absent'), log: silentLog })).toEqual(nothing);
});

test('a process table tells the servers of one directory by their arguments and their cluster name', () => {
  const table = [
    '  101 /opt/pg/bin/postgres -D /data/pg -c port=5432',
    `  102 postgres: ${clusterNameFor('/data/pg')}: checkpointer `,
    '  103 postgres: other: checkpointer ',
    '  104 /opt/pg/bin/postgres -D /data/pg2 -c port=5432',
    '  105 vi /data/pg/postgresql.conf',
    '  106 grep postgres -D /data/pg ',
  ].join('\n');
  expect(fromProcessTable(table, '/data/pg')).toEqual([101, 102]);
});
