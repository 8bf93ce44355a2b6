import type { Queryable } from '../../database/database.ts';
import type { Verdict } from '../../verification/finding.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { DRIFT_HISTORY_MAX } from './drift.ts';
import type { PointHistory } from './point-result.ts';

/** Size and count of entries of the sound points of the set whose data is from before this one, oldest first. */
export async function historyBefore(
  db: Queryable,
  { setId, takenAt, id }: Pick<RecoveryPoint, 'setId' | 'takenAt' | 'id'>,
): Promise<PointHistory> {
  const rows = await db.rows<{ size_bytes: string; entries: string | null }>(
    `SELECT size_bytes, entries FROM recovery_point
      WHERE set_id = $1 AND taken_at <= $2 AND id <> $3 AND verdict = 'sound'
      ORDER BY taken_at DESC, id DESC LIMIT $4`,
    [setId, takenAt.toString(), id, DRIFT_HISTORY_MAX],
  );
  const oldestFirst = rows.toReversed();
  return {
    sizes: oldestFirst.map(({ size_bytes: size }) => Number(size)),
    entries: oldestFirst.flatMap(({ entries }) => (entries === null ? [] : [Number(entries)])),
  };
}

/** What the newest check of a point that came to an end found; undefined when there was none. */
export async function lastVerdict(db: Queryable, pointId: string): Promise<Verdict | undefined> {
  const [row] = await db.rows<{ verdict: Verdict }>(
    `SELECT verdict FROM backup_check WHERE point_id = $1 AND state = 'done' ORDER BY finished_at DESC LIMIT 1`,
    [pointId],
  );
  return row?.verdict;
}

/** The files of a point that is several, by path; the digest is undefined until it was read in full. */
export async function filesOfPoint(db: Queryable, pointId: string): Promise<Map<string, string | undefined>> {
  const rows = await db.rows<{ path: string; digest: string | null }>(
    'SELECT path, digest FROM recovery_point_file WHERE point_id = $1',
    [pointId],
  );
  return new Map(rows.map(({ path, digest }) => [path, digest ?? undefined]));
}
