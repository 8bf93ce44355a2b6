import type { Database, Tx } from '../../database/database.ts';
import type { LogArchiveCheck, LogGap } from './log-archive.ts';

/** Which log is archived where. */
export interface ArchivedLog {
  readonly setId: string;
  readonly repositoryId: string;
  readonly systemIdentifier: string;
}

/**
 * Notes that the log of a set's database is archived, and that it can be: `afresh` when what was archived before is of no use
 * to it. An archive of the same log in the same repository goes on.
 * @returns false when it goes on.
 */
export async function beginLogArchive(
  tx: Tx,
  { setId, repositoryId, systemIdentifier }: ArchivedLog,
  { afresh }: { readonly afresh: boolean },
): Promise<boolean> {
  await tx.execute('INSERT INTO log_archive (set_id) VALUES ($1) ON CONFLICT DO NOTHING', [setId]);
  const begun = await tx.execute(
    `UPDATE log_archive
        SET repository_id = $2, system_identifier = $3, begun_at = clock_timestamp(), failure = NULL, failure_code = NULL,
            failing_since = NULL, gap_timeline = NULL, gap_from_lsn = NULL, gap_until_lsn = NULL, gap_at = NULL,
            checked_at = NULL, verdict = NULL, findings = NULL, segments_checked = NULL, bytes_read = NULL
      WHERE set_id = $1 AND ($4 OR (repository_id, system_identifier) IS DISTINCT FROM ($2::uuid, $3))`,
    [setId, repositoryId, systemIdentifier, afresh],
  );
  if (begun === 0) await clearFailure(tx, setId);
  return begun === 1;
}

async function clearFailure(tx: Tx, setId: string): Promise<void> {
  await tx.execute(
    `UPDATE log_archive SET failure = NULL, failure_code = NULL, failing_since = NULL
      WHERE set_id = $1 AND failing_since IS NOT NULL`,
    [setId],
  );
}

/** Notes a gap, once. @returns false when it was noted before. */
export async function recordLogGap(tx: Tx, setId: string, gap: LogGap): Promise<boolean> {
  const noted = await tx.execute(
    `UPDATE log_archive SET gap_timeline = $2, gap_from_lsn = $3, gap_until_lsn = $4, gap_at = clock_timestamp()
      WHERE set_id = $1 AND (gap_timeline, gap_from_lsn) IS DISTINCT FROM ($2::integer, $3::pg_lsn)`,
    [setId, gap.timeline, gap.fromLsn, gap.untilLsn],
  );
  return noted === 1;
}

/**
 * Notes why nothing can be archived.
 * @returns false while the slot is in use: by another process, for which this one's trouble says nothing, or still by a stream of
 * this one that the server has not given up yet. Nothing is noted then.
 */
export async function recordLogFailure(
  db: Database,
  setId: string,
  slot: string,
  failure: { readonly code: string; readonly message: string },
): Promise<boolean> {
  const active = await db.rows('SELECT FROM pg_replication_slots WHERE slot_name = $1 AND active', [slot]);
  if (active.length > 0) return false;
  await db.execute(
    `INSERT INTO log_archive AS a (set_id, failure_code, failure, failing_since)
     VALUES ($1, $2, $3, clock_timestamp())
     ON CONFLICT (set_id) DO UPDATE
       SET failure_code = EXCLUDED.failure_code, failure = EXCLUDED.failure,
           failing_since = coalesce(a.failing_since, EXCLUDED.failing_since)
       WHERE (a.failure_code, a.failure) IS DISTINCT FROM (EXCLUDED.failure_code, EXCLUDED.failure)`,
    [setId, failure.code, failure.message],
  );
  return true;
}

/** Notes what a check found, in place of what the last one did. */
export async function recordLogCheck(tx: Tx, setId: string, check: Omit<LogArchiveCheck, 'at'>): Promise<void> {
  await tx.execute(
    `UPDATE log_archive
        SET checked_at = clock_timestamp(), verdict = $2, findings = $3::jsonb, segments_checked = $4, bytes_read = $5
      WHERE set_id = $1`,
    [setId, check.verdict, JSON.stringify(check.findings), check.segmentsChecked, check.bytesRead],
  );
}
