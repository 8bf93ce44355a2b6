import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import type { BackupSet } from './backup-catalogue.ts';

/** How a set stands at this moment, by the database's clock. */
export interface SetStatus {
  /** `stale` without a sound point that is young enough, also when there is none at all. */
  readonly freshness: 'fresh' | 'stale';
  readonly newestSoundPoint: { readonly id: string; readonly takenAt: Temporal.Instant } | undefined;
  readonly presentCount: number;
  /** Points that should be there and are missing, or were found not sound. */
  readonly unsoundCount: number;
  /** Of all present points, the one that was read in full longest ago was read then; undefined when one never was. */
  readonly allReadSince: Temporal.Instant | undefined;
}

/** The status of each of the sets, by set id. */
export async function statusOfSets(db: Queryable, sets: readonly BackupSet[]): Promise<Map<string, SetStatus>> {
  const rows = await db.rows<StatusRow>(STATUS, [sets.map(({ id }) => id)]);
  return new Map(rows.map((row) => [row.id, statusOf(row)]));
}

interface StatusRow {
  id: string;
  is_fresh: boolean | null;
  sound_id: string | null;
  sound_taken_at: Date | null;
  present_count: string;
  unsound_count: string;
  all_read_since: Date | null;
}

const STATUS = `
  SELECT s.id, sound.id AS sound_id, sound.taken_at AS sound_taken_at,
         sound.taken_at > now() - make_interval(secs => s.stale_after_seconds) AS is_fresh,
         counts.present_count, counts.unsound_count, counts.all_read_since
    FROM backup_set s
    LEFT JOIN LATERAL (
      SELECT p.id, p.taken_at FROM recovery_point p
       WHERE p.set_id = s.id AND p.state = 'present' AND p.verdict = 'sound'
       ORDER BY p.taken_at DESC, p.id DESC LIMIT 1) sound ON true
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE p.state = 'present') AS present_count,
             count(*) FILTER (WHERE p.state = 'missing' OR p.verdict <> 'sound') AS unsound_count,
             CASE WHEN bool_and(p.read_in_full_at IS NOT NULL) FILTER (WHERE p.state = 'present')
                  THEN min(p.read_in_full_at) FILTER (WHERE p.state = 'present') END AS all_read_since
        FROM recovery_point p WHERE p.set_id = s.id AND p.state IN ('present', 'missing')) counts
   WHERE s.id = ANY ($1)`;

function statusOf(row: StatusRow): SetStatus {
  const hasSound = row.sound_id !== null && row.sound_taken_at !== null;
  return {
    freshness: row.is_fresh ? 'fresh' : 'stale',
    newestSoundPoint: hasSound ? { id: row.sound_id ?? '', takenAt: instantOf(row.sound_taken_at as Date) } : undefined,
    presentCount: Number(row.present_count),
    unsoundCount: Number(row.unsound_count),
    allReadSince: row.all_read_since === null ? undefined : instantOf(row.all_read_since),
  };
}
