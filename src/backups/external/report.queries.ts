import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { PageBounds } from '../catalogue.queries.ts';
import type { BackupReport, ReportedFacts } from './report.ts';

/** Reports of a set, newest first. */
export async function listReports(db: Queryable, setId: string, page: PageBounds<string>): Promise<BackupReport[]> {
  const rows = await db.rows<ReportRow>(
    `${SELECT_REPORT} WHERE r.set_id = $1 AND ($3::uuid IS NULL OR r.id < $3) ORDER BY r.id DESC LIMIT $2`,
    [setId, page.limit, page.after ?? null],
  );
  return rows.map(reportOf);
}

/** A report that was entered just now. */
export async function reportById(db: Queryable, id: string): Promise<BackupReport> {
  const [row] = await db.rows<ReportRow>(`${SELECT_REPORT} WHERE r.id = $1`, [id]);
  if (!row) throw new Error(`report ${id} is not there right after it was made`);
  return reportOf(row);
}

interface ReportRow {
  id: string;
  set_id: string;
  kind: BackupReport['kind'];
  via: BackupReport['via'];
  received_at: Date;
  point_name: string | null;
  point_id: string | null;
  digest: string | null;
  size_bytes: string | null;
  duration_seconds: number | null;
  log_excerpt: string | null;
  verdict: 'damaged' | null;
}

const SELECT_REPORT = `
  SELECT r.id, r.set_id, r.kind, r.via, r.received_at, r.point_name, r.point_id, r.digest, r.size_bytes, r.duration_seconds,
         r.log_excerpt, r.verdict
    FROM backup_report r`;

function reportOf(row: ReportRow): BackupReport {
  return {
    id: row.id,
    setId: row.set_id,
    kind: row.kind,
    via: row.via,
    receivedAt: instantOf(row.received_at),
    pointName: row.point_name ?? undefined,
    pointId: row.point_id ?? undefined,
    digest: row.digest ?? undefined,
    sizeBytes: row.size_bytes === null ? undefined : Number(row.size_bytes),
    durationSeconds: row.duration_seconds ?? undefined,
    logExcerpt: row.log_excerpt ?? undefined,
    verdict: row.verdict ?? undefined,
  };
}

/** How many reports of a kind came over ping addresses of a set in the last minute, and how many of them say the same. */
export async function pingsOfLastMinute(
  db: Queryable,
  setId: string,
  kind: BackupReport['kind'],
  facts: ReportedFacts,
): Promise<{ readonly all: number; readonly same: number }> {
  const [row] = await db.rows<{ all: number; same: number }>(
    `SELECT count(*)::int AS all,
            (count(*) FILTER (WHERE (point_name, digest, size_bytes, duration_seconds, log_excerpt)
              IS NOT DISTINCT FROM ($3::text, $4::text, $5::bigint, $6::double precision, $7::text)))::int AS same
       FROM backup_report
      WHERE set_id = $1 AND kind = $2 AND via = 'ping' AND received_at > now() - interval '1 minute'`,
    [
      setId,
      kind,
      facts.name ?? null,
      facts.sha256 ?? null,
      facts.sizeBytes ?? null,
      facts.durationSeconds ?? null,
      facts.logExcerpt ?? null,
    ],
  );
  return { all: row?.all ?? 0, same: row?.same ?? 0 };
}

/** Whether an instant lies ahead of the database's clock by more than clocks differ. */
export async function isAhead(db: Queryable, instant: Temporal.Instant): Promise<boolean> {
  const [row] = await db.rows<{ ahead: boolean }>(`SELECT $1::timestamptz > now() + interval '5 minutes' AS ahead`, [
    instant.toString(),
  ]);
  return row?.ahead ?? false;
}
