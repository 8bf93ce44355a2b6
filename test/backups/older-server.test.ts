import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { captureMethod, chooseDump } from '../../src/backups/capture-method.ts';
import { captureSource } from '../../src/backups/capture-source.ts';
import { compareTables } from '../../src/backups/compare.ts';
import { captureDump } from '../../src/backups/dump.capture.ts';
import { extractPoint } from '../../src/backups/extract.ts';
import type { CapturedPoint } from '../../src/backups/point-writer.ts';
import { findDumpTools, findServerNear, findServers } from '../../src/backups/postgres-programs.ts';
import { startRestored } from '../../src/backups/start-restored.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { verifyRecoveryPoint } from '../../src/verification/recovery-point.ts';
import { testLog } from '../support/log.ts';
import { runOn, useBackupCluster } from './support/backup-cluster.ts';
import { SCHEMA, startWriters } from './support/busy-database.ts';

const OLDER = '/usr/lib/postgresql/15/bin';
/** Over long before a dump loses its patience, on the slowest machine. */
const EMPTYINGS_MAX = 6;
const isThere = existsSync(join(OLDER, 'postgres')) && existsSync(join(OLDER, 'pg_dump'));

describe('how a database can be backed up', () => {
  const tools = (major: number) => {
    const program = { path: 'x', version: `${major}.1`, major };
    return { major, pgDump: program, pgRestore: program };
  };
  const facts = { major: 16 };
  const servers = [{ major: 18 }];

  test('a dump by the oldest pg_dump that is not older than the server, when there is a server to restore it in', () => {
    const choice = chooseDump(facts, { servers, dumpTools: [tools(15), tools(16), tools(17)] }, ['no role']);
    expect(choice).toMatchObject({ method: 'pg-dump', tools: { major: 16 }, whyNoBaseBackup: ['no role'] });
  });

  test('else it says exactly what is missing, for either way', () => {
    expect(chooseDump(facts, { servers, dumpTools: [] }, ['no role'])).toEqual({
      missing: [
        'for a base backup: no role',
        "for a dump: pg_dump and pg_restore 16 or newer (install PostgreSQL's client programs, or set PG_BIN)",
      ],
    });
    expect(chooseDump(facts, { servers, dumpTools: [tools(15)] }, ['no role'])).toEqual({
      missing: ['for a base backup: no role', 'for a dump: pg_dump 16 or newer; the newest here is 15.1'],
    });
    expect(chooseDump(facts, { servers: [{ major: 15 }], dumpTools: [tools(17)] }, ['no role'])).toEqual({
      missing: ['for a base backup: no role', 'for a dump: the programs of a server 17 or newer to restore it in'],
    });
  });
});

// Without Debian's packages postgresql-15 and postgresql-client-15 there is no older server to try this with.
describe.skipIf(!isThere)('PostgreSQL 15', { timeout: 120_000 }, () => {
  const cluster = useBackupCluster({ binDirectory: OLDER });
  const destination = () => ({
    repositoryRoot: cluster.repositoryRoot,
    setName: 'older',
    signingKey: cluster.signingKey,
    clock: systemClock,
    log: testLog,
  });

  /** Restores into the given PostgreSQL and compares. */
  async function restoreAndCompare(point: CapturedPoint, binDirectory?: string) {
    const binaries = await findBinaries(binDirectory);
    const target = join(await cluster.newDirectory(), 'pgdata');
    const extracted = await extractPoint({
      pointDirectory: point.pointDirectory,
      target,
      publicKeys: cluster.publicKeys,
    });
    const restored = await startRestored({
      ...cluster.server,
      binaries,
      runAs: await probeRunAs({ binaries }),
      dataDirectory: extracted.dataDirectory,
      record: extracted.record,
      settings: { fsync: 'off' },
    });
    try {
      return await compareTables(point.record, restored.connection(point.record.database, point.record.superuser));
    } finally {
      await restored.stop('immediate');
      await rm(target, { recursive: true });
    }
  }

  test('is found with its programs', async () => {
    expect((await findServers()).map(({ major }) => major)).toEqual(expect.arrayContaining([15, 18]));
    expect((await findDumpTools()).map(({ major }) => major)).toContain(15);
    expect((await findServerNear(15)).major).toBe(15);
    await expect(findServerNear(99)).rejects.toMatchObject({ code: 'postgres-major-missing' });
  });

  test('gives a base backup under continuous writes that comes back equal under its own version', async () => {
    await runOn(cluster.owner, ...SCHEMA);
    expect(await captureMethod(cluster.owner)).toEqual({ method: 'base-backup' });
    const writers = await startWriters(cluster.owner);
    const point = await captureSource({ database: cluster.owner }, destination(), { excludedTables: [] });
    await writers.stop();
    expect(point.record).toMatchObject({ method: 'base-backup', serverMajor: 15 });
    const check = await verifyRecoveryPoint(point.pointDirectory, { publicKeys: cluster.publicKeys });
    expect(check).toMatchObject({ verdict: 'sound', level: 'content' });
    expect(await restoreAndCompare(point, OLDER)).toMatchObject({ equal: true, differences: [] });
  });

  test('gives a dump under continuous writes when the role may not replicate, which comes back equal', async () => {
    await runOn(cluster.superuser, 'ALTER ROLE muster_owner NOREPLICATION');
    const method = await captureMethod(cluster.owner);
    expect(method).toMatchObject({ method: 'pg-dump', tools: { major: 15 } });
    const writers = await startWriters(cluster.owner, { definitions: false });
    const point = await captureSource({ database: cluster.owner }, destination(), { excludedTables: [] });
    const { commits } = await writers.stop();
    expect(commits).toBeGreaterThan(10);
    expect(point.record).toMatchObject({ method: 'pg-dump', serverMajor: 15, encoding: 'UTF8' });
    expect(point.record.notCompared.map(({ kind }) => kind)).not.toContain('database');
    const check = await verifyRecoveryPoint(point.pointDirectory, { publicKeys: cluster.publicKeys });
    expect(check).toMatchObject({ verdict: 'sound', findings: [] });
    const comparison = await restoreAndCompare(point, OLDER);
    expect(comparison).toMatchObject({ equal: true, differences: [], equalCount: point.record.tables.length });
    expect((await compareTables(point.record, cluster.owner)).equal).toBe(false);
  });

  test('gives a dump also when tables are emptied at the moment when it begins; it comes back equal in 18, too', async () => {
    // A few times, at the worst moments that there are: a machine where pg_dump needs longer than the pause gets its turn when
    // they are over.
    let emptyings = 0;
    const stop = new AbortController();
    const loop = (async () => {
      for (; emptyings < EMPTYINGS_MAX && !stop.signal.aborted; emptyings += 1) {
        await runOn(cluster.owner, 'TRUNCATE emptied', 'INSERT INTO emptied VALUES (1)');
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    })();
    const [captured, emptied] = await Promise.allSettled([
      captureSource({ database: cluster.owner }, destination(), { excludedTables: [] }).finally(() => stop.abort()),
      loop,
    ]);
    if (captured.status === 'rejected') throw captured.reason;
    expect(emptied).toMatchObject({ status: 'fulfilled' });
    expect(emptyings).toBeGreaterThan(0);
    const { record } = captured.value;
    const comparison = await restoreAndCompare(captured.value);
    expect(comparison).toMatchObject({ equal: true, differences: [], equalCount: record.tables.length });
  });

  test('gives a dump of a database in another encoding that compares equal; other bytes than those on record are refused', async () => {
    await runOn(
      cluster.superuser,
      `CREATE DATABASE latin OWNER muster_owner TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`,
    );
    const database = { ...cluster.owner, database: 'latin' };
    await runOn(database, `CREATE TABLE word (w text)`, `INSERT INTO word VALUES ('Käse'), ('señor')`);
    const point = await captureSource({ database }, destination(), { excludedTables: [] });
    expect(point.record).toMatchObject({ method: 'pg-dump', encoding: 'LATIN1' });
    expect(await restoreAndCompare(point)).toMatchObject({ equal: true, rowCount: 2 });
    await writeFile(join(point.pointDirectory, 'database.dump'), 'not a dump');
    await expect(restoreAndCompare(point)).rejects.toMatchObject({ code: 'point-damaged' });
  });

  test('says what pg_dump said when it fails, and leaves nothing', async () => {
    await runOn(cluster.superuser, 'CREATE TABLE secret (id integer)', 'REVOKE ALL ON secret FROM PUBLIC');
    const [tools] = await findDumpTools();
    if (tools === undefined) throw new Error('no tools');
    const dump = captureDump({ ...destination(), setName: 'refused', database: cluster.owner, tools });
    await expect(dump).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('secret') });
    await runOn(cluster.superuser, 'DROP TABLE secret');
  });

  test('can be cancelled while it dumps', async () => {
    const reason = new Error('enough');
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(reason), 150);
    const dump = captureSource(
      { database: cluster.owner },
      { ...destination(), signal: cancel.signal },
      { excludedTables: [] },
    );
    await expect(dump).rejects.toBe(reason);
  });
});

describe('the embedded server', () => {
  const cluster = useBackupCluster();

  test('without a role that may replicate, and without a pg_dump of its version, cannot be backed up, and says why', async () => {
    await runOn(cluster.superuser, 'ALTER ROLE muster_owner NOREPLICATION');
    if ((await findDumpTools()).some(({ major }) => major >= 18)) return;
    const run = captureSource(
      { database: cluster.owner },
      {
        repositoryRoot: cluster.repositoryRoot,
        setName: 'none',
        signingKey: cluster.signingKey,
        clock: systemClock,
        log: testLog,
      },
      { excludedTables: [] },
    );
    await expect(run).rejects.toMatchObject({
      code: 'no-capture-method',
      message: expect.stringMatching(/REPLICATION[\s\S]*for a dump: pg_dump/),
    });
  });
});
