import type { Queryable } from '../database/database.ts';

/** The figures of one backup set, for `/metrics`. */
export interface SetMetrics {
  readonly set: string;
  /** Age of the data in the newest sound point; undefined where there is none. */
  readonly newestSoundAgeSeconds: number | undefined;
  /** Since the present point that was read in full longest ago was read, or registered when it never was. */
  readonly oldestUnreadSeconds: number | undefined;
  /** Points that should be there, by their verdict; `unchecked` before the first. */
  readonly pointsByVerdict: Readonly<Record<string, number>>;
  /** Findings of the newest check of every such point that is not sound. */
  readonly findingsByKind: Readonly<Record<string, number>>;
}

/** The figures of the first `limit` sets in use, by the database's clock, in one statement. */
export async function metricsOfSets(db: Queryable, limit: number): Promise<SetMetrics[]> {
  const rows = await db.rows<MetricsRow>(METRICS, [limit]);
  return rows.map((row) => ({
    set: row.name,
    newestSoundAgeSeconds: row.newest_sound_age ?? undefined,
    oldestUnreadSeconds: row.oldest_unread ?? undefined,
    pointsByVerdict: row.points,
    findingsByKind: row.findings,
  }));
}

interface MetricsRow {
  name: string;
  newest_sound_age: number | null;
  oldest_unread: number | null;
  points: Record<string, number>;
  findings: Record<string, number>;
}

const METRICS = `
  SELECT s.name, sound.age AS newest_sound_age, points.oldest_unread, points.by_verdict AS points, found.by_kind AS findings
    FROM (SELECT id, name FROM backup_set WHERE retired_at IS NULL ORDER BY id LIMIT $1) s
    LEFT JOIN LATERAL (
      SELECT extract(epoch FROM now() - p.taken_at)::double precision AS age FROM recovery_point p
       WHERE p.set_id = s.id AND p.state = 'present' AND p.verdict = 'sound'
       ORDER BY p.taken_at DESC, p.id DESC LIMIT 1) sound ON true
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_object_agg(verdict, number), '{}') AS by_verdict,
             extract(epoch FROM now() - min(unread_since))::double precision AS oldest_unread
        FROM (SELECT coalesce(p.verdict, 'unchecked') AS verdict, count(*) AS number,
                     min(coalesce(p.read_in_full_at, p.created_at)) FILTER (WHERE p.state = 'present') AS unread_since
                FROM recovery_point p WHERE p.set_id = s.id AND p.state IN ('present', 'missing')
               GROUP BY coalesce(p.verdict, 'unchecked')) counted) points
    CROSS JOIN LATERAL (
      SELECT coalesce(jsonb_object_agg(kind, number), '{}') AS by_kind
        FROM (SELECT f.kind, count(*) AS number
                FROM recovery_point p
               CROSS JOIN LATERAL (SELECT c.findings FROM backup_check c WHERE c.point_id = p.id AND c.state = 'done'
                                    ORDER BY c.id DESC LIMIT 1) newest
               CROSS JOIN LATERAL jsonb_to_recordset(newest.findings) AS f (kind text)
               WHERE p.set_id = s.id AND p.state IN ('present', 'missing') AND p.verdict <> 'sound'
               GROUP BY f.kind) counted) found
   ORDER BY s.name`;
