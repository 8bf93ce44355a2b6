import type { Queryable } from '../../database/database.ts';
import type { BackupSet, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import { keptPoints } from '../catalogue.queries.ts';
import { pointDirectoryOf } from '../check.ts';
import { type BaseBackupRecord, readPointRecord } from '../point-record.ts';

/** A base backup of a set that is not removed yet. */
export interface KeptBaseBackup {
  readonly point: RecoveryPoint;
  /** What it says of itself; undefined when that cannot be read: its own check tells why. */
  readonly record: BaseBackupRecord | undefined;
}

/** The base backups that a set's repository holds, or should: oldest data first. */
export async function keptBaseBackups(
  db: Queryable,
  set: BackupSet,
  repository: Repository,
): Promise<KeptBaseBackup[]> {
  const points = (await keptPoints(db, set)).filter(({ method }) => method === 'base-backup');
  return Promise.all(
    points.map(async (point) => {
      const read = readPointRecord(pointDirectoryOf(repository, set, point));
      const record = await read.catch(() => undefined);
      return { point, record: record?.method === 'base-backup' ? record : undefined };
    }),
  );
}
