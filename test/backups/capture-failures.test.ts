import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { CaptureProgress } from '../../src/backups/point-writer.ts';
import { initialiseRepository, requireRepository, SENTINEL_FILE } from '../../src/backups/repository.identity.ts';
import { createRestorePoint } from '../../src/backups/restore-point.ts';
import { openWorkDirectory, reapWorkDirectories } from '../../src/backups/work-directory.ts';
import { driverSettings } from '../../src/database/connection.ts';
import type { Logger } from '../../src/kernel/log.ts';
import { testLog } from '../support/log.ts';
import { runOn, useBackupCluster } from './support/backup-cluster.ts';
import { mountSmallDisk } from './support/tmpfs.ts';

const cluster = useBackupCluster();
/** The first holds not even the data, the second not the log as well. */
const smallDisks = [mountSmallDisk(2048), mountSmallDisk(12_288)].filter((disk) => disk !== undefined);

beforeAll(() =>
  runOn(
    cluster.owner,
    'CREATE TABLE thing AS SELECT n, md5(n::text) FROM generate_series(1, 2000) n',
    'CREATE TABLE audit_entry (id integer)',
    'CREATE TABLE other_thing (id integer)',
  ),
);

const leftIn = async (root: string) =>
  (await readdir(root, { recursive: true })).filter((name) => name.includes('unfinished'));

async function slots(): Promise<number> {
  const client = new Client(driverSettings(cluster.superuser, 'test'));
  await client.connect();
  const { rowCount } = await client.query('SELECT FROM pg_replication_slots');
  await client.end();
  return rowCount ?? 0;
}

describe('a capture that fails leaves nothing behind', () => {
  const steps: CaptureProgress['step'][] = ['data', 'log', 'fingerprints', 'manifest'];

  test.each(steps)('when it is cancelled at the step "%s"', async (step) => {
    const reason = new Error('the operator changed their mind');
    const cancel = new AbortController();
    const before = await readdir(cluster.repositoryRoot, { recursive: true });
    const capture = cluster.capture({
      signal: cancel.signal,
      onProgress: (progress) => {
        if (progress.step === step) cancel.abort(reason);
      },
    });
    await expect(capture).rejects.toBe(reason);
    expect((await readdir(cluster.repositoryRoot, { recursive: true })).filter((name) => name !== 'muster')).toEqual(
      before.filter((name) => name !== 'muster'),
    );
    await expect.poll(slots).toBe(0);
  });

  test.each(smallDisks)('when the disk is full, and says so (%s)', async (root) => {
    await initialiseRepository(root);
    await expect(cluster.capture({ repositoryRoot: root })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'disk-full',
      message: expect.stringMatching(/takes no more data: the disk is full \(.* are free\)/),
    });
    expect(await leftIn(root)).toEqual([]);
    expect(await readdir(join(root, 'muster'))).toEqual([]);
  });

  test('when the server dies in the middle', async () => {
    const victim = await cluster.restore(await cluster.capture());
    const capture = cluster.capture({
      database: victim.connection('muster', 'muster_owner'),
      setName: 'victim',
      onProgress: ({ step }) => {
        if (step === 'data') void victim.stop('immediate');
      },
    });
    await expect(capture).rejects.toMatchObject({ kind: 'unavailable', code: 'database-unavailable' });
    expect(await readdir(join(cluster.repositoryRoot, 'victim'))).toEqual([]);
  });
});

describe('a capture is refused before it begins', () => {
  test('when the repository is not the one it should be', async () => {
    const root = await cluster.newDirectory();
    const away = { kind: 'unavailable', code: 'repository-unavailable' };
    await expect(cluster.capture({ repositoryRoot: root })).rejects.toMatchObject(away);
    await expect(cluster.capture({ repositoryRoot: join(root, 'nowhere') })).rejects.toMatchObject(away);
    const identity = await initialiseRepository(root);
    expect(await initialiseRepository(root)).toBe(identity);
    const other = '019aab2c-40a1-7e5f-9b3c-8d7e6f5a4b3c';
    await expect(cluster.capture({ repositoryRoot: root, repositoryIdentity: other })).rejects.toMatchObject(away);
    await writeFile(join(root, SENTINEL_FILE), '{"format":"muster-rep');
    await expect(requireRepository(root)).rejects.toMatchObject(away);
    // A damaged sentinel is never replaced in silence.
    await expect(initialiseRepository(root)).rejects.toMatchObject(away);
    expect(await readdir(root)).toEqual([SENTINEL_FILE]);
  });

  test('when the role has no REPLICATION attribute', async () => {
    await runOn(cluster.superuser, 'DROP ROLE IF EXISTS reader', 'CREATE ROLE reader LOGIN');
    await expect(cluster.capture({ database: { ...cluster.owner, user: 'reader' } })).rejects.toMatchObject({
      code: 'replication-refused',
      message: expect.stringContaining('REPLICATION'),
    });
  });

  test('when data lies in a tablespace of its own', async () => {
    const place = await cluster.newDirectory();
    await runOn(
      cluster.superuser,
      'DROP TABLESPACE IF EXISTS elsewhere',
      `CREATE TABLESPACE elsewhere LOCATION '${place}'`,
    );
    await expect(cluster.capture()).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'tablespaces-not-supported',
      message: expect.stringContaining('elsewhere'),
    });
    await runOn(cluster.superuser, 'DROP TABLESPACE elsewhere');
  });

  test('when audit would be left out of the comparison; other tables may be, and are listed', async () => {
    await expect(cluster.capture({ excludedTables: ['public.audit_entry'] })).rejects.toMatchObject({
      code: 'exclusion-refused',
      message: expect.stringContaining('public.audit_entry'),
    });
    const { record } = await cluster.capture({ excludedTables: ['public.other_thing'] });
    expect(record.tables.map(({ name }) => name)).toEqual(['audit_entry', 'thing']);
    expect(record.notCompared).toContainEqual({
      schema: 'public',
      name: 'other_thing',
      kind: 'table',
      reason: 'excluded by configuration',
    });
  });

  test('when the set has a name that leads out of the repository', async () => {
    for (const setName of ['..', 'a/b', '', 'UPPER', '-x']) {
      await expect(cluster.capture({ setName })).rejects.toMatchObject({ code: 'bad-set-name' });
    }
  });
});

describe('a restore point', () => {
  test('gives up with the name of the table when a long transaction does not end, and blocks nobody meanwhile', async () => {
    const holder = new Client(driverSettings(cluster.owner, 'long report'));
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('UPDATE thing SET md5 = md5 WHERE n = 1');
    const attempt = createRestorePoint({ database: cluster.owner, name: 'x', log: testLog, lockBudgetSeconds: 1 });
    const writer = new Client(driverSettings(cluster.owner, 'writer'));
    await writer.connect();
    let written = 0;
    let settled = false;
    const settle = () => {
      settled = true;
    };
    attempt.then(settle, settle);
    while (!settled) {
      await writer.query('INSERT INTO other_thing VALUES (1)');
      written += 1;
    }
    await expect(attempt).rejects.toMatchObject({
      kind: 'conflict',
      code: 'restore-point-busy',
      message: expect.stringContaining('public.thing'),
    });
    // The attempts last a second: who writes elsewhere is let in between them again and again.
    expect(written).toBeGreaterThan(4);
    await holder.query('ROLLBACK');
    await Promise.all([holder.end(), writer.end()]);
  });
});

test('every attempt at a restore point has a name of its own, because a mark that was given up stays in the log', async () => {
  const holder = new Client(driverSettings(cluster.owner, 'holder'));
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('UPDATE thing SET md5 = md5 WHERE n = 1');
  const names: unknown[] = [];
  const log = { debug: ({ restorePoint }: { restorePoint: string }) => names.push(restorePoint) } as unknown as Logger;
  const attempt = createRestorePoint({ database: cluster.owner, name: 'mark', log });
  try {
    await expect.poll(() => names.length).toBeGreaterThan(1);
  } finally {
    await holder.query('ROLLBACK');
    await holder.end();
  }
  const { target, reader } = await attempt;
  await reader.end();
  expect(target).toEqual({ kind: 'name', name: `mark-${names.length + 1}` });
  expect(new Set(names).size).toBe(names.length);
});

describe('what a killed process leaves', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process that works in a directory until it is killed. */
  async function worker(parent: string, name: string): Promise<ChildProcess> {
    const module = new URL('../../src/backups/work-directory.ts', import.meta.url).href;
    const script = `import { openWorkDirectory } from ${JSON.stringify(module)};
      await openWorkDirectory(${JSON.stringify(parent)}, ${JSON.stringify(name)});
      console.log('ready'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout ?? child, 'data');
    return child;
  }

  test('is removed once the process is dead, and not before', async () => {
    const parent = await cluster.newDirectory();
    const child = await worker(parent, 'one');
    await writeFile(join(parent, '.unfinished-one', 'part'), 'x');
    expect(await reapWorkDirectories(parent, testLog)).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await reapWorkDirectories(parent, testLog)).toEqual([join(parent, '.unfinished-one')]);
    expect(await readdir(parent)).toEqual([]);
  });

  test('is removed by the next capture into the same set', async () => {
    const parent = join(cluster.repositoryRoot, 'killed');
    await mkdir(parent);
    const child = await worker(parent, 'two');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { name } = await cluster.capture({ setName: 'killed' });
    expect(await readdir(parent)).toEqual([name]);
  });

  test('is left alone without our marker, and when another host may still work in it', async () => {
    const parent = await cluster.newDirectory();
    await mkdir(join(parent, '.unfinished-strange'));
    await mkdir(join(parent, '.unfinished-remote'));
    const marker = join(parent, '.unfinished-remote.owner.json');
    const remote = { format: 'muster-work/1', host: 'elsewhere', bootId: 'x', namespace: 'x', pid: 1, startTicks: '1' };
    await writeFile(marker, JSON.stringify(remote));
    expect(await reapWorkDirectories(parent, testLog)).toEqual([]);
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
    await utimes(marker, twoDaysAgo, twoDaysAgo);
    expect(await reapWorkDirectories(parent, testLog)).toEqual([join(parent, '.unfinished-remote')]);
    expect(await readdir(parent)).toEqual(['.unfinished-strange']);
  });

  test('a work directory is gone when its owner is done with it, unless it was published', async () => {
    const parent = await cluster.newDirectory();
    {
      await using work = await openWorkDirectory(parent, 'three');
      await writeFile(join(work.path, 'part'), 'x');
    }
    expect(await readdir(parent)).toEqual([]);
    await rm(parent, { recursive: true });
  });
});
