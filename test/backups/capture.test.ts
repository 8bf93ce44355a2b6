import { describe, expect, test } from 'vitest';
import { compareTables } from '../../src/backups/compare.ts';
import { verifyRecoveryPoint } from '../../src/verification/recovery-point.ts';
import { runOn, useBackupCluster } from './support/backup-cluster.ts';
import { LEAF_TABLES, SCHEMA, startWriters, watchRestorePoint } from './support/busy-database.ts';

const cluster = useBackupCluster({ prepare: ({ owner }) => runOn(owner, ...SCHEMA) });

describe('a base backup taken while everything changes', () => {
  test('restores to exactly the data of its restore point, and its check says sound', {
    timeout: 180_000,
  }, async () => {
    const watch = await watchRestorePoint(cluster.owner);
    const writers = await startWriters(cluster.owner);
    const points = [await cluster.capture(), await cluster.capture()];
    const { commits } = await writers.stop();
    expect(commits).toBeGreaterThan(100);
    // Writers are kept away while the point is marked, and not while its data is read for the record.
    const { reading, readingAlone } = await watch.stop();
    expect(reading).toBeGreaterThan(5);
    expect(readingAlone).toBeGreaterThan(reading / 2);

    for (const point of points) {
      const { record } = point;
      const check = await verifyRecoveryPoint(point.pointDirectory, { publicKeys: cluster.publicKeys });
      expect(check).toMatchObject({ verdict: 'sound', level: 'content', findings: [] });
      expect(record.tables.length).toBeGreaterThanOrEqual(LEAF_TABLES);
      expect(record.notCompared.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
        'materialised view big_lengths',
        'unlogged table scratch',
        'materialised view unpopulated',
        'database postgres',
      ]);
      const restored = await cluster.restore(point);
      const comparison = await compareTables(record, restored.connection('muster', record.superuser));
      expect(comparison.differences).toEqual([]);
      expect(comparison).toMatchObject({
        equal: true,
        equalCount: record.tables.length,
        comparedCount: record.tables.length,
      });
    }
    // The live database has moved on, and the same comparison says so.
    const [first] = points;
    if (!first) throw new Error('no point');
    const live = await compareTables(first.record, cluster.owner);
    expect(live.equal).toBe(false);
    expect(live.differences).toContainEqual(expect.stringContaining('public.aa_last_locked'));
  });
});
