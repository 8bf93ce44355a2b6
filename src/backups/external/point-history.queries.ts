import type { Queryable } from '../../database/database.ts';
import type { Verdict } from '../../verification/finding.ts';
import { DRIFT_HISTORY_MAX } from './drift.ts';

/** One sound point before another one. */
export interface PastPoint {
  readonly id: string;
  readonly takenAtMs: number;
  readonly sizeBytes: number;
  readonly entries: number | null;
}

/** What the catalogue says of what was before a point. */
export interface PointPast {
  /** What the newest check of it that came to an end found; undefined when there was none. */
  readonly lastVerdict: Verdict | undefined;
  /** The sound points of the set whose data is not younger than that of this one, newest first. */
  readonly sound: readonly PastPoint[];
}

/**
 * What was before each of these points, by id.
 * @param apart points of which the caller knows more than the catalogue: they are in nobody's past here.
 */
export async function pastsOf(
  db: Queryable,
  pointIds: readonly string[],
  apart: readonly string[],
): Promise<Map<string, PointPast>> {
  if (pointIds.length === 0) return new Map();
  const rows = await db.rows<{ id: string; last_verdict: Verdict | null; sound: PastPoint[] | null }>(
    `SELECT p.id,
            (SELECT c.verdict FROM backup_check c WHERE c.point_id = p.id AND c.state = 'done'
              ORDER BY c.finished_at DESC LIMIT 1) AS last_verdict,
            (SELECT json_agg(json_build_object('id', s.id, 'takenAtMs', extract(epoch FROM s.taken_at) * 1000,
                                               'sizeBytes', s.size_bytes, 'entries', s.entries))
               FROM (SELECT s.id, s.taken_at, s.size_bytes, s.entries FROM recovery_point s
                      WHERE s.set_id = p.set_id AND s.taken_at <= p.taken_at AND s.verdict = 'sound'
                        AND s.id <> ALL ($3::uuid[])
                      ORDER BY s.taken_at DESC, s.id DESC LIMIT $2) s) AS sound
       FROM recovery_point p WHERE p.id = ANY ($1::uuid[])`,
    [[...pointIds], DRIFT_HISTORY_MAX, [...apart]],
  );
  return new Map(
    rows.map(({ id, last_verdict: lastVerdict, sound }) => [
      id,
      { lastVerdict: lastVerdict ?? undefined, sound: sound ?? [] },
    ]),
  );
}

/** The files of a point that is several, by path; the digest is undefined until it was read in full. */
export async function filesOfPoint(db: Queryable, pointId: string): Promise<Map<string, string | undefined>> {
  const rows = await db.rows<{ path: string; digest: string | null }>(
    'SELECT path, digest FROM recovery_point_file WHERE point_id = $1',
    [pointId],
  );
  return new Map(rows.map(({ path, digest }) => [path, digest ?? undefined]));
}
