import { describe, expect, test } from 'vitest';
import { compareTables } from '../../src/backups/compare.ts';
import type { BaseBackupRecord, PointRecord } from '../../src/backups/point-record.ts';
import type { CapturedPoint } from '../../src/backups/point-writer.ts';
import { runOn, useBackupCluster } from './support/backup-cluster.ts';

const cluster = useBackupCluster();

function baseBackup(record: PointRecord): BaseBackupRecord {
  if (record.method !== 'base-backup') throw new Error('no base backup');
  return record;
}

let point: CapturedPoint;

describe('a restored database is compared with the record of its backup', () => {
  test('and is equal when recovery stopped where it should, whatever was written afterwards', async () => {
    await runOn(
      cluster.owner,
      'DROP TABLE IF EXISTS account, remark CASCADE',
      'CREATE TABLE account (id integer PRIMARY KEY, balance numeric)',
      'INSERT INTO account SELECT n, n * 1.5 FROM generate_series(1, 1000) n',
      'CREATE TABLE remark (id integer, text text)',
      'CREATE MATERIALIZED VIEW total AS SELECT sum(balance) FROM account',
    );
    point = await cluster.capture();
    await runOn(cluster.owner, 'UPDATE account SET balance = 0', `INSERT INTO remark VALUES (1, 'too late')`);
    const restored = await cluster.restore(point);
    const comparison = await compareTables(point.record, restored.connection('muster', 'postgres'));
    expect(comparison).toMatchObject({ equal: true, equalCount: 2, comparedCount: 2, rowCount: 1000, differences: [] });
  });

  test('and every table that is not as it was is named', async () => {
    const restored = await cluster.restore(point);
    const there = restored.connection('muster', 'postgres');
    await runOn(
      there,
      'UPDATE account SET balance = balance + 0.01 WHERE id = 17',
      'CREATE TABLE intruder (id integer)',
      'DROP MATERIALIZED VIEW total',
      'ALTER TABLE remark RENAME TO comment',
    );
    const comparison = await compareTables(point.record, there);
    expect(comparison.equal).toBe(false);
    expect(comparison.differences).toEqual([
      'public.account has the 1000 rows on record, but not the same content',
      'public.remark is missing',
      'public.comment was not there when the backup was taken',
      'public.intruder was not there when the backup was taken',
      'the materialised view public.total is missing',
    ]);
    expect(comparison.tables.find(({ name }) => name === 'account')).toMatchObject({ result: 'different' });
    await runOn(there, 'DELETE FROM account WHERE id = 17', 'REFRESH MATERIALIZED VIEW total').catch(() => {});
    const { differences } = await compareTables(point.record, there);
    expect(differences[0]).toBe('public.account has 999 rows, on record are 1000');
  });

  test('and a record that names no table is a failure, never a success', async () => {
    const nothing = { ...point.record, tables: [], materialisedViews: [] };
    const comparison = await compareTables(nothing, { ...cluster.superuser, database: 'template1' });
    expect(comparison).toMatchObject({ equal: false, comparedCount: 0, differences: ['no table was compared'] });
  });

  test('and a materialised view that came back empty is a difference', async () => {
    const restored = await cluster.restore(point);
    const there = restored.connection('muster', 'postgres');
    await runOn(there, 'REFRESH MATERIALIZED VIEW total WITH NO DATA');
    const { differences } = await compareTables(point.record, there);
    expect(differences).toEqual(['the materialised view public.total came back without content']);
  });
});

describe('recovery', () => {
  test('stops at a position in the log where the role may not name a restore point', async () => {
    await runOn(
      cluster.superuser,
      'DROP DATABASE IF EXISTS modest',
      'DROP ROLE IF EXISTS modest',
      'CREATE ROLE modest LOGIN REPLICATION',
      'CREATE DATABASE modest OWNER modest',
    );
    const database = { ...cluster.superuser, database: 'modest', user: 'modest' };
    await runOn(database, 'CREATE TABLE note AS SELECT n FROM generate_series(1, 100) n');
    const modest = await cluster.capture({ database, setName: 'modest' });
    expect(baseBackup(modest.record).recoveryTarget.kind).toBe('lsn');
    await runOn(database, 'DELETE FROM note');
    const restored = await cluster.restore(modest);
    const comparison = await compareTables(modest.record, restored.connection('modest', 'postgres'));
    expect(comparison).toMatchObject({ equal: true, equalCount: 1, rowCount: 100 });
  });

  test('works again for a backup of a database that was itself restored', async () => {
    const first = await cluster.restore(point);
    const again = await cluster.capture({ database: first.connection('muster', 'muster_owner'), setName: 'again' });
    expect(baseBackup(again.record)).toMatchObject({ timeline: 2, systemIdentifier: expect.stringMatching(/^\d+$/) });
    expect(baseBackup(again.record).walFiles[0]).toBe('00000002.history');
    const second = await cluster.restore(again);
    const comparison = await compareTables(again.record, second.connection('muster', 'postgres'));
    expect(comparison).toMatchObject({ equal: true, rowCount: 1000 });
  });

  test('fails with the server’s own words when the log does not reach the restore point', async () => {
    const record: BaseBackupRecord = {
      ...baseBackup(point.record),
      recoveryTarget: { kind: 'name', name: 'never-written' },
    };
    await expect(cluster.restore(point, record)).rejects.toMatchObject({
      code: 'postgres-start-failed',
      message: expect.stringContaining('recovery ended before configured recovery target was reached'),
    });
  });

  test('is refused under another major version, before anything is started', async () => {
    const record = { ...baseBackup(point.record), serverMajor: 15 };
    await expect(cluster.restore(point, record)).rejects.toMatchObject({ code: 'postgres-version-mismatch' });
  });
});
