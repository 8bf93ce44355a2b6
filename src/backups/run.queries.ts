import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import type { Finding, Verdict } from '../verification/finding.ts';
import type { Level } from '../verification/level.ts';
import type { CaptureRun, CheckRun, RunProgress, SelfTest } from './backup-catalogue.ts';
import type { CaptureNote } from './capture/tree/tree-notes.ts';
import type { PageBounds } from './catalogue.queries.ts';

/** Tries to take points of a set, newest first. */
export async function listCaptures(db: Queryable, setId: string, page: PageBounds<string>): Promise<CaptureRun[]> {
  const rows = await db.rows<CaptureRow>(
    `${SELECT_CAPTURE}
      WHERE c.set_id = $1 AND ($3::uuid IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $2`,
    [setId, page.limit, page.after ?? null],
  );
  return rows.map(captureOf);
}

/** The capture that a job has begun, in whatever attempt; undefined when it has not. */
export async function captureOfJob(db: Queryable, jobId: string): Promise<CaptureRun | undefined> {
  const [row] = await db.rows<CaptureRow>(`${SELECT_CAPTURE} WHERE c.job_id = $1`, [jobId]);
  return row && captureOf(row);
}

const SELECT_CAPTURE = `
  SELECT c.id, c.set_id, c.job_id, c.attempt, c.state, c.step, c.progress_unit, c.progress_done, c.progress_total,
         c.progress_per_second, c.point_id, c.notes, c.failure_code, c.failure, c.started_at, c.finished_at
    FROM backup_capture c`;

/** Checks of a point, newest first. */
export async function listChecks(db: Queryable, pointId: string, page: PageBounds<string>): Promise<CheckRun[]> {
  const rows = await db.rows<CheckRow>(
    `SELECT ${CHECK_COLUMNS} FROM backup_check c
      WHERE c.point_id = $1 AND ($3::uuid IS NULL OR c.id < $3) ORDER BY c.id DESC LIMIT $2`,
    [pointId, page.limit, page.after ?? null],
  );
  return rows.map(checkOf);
}

/** A check with the point that it is of. */
export type CheckOfPoint = CheckRun & {
  readonly setId: string;
  readonly pointName: string;
  readonly pointBytes: number;
};

/** Checks of all points of a repository, or of a set, newest first; with `onlyRunning` those under way. */
export async function listChecksOf(
  db: Queryable,
  of: { readonly repositoryId: string } | { readonly setId: string },
  page: PageBounds<string> & { readonly onlyRunning?: boolean },
): Promise<CheckOfPoint[]> {
  const [column, id] = 'setId' in of ? ['set_id', of.setId] : ['repository_id', of.repositoryId];
  const rows = await db.rows<CheckRow & { set_id: string; point_name: string; point_bytes: string }>(
    `SELECT ${CHECK_COLUMNS}, p.set_id, p.name AS point_name, p.size_bytes AS point_bytes
       FROM backup_check c JOIN recovery_point p ON p.id = c.point_id
      WHERE p.${column} = $1 AND ($3::uuid IS NULL OR c.id < $3) AND (NOT $4 OR c.state = 'running')
      ORDER BY c.id DESC LIMIT $2`,
    [id, page.limit, page.after ?? null, page.onlyRunning ?? false],
  );
  return rows.map((row) => {
    return { ...checkOf(row), setId: row.set_id, pointName: row.point_name, pointBytes: Number(row.point_bytes) };
  });
}

const CHECK_COLUMNS = `c.id, c.point_id, c.job_id, c.attempt, c.state, c.reason, c.level, c.verdict, c.format, c.findings,
            c.files_checked, c.entries_checked, c.bytes_read, c.decoded_bytes, c.bytes_total, c.bytes_per_second, c.self_test,
            c.failure_code, c.failure, c.started_at, c.finished_at`;

interface RunRow {
  id: string;
  job_id: string;
  attempt: number;
  state: 'running' | 'done' | 'failed';
  failure_code: string | null;
  failure: string | null;
  started_at: Date;
  finished_at: Date | null;
}

interface CaptureRow extends RunRow {
  set_id: string;
  step: string | null;
  progress_unit: RunProgress['unit'] | null;
  progress_done: string | null;
  progress_total: string | null;
  progress_per_second: number | null;
  point_id: string | null;
  notes: CaptureNote[];
}

interface CheckRow extends RunRow {
  point_id: string;
  reason: CheckRun['reason'];
  level: Level | null;
  verdict: Verdict | null;
  format: string | null;
  findings: Finding[];
  files_checked: number | null;
  entries_checked: string | null;
  bytes_read: string | null;
  decoded_bytes: string | null;
  bytes_total: string | null;
  bytes_per_second: number | null;
  self_test: SelfTest | null;
}

function runOf(row: RunRow) {
  return {
    id: row.id,
    jobId: row.job_id,
    attempt: row.attempt,
    state: row.state,
    failure: row.failure === null ? undefined : { code: row.failure_code ?? 'internal', message: row.failure },
    startedAt: instantOf(row.started_at),
    finishedAt: row.finished_at === null ? undefined : instantOf(row.finished_at),
  };
}

function captureOf(row: CaptureRow): CaptureRun {
  const progress = row.progress_unit && {
    unit: row.progress_unit,
    done: Number(row.progress_done),
    total: Number(row.progress_total),
    perSecond: row.progress_per_second ?? 0,
  };
  return {
    ...runOf(row),
    setId: row.set_id,
    step: row.step ?? undefined,
    progress: progress ?? undefined,
    pointId: row.point_id ?? undefined,
    notes: row.notes,
  };
}

function checkOf(row: CheckRow): CheckRun {
  const isUnderWay = row.state === 'running' && row.bytes_total !== null;
  return {
    ...runOf(row),
    pointId: row.point_id,
    reason: row.reason,
    level: row.level ?? undefined,
    verdict: row.verdict ?? undefined,
    format: row.format ?? undefined,
    findings: row.findings,
    filesChecked: row.files_checked ?? undefined,
    entriesChecked: row.entries_checked === null ? undefined : Number(row.entries_checked),
    bytesRead: row.bytes_read === null ? undefined : Number(row.bytes_read),
    decodedBytes: row.decoded_bytes === null ? undefined : Number(row.decoded_bytes),
    progress: isUnderWay
      ? {
          unit: 'bytes',
          done: Number(row.bytes_read),
          total: Number(row.bytes_total),
          perSecond: row.bytes_per_second ?? 0,
        }
      : undefined,
    selfTest: row.self_test ?? undefined,
  };
}

/** Whether a check of the point runs and was heard of within a minute. */
export async function isCheckUnderWay(db: Queryable, pointId: string): Promise<boolean> {
  const rows = await db.rows(
    `SELECT FROM backup_check
      WHERE point_id = $1 AND state = 'running' AND heartbeat_at > now() - interval '1 minute' LIMIT 1`,
    [pointId],
  );
  return rows.length > 0;
}

/** Which of these checks are not over: they run, or failed within a day, so that another attempt may go on with them. */
export async function checksToGoOn(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db.rows<{ id: string }>(
    `SELECT id FROM backup_check
      WHERE id::text = ANY ($1) AND (state = 'running' OR (state = 'failed' AND finished_at > now() - interval '1 day'))`,
    [[...ids]],
  );
  return new Set(rows.map(({ id }) => id));
}
