import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { serverProcessesOf } from '../../src/database/server/server-processes.ts';
import {
  DEFAULT_RESTART_POLICY,
  type SupervisedCluster,
  type SuperviseOptions,
  type SupervisorEvent,
  superviseCluster,
} from '../../src/database/server/supervisor.ts';
import { hold } from './holding.ts';
import { makeScratch, query, type Scratch, until } from './scratch.ts';

let scratch: Scratch;
const supervised: SupervisedCluster[] = [];
beforeAll(async () => {
  scratch = await makeScratch();
}, 30_000);
afterEach(async () => {
  for (const cluster of supervised.splice(0)) await cluster.stop('immediate');
});
afterAll(() => scratch.remove());

async function supervise(dataDirectory: string, more: Partial<SuperviseOptions> = {}) {
  const events: SupervisorEvent[] = [];
  const { signal, socketDirectory, waitFor, ...options } = scratch.options(dataDirectory);
  const cluster = await superviseCluster({ ...options, onEvent: (event) => events.push(event), ...more });
  supervised.push(cluster);
  return { cluster, events, kinds: () => events.map((event) => event.kind) };
}

test('kill -9 of the postmaster under 8 writers, three times: it recovers by itself and no acknowledged row is lost', async () => {
  const { cluster, kinds } = await supervise(await scratch.newCluster('killed'));
  const connection = cluster.connection('postgres', SUPERUSER);
  await query(connection, 'CREATE TABLE written (id bigint PRIMARY KEY)');
  const acknowledged: number[] = [];
  let next = 0;
  let writing = true;
  // One pool over all restarts: the socket stays where it is.
  const pool = new pg.Pool({ ...connection, max: 8, connectionTimeoutMillis: 2000 });
  pool.on('error', () => {});
  const writer = async () => {
    while (writing) {
      next += 1;
      const id = next;
      await pool.query('INSERT INTO written VALUES ($1)', [id]).then(
        () => acknowledged.push(id),
        () => new Promise((resolve) => setTimeout(resolve, 20)),
      );
    }
  };
  const writers = Array.from({ length: 8 }, writer);
  for (let kill = 1; kill <= 3; kill += 1) {
    const enough = acknowledged.length + 200;
    await until('the writers write', 20, () => acknowledged.length >= enough);
    const victim = cluster.pid() as number;
    process.kill(victim, 'SIGKILL');
    await until('the server is replaced', 20, () => cluster.pid() !== undefined && cluster.pid() !== victim);
  }
  const enough = acknowledged.length + 200;
  await until('the writers write again', 20, () => acknowledged.length >= enough);
  writing = false;
  await Promise.all(writers);
  await pool.end();
  const rows = await query(connection, 'SELECT id FROM written');
  const stored = new Set(rows.map((row) => Number(row.id)));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect(kinds().filter((kind) => kind === 'died')).toHaveLength(3);
}, 90_000);

test('a server that is shut down by someone else is started again', async () => {
  const { cluster, kinds } = await supervise(await scratch.newCluster('shut'));
  const first = cluster.pid() as number;
  process.kill(first, 'SIGINT');
  await until('the server is replaced', 20, () => cluster.pid() !== undefined && cluster.pid() !== first);
  expect(kinds()).toEqual(['started', 'died', 'started']);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('an orphan of a killed Node is stopped first', async () => {
  const dataDirectory = await scratch.newCluster('inherited');
  const holding = await hold({ start: { dataDirectory, runtimeDirectory: scratch.directory, diesWithParent: false } });
  await query(holding.answer.connection, 'CREATE TABLE kept AS SELECT 3 AS three');
  await holding.kill();
  const { cluster, kinds } = await supervise(dataDirectory);
  expect(kinds()).toEqual(['orphan-stopped', 'started']);
  expect(existsSync(holding.answer.connection.host)).toBe(false);
  expect(await query(cluster.connection('postgres', SUPERUSER), 'SELECT three FROM kept')).toEqual([{ three: 3 }]);
});

test('is given up with one clear error when it cannot be started again', async () => {
  const dataDirectory = await scratch.newCluster('broken');
  const restart = { ...DEFAULT_RESTART_POLICY, attemptsMax: 3, firstDelaySeconds: 0.02 };
  const { cluster, events, kinds } = await supervise(dataDirectory, { restart });
  renameSync(join(dataDirectory, 'global', 'pg_control'), join(dataDirectory, 'global', 'pg_control.gone'));
  process.kill(cluster.pid() as number, 'SIGKILL');
  await until('it is given up', 20, () => kinds().includes('gave-up'));
  expect(kinds()).toEqual(['started', 'died', 'restart-failed', 'restart-failed', 'restart-failed', 'gave-up']);
  expect(events.at(-1)).toMatchObject({
    error: { code: 'postgres-gave-up', message: expect.stringContaining('pg_control') },
  });
  expect(cluster.pid()).toBeUndefined();
});

test('a server that keeps dying soon after its start is given up too', async () => {
  const restart = { ...DEFAULT_RESTART_POLICY, attemptsMax: 2, firstDelaySeconds: 0.02 };
  const { cluster, kinds } = await supervise(await scratch.newCluster('unstable'), { restart });
  for (let life = 1; life <= 3; life += 1) {
    await until('it runs', 20, () => cluster.pid() !== undefined);
    const victim = cluster.pid() as number;
    process.kill(victim, 'SIGKILL');
    await until('its end is seen', 20, () => cluster.pid() !== victim);
  }
  await until('it is given up', 20, () => kinds().includes('gave-up'));
  expect(kinds().filter((kind) => kind === 'died')).toHaveLength(3);
});

test('stopping ends the supervision, also in the middle of a restart, and leaves nothing', async () => {
  const dataDirectory = await scratch.newCluster('stopped');
  const { cluster, kinds } = await supervise(dataDirectory);
  process.kill(cluster.pid() as number, 'SIGKILL');
  await until('its end is seen', 20, () => kinds().includes('died'));
  await cluster.stop();
  await cluster.stop();
  expect(await serverProcessesOf(dataDirectory)).toEqual([]);
  expect(existsSync(cluster.socketDirectory)).toBe(false);
  expect(kinds()).not.toContain('gave-up');
});

test('a first start that fails leaves no socket directory', async () => {
  const before = readdirSync(scratch.directory).filter((name) => name.startsWith('muster-'));
  const dataDirectory = await scratch.newCluster('never');
  await expect(supervise(dataDirectory, { settings: { wal_level: 'none' } })).rejects.toMatchObject({
    code: 'postgres-start-failed',
  });
  expect(readdirSync(scratch.directory).filter((name) => name.startsWith('muster-'))).toEqual(before);
});
