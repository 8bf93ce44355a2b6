import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import type { BackupSet } from './backup-catalogue.ts';
import { type Freshness, freshnessOf } from './external/freshness.ts';
import { nameUnitOf } from './external/name-precision.ts';
import type { BackupReport } from './external/report.ts';
import { logArchivesOf } from './log-archive/log-archive.queries.ts';
import type { LogArchive } from './log-archive/log-archive.ts';

/** How a set stands at this moment, by the database's clock. */
export interface SetStatus extends Freshness {
  readonly asOf: Temporal.Instant;
  readonly newestSoundPoint: { readonly id: string; readonly takenAt: Temporal.Instant } | undefined;
  readonly presentCount: number;
  /** Points that should be there and are missing, or were found not sound. */
  readonly unsoundCount: number;
  /** Of all present points, the one that was read in full longest ago was read then; undefined when one never was. */
  readonly allReadSince: Temporal.Instant | undefined;
  /** Of the present points that were never read in full, the one that is known longest. */
  readonly oldestUnverified: { readonly id: string; readonly since: Temporal.Instant } | undefined;
  readonly lastReport: (Pick<BackupReport, 'id' | 'kind' | 'verdict'> & { readonly at: Temporal.Instant }) | undefined;
  /** Ids of services in use that are recovered from it. */
  readonly services: readonly string[];
  /** Of Muster's own database; undefined where nothing is archived, nor was to be. */
  readonly logArchive: LogArchive | undefined;
}

/** The status of each of the sets, by set id: one statement, however many they are, and one more for Muster's own. */
export async function statusOfSets(db: Queryable, sets: readonly BackupSet[]): Promise<Map<string, SetStatus>> {
  const rows = await db.rows<StatusRow>(STATUS, [sets.map(({ id }) => id)]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const own = sets.filter(({ kind }) => kind === 'postgresql').map(({ id }) => id);
  const archives = own.length === 0 ? new Map<string, LogArchive>() : await logArchivesOf(db, own);
  return new Map(
    sets.flatMap((set) => {
      const row = byId.get(set.id);
      return row ? [[set.id, { ...statusOf(set, row), logArchive: archives.get(set.id) }]] : [];
    }),
  );
}

interface StatusRow {
  id: string;
  now: Date;
  created_at: Date;
  sound_id: string | null;
  sound_taken_at: Date | null;
  point_taken_at: Date | null;
  success_at: Date | null;
  present_count: string;
  unsound_count: string;
  all_read_since: Date | null;
  unverified_id: string | null;
  unverified_since: Date | null;
  report_id: string | null;
  report_kind: BackupReport['kind'] | null;
  report_verdict: 'damaged' | null;
  report_at: Date | null;
  services: string[];
}

/** Nothing can be brought back from a point of these verdicts, as far as is known. */
const UNUSABLE = `'damaged', 'altered', 'hostile', 'missing'`;

// A name can claim any time: what lies further ahead than the zones of the world are apart meets no slot.
const STATUS = `
  SELECT s.id, now() AS now, s.created_at, sound.id AS sound_id, sound.taken_at AS sound_taken_at,
         newest.taken_at AS point_taken_at, success.received_at AS success_at,
         counts.present_count, counts.unsound_count, counts.all_read_since,
         unverified.id AS unverified_id, unverified.created_at AS unverified_since,
         report.id AS report_id, report.kind AS report_kind, report.verdict AS report_verdict, report.received_at AS report_at,
         ARRAY(SELECT b.service_id FROM service_backup_set b JOIN service v ON v.id = b.service_id
                WHERE b.backup_set_id = s.id AND v.retired_at IS NULL ORDER BY 1) AS services
    FROM backup_set s
    LEFT JOIN LATERAL (
      SELECT p.id, p.taken_at FROM recovery_point p
       WHERE p.set_id = s.id AND p.state = 'present' AND p.verdict = 'sound'
         AND p.taken_at <= now() + interval '26 hours'
       ORDER BY p.taken_at DESC, p.id DESC LIMIT 1) sound ON true
    LEFT JOIN LATERAL (
      SELECT p.taken_at FROM recovery_point p
       WHERE p.set_id = s.id AND p.state = 'present' AND coalesce(p.verdict, '') NOT IN (${UNUSABLE})
         AND p.taken_at <= now() + interval '26 hours'
       ORDER BY p.taken_at DESC, p.id DESC LIMIT 1) newest ON true
    LEFT JOIN LATERAL (
      SELECT r.received_at FROM backup_report r LEFT JOIN recovery_point p ON p.id = r.point_id
       WHERE r.set_id = s.id AND r.kind = 'success' AND r.verdict IS NULL AND coalesce(p.state, 'present') = 'present'
         AND coalesce(p.verdict, '') NOT IN (${UNUSABLE})
       ORDER BY r.received_at DESC LIMIT 1) success ON true
    LEFT JOIN LATERAL (
      SELECT p.id, p.created_at FROM recovery_point p
       WHERE p.set_id = s.id AND p.state = 'present' AND p.read_in_full_at IS NULL
       ORDER BY p.created_at, p.id LIMIT 1) unverified ON true
    LEFT JOIN LATERAL (
      SELECT r.id, r.kind, r.verdict, r.received_at FROM backup_report r
       WHERE r.set_id = s.id ORDER BY r.id DESC LIMIT 1) report ON true
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE p.state = 'present') AS present_count,
             count(*) FILTER (WHERE p.state = 'missing' OR p.verdict <> 'sound') AS unsound_count,
             CASE WHEN bool_and(p.read_in_full_at IS NOT NULL) FILTER (WHERE p.state = 'present')
                  THEN min(p.read_in_full_at) FILTER (WHERE p.state = 'present') END AS all_read_since
        FROM recovery_point p WHERE p.set_id = s.id AND p.state IN ('present', 'missing')) counts
   WHERE s.id = ANY ($1)`;

function statusOf({ staleAfterSeconds, external }: BackupSet, row: StatusRow): Omit<SetStatus, 'logArchive'> {
  const now = instantOf(row.now);
  const soundTakenAt = instantOrNone(row.sound_taken_at);
  const reportAt = instantOrNone(row.report_at);
  const unverifiedSince = instantOrNone(row.unverified_since);
  const facts = {
    createdAt: instantOf(row.created_at),
    schedule: external?.schedule,
    zone: external?.zone ?? 'UTC',
    rpoSeconds: external?.rpoSeconds ?? staleAfterSeconds,
    namedBy: external && nameUnitOf(external),
    soundTakenAt,
    pointTakenAt: instantOrNone(row.point_taken_at),
    successAt: instantOrNone(row.success_at),
  };
  return {
    ...freshnessOf(facts, now),
    asOf: now,
    newestSoundPoint: soundTakenAt && { id: row.sound_id ?? '', takenAt: soundTakenAt },
    presentCount: Number(row.present_count),
    unsoundCount: Number(row.unsound_count),
    allReadSince: instantOrNone(row.all_read_since),
    oldestUnverified: unverifiedSince && { id: row.unverified_id ?? '', since: unverifiedSince },
    lastReport: reportAt && {
      id: row.report_id ?? '',
      kind: row.report_kind ?? 'success',
      verdict: row.report_verdict ?? undefined,
      at: reportAt,
    },
    services: row.services,
  };
}

function instantOrNone(date: Date | null): Temporal.Instant | undefined {
  return date === null ? undefined : instantOf(date);
}
