import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { Finding, Verdict } from '../../verification/finding.ts';
import { archiveSlotName } from './archive-slot.ts';
import type { LogArchive } from './log-archive.ts';

/** The archives of those of the sets that have one, by set id. */
export async function logArchivesOf(db: Queryable, setIds: readonly string[]): Promise<Map<string, LogArchive>> {
  const rows = await db.rows<ArchiveRow>(ARCHIVES, [[...setIds], setIds.map(archiveSlotName)]);
  return new Map(rows.map((row) => [row.set_id, archiveOf(row)]));
}

/** The archive of a set; undefined when nothing was ever archived, nor could have been. */
export async function logArchiveOf(db: Queryable, setId: string): Promise<LogArchive | undefined> {
  return (await logArchivesOf(db, [setId])).get(setId);
}

/** Ids of those who answer for the services in use that are recovered from a set. */
export async function ownersOfSet(db: Queryable, setId: string): Promise<string[]> {
  const rows = await db.rows<{ owner_id: string }>(
    `SELECT DISTINCT v.owner_id FROM service_backup_set b JOIN service v ON v.id = b.service_id
      WHERE b.backup_set_id = $1 AND v.retired_at IS NULL ORDER BY 1`,
    [setId],
  );
  return rows.map(({ owner_id }) => owner_id);
}

interface ArchiveRow {
  set_id: string;
  repository_id: string | null;
  system_identifier: string | null;
  begun_at: Date | null;
  active: boolean | null;
  restart_lsn: string | null;
  timeline: string | null;
  behind_bytes: string | null;
  gap_timeline: number | null;
  gap_from_lsn: string | null;
  gap_until_lsn: string | null;
  gap_at: Date | null;
  failure: string | null;
  failure_code: string | null;
  failing_since: Date | null;
  checked_at: Date | null;
  verdict: Verdict | null;
  findings: Finding[] | null;
  segments_checked: number | null;
  bytes_read: string | null;
}

// A restored copy of the database has the row, and no slot.
const ARCHIVES = `
  SELECT a.*, s.active, s.restart_lsn::text AS restart_lsn,
         CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(s.restart_lsn), 1, 8) END AS timeline,
         CASE WHEN s.restart_lsn IS NOT NULL AND NOT pg_is_in_recovery()
              THEN greatest(0, pg_wal_lsn_diff(pg_current_wal_flush_lsn(), s.restart_lsn))::bigint END AS behind_bytes
    FROM unnest($1::uuid[], $2::text[]) AS asked (set_id, slot)
    JOIN log_archive a ON a.set_id = asked.set_id
    LEFT JOIN pg_replication_slots s ON s.slot_name = asked.slot`;

function archiveOf(row: ArchiveRow): LogArchive {
  return {
    setId: row.set_id,
    state: row.active === true ? 'archiving' : 'stopped',
    systemIdentifier: row.system_identifier ?? undefined,
    repositoryId: row.repository_id ?? undefined,
    begunAt: row.begun_at ? instantOf(row.begun_at) : undefined,
    behindBytes: row.behind_bytes === null ? undefined : Number(row.behind_bytes),
    timeline: row.timeline === null ? undefined : Number.parseInt(row.timeline, 16),
    archivedLsn: row.restart_lsn ?? undefined,
    gap: gapOf(row),
    failure: row.failing_since
      ? { code: row.failure_code ?? '', message: row.failure ?? '', since: instantOf(row.failing_since) }
      : undefined,
    check: row.checked_at
      ? {
          at: instantOf(row.checked_at),
          verdict: row.verdict ?? 'unverifiable',
          findings: row.findings ?? [],
          segmentsChecked: row.segments_checked ?? 0,
          bytesRead: Number(row.bytes_read ?? 0),
        }
      : undefined,
  };
}

function gapOf({ gap_at, gap_timeline, gap_from_lsn, gap_until_lsn }: ArchiveRow): LogArchive['gap'] {
  if (gap_at === null) return undefined;
  return {
    timeline: gap_timeline ?? 0,
    fromLsn: gap_from_lsn ?? '',
    untilLsn: gap_until_lsn ?? '',
    at: instantOf(gap_at),
  };
}
