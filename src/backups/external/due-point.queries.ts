import type { Temporal } from 'temporal-polyfill';
import type { Queryable, Tx } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { CheckRun } from '../backup-catalogue.ts';
import type { JobRun } from '../run.store.ts';
import { fullReadsBefore } from './check-policy.ts';
import type { SetToVerify } from './verification-plan.queries.ts';

/** A check that was silent for so long has lost its process. */
const SILENT_SECONDS = 60;

/** A check that was begun and not ended. */
export interface UnfinishedCheck {
  readonly pointId: string;
  readonly reason: CheckRun['reason'];
}

/** The checks that earlier attempts of this job have begun and not ended, the oldest first. */
export async function unfinishedChecks(
  db: Queryable,
  sets: readonly SetToVerify[],
  { jobId, attempt }: JobRun,
): Promise<UnfinishedCheck[]> {
  return db.rows<UnfinishedCheck>(
    `SELECT c.point_id AS "pointId", c.reason FROM backup_check c JOIN recovery_point p ON p.id = c.point_id
      WHERE c.job_id = $1 AND c.attempt < $2 AND c.state <> 'done' AND p.state = 'present' AND p.set_id = ANY ($3)
      ORDER BY c.id`,
    [jobId, attempt, sets.map(({ set }) => set.id)],
  );
}

/** A point that this job has locked for a check. */
export interface LockedPoint {
  readonly id: string;
  readonly sizeBytes: number;
  readonly fileCount: number;
}

/**
 * Locks the points that are to be read next, in this order: those that are new, changed or back, the one that was registered
 * last first; when there are none, those whose full read falls due first. Not those that another job reads, or is about to.
 */
export async function lockDuePoints(
  tx: Tx,
  sets: readonly SetToVerify[],
  job: JobRun,
  { now, limit }: { readonly now: Temporal.Instant; readonly limit: number },
): Promise<LockedPoint[]> {
  const run = [job.jobId, job.attempt, SILENT_SECONDS, limit];
  const arrived = await tx.rows<LockedRow>(
    `SELECT p.* FROM unnest($5::uuid[]) AS due (set_id)
       CROSS JOIN LATERAL (SELECT ${LOCKED_POINT} FROM recovery_point p
          WHERE p.set_id = due.set_id AND ${IS_ARRIVAL} AND ${IS_FREE}
          ORDER BY p.id DESC LIMIT $4 FOR UPDATE SKIP LOCKED) p
      ORDER BY p.id DESC LIMIT $4`,
    [...run, sets.map(({ set }) => set.id)],
  );
  if (arrived.length > 0) return arrived.map(lockedPoint);
  const open = openSets(sets, now);
  if (open[0].length === 0) return [];
  const next = await tx.rows<LockedRow>(
    `SELECT p.* FROM unnest($5::uuid[], $6::timestamptz[], $7::integer[]) AS due (set_id, before, days)
       CROSS JOIN LATERAL (SELECT ${LOCKED_POINT}, p.read_in_full_at FROM recovery_point p
          WHERE p.set_id = due.set_id AND ${IS_FULL_READ} AND ${IS_FREE}
          ORDER BY p.read_in_full_at NULLS FIRST LIMIT $4 FOR UPDATE SKIP LOCKED) p
      ORDER BY p.read_in_full_at + make_interval(days => due.days) NULLS FIRST LIMIT $4`,
    [...run, ...open],
  );
  return next.map(lockedPoint);
}

/** Locks points that an earlier attempt of the job left, in the order given; without those that are not there or that somebody else has. */
export async function lockLeftPoints(tx: Tx, job: JobRun, pointIds: readonly string[]): Promise<LockedPoint[]> {
  const rows = await tx.rows<LockedRow>(
    `SELECT ${LOCKED_POINT} FROM unnest($4::uuid[]) WITH ORDINALITY AS left_over (id, place)
       JOIN recovery_point p ON p.id = left_over.id
      WHERE p.state = 'present' AND ${IS_LEFT} ORDER BY place FOR UPDATE OF p SKIP LOCKED`,
    [job.jobId, job.attempt, SILENT_SECONDS, [...pointIds]],
  );
  return rows.map(lockedPoint);
}

interface LockedRow {
  readonly id: string;
  readonly size_bytes: string;
  readonly file_count: number | null;
}

const LOCKED_POINT = 'p.id, p.size_bytes, p.file_count';

function lockedPoint({ id, size_bytes: sizeBytes, file_count: fileCount }: LockedRow): LockedPoint {
  return { id, sizeBytes: Number(sizeBytes), fileCount: fileCount ?? 1 };
}

/** When the newest finished check of each point ended, by the id of the point. */
export async function lastCheckedAt(
  db: Queryable,
  pointIds: readonly string[],
): Promise<ReadonlyMap<string, Temporal.Instant>> {
  const rows = await db.rows<{ point_id: string; at: Date }>(
    `SELECT point_id, max(finished_at) AS at FROM backup_check WHERE point_id = ANY ($1) AND state = 'done'
      GROUP BY point_id`,
    [[...pointIds]],
  );
  return new Map(rows.map(({ point_id: pointId, at }) => [pointId, instantOf(at)]));
}

/** How many points of the sets are due at an instant, those included that somebody reads at this moment. */
export async function countDuePoints(
  db: Queryable,
  sets: readonly SetToVerify[],
  now: Temporal.Instant,
): Promise<number> {
  const [row] = await db.rows<{ count: string }>(
    `SELECT (SELECT count(*) FROM recovery_point p WHERE p.set_id = ANY ($1::uuid[]) AND ${IS_ARRIVAL})
          + (SELECT count(*) FROM unnest($2::uuid[], $3::timestamptz[], $4::integer[]) AS due (set_id, before, days)
               JOIN recovery_point p ON p.set_id = due.set_id WHERE ${IS_FULL_READ} AND NOT (${IS_ARRIVAL})) AS count`,
    [sets.map(({ set }) => set.id), ...openSets(sets, now)],
  );
  return Number(row?.count ?? 0);
}

/** As `dueCheck` has it. */
const IS_ARRIVAL = `p.state = 'present' AND (p.verdict IS NULL OR p.verdict IN ('missing', 'altered'))
            AND (p.verdict IS DISTINCT FROM 'altered' OR NOT EXISTS (SELECT FROM backup_check c
              WHERE c.point_id = p.id AND c.state = 'done' AND c.finished_at >= p.verdict_at))`;

const IS_FULL_READ = `p.state = 'present' AND (p.read_in_full_at IS NULL OR p.read_in_full_at <= due.before)
            AND p.verdict_at <= due.before`;

/** No job reads it, and this one has not done with it: with neither a verdict nor a failure of this attempt. */
const IS_FREE = `NOT EXISTS (SELECT FROM backup_check c WHERE c.point_id = p.id AND (
              c.state = 'running' AND c.heartbeat_at >= clock_timestamp() - make_interval(secs => $3)
              OR c.job_id = $1 AND (c.state = 'done' OR c.attempt >= $2)))`;

/** The same, but for a check of an earlier attempt of this job: that is taken over, however lively it looks. */
const IS_LEFT = `NOT EXISTS (SELECT FROM backup_check c WHERE c.point_id = p.id AND (
              c.job_id <> $1 AND c.state = 'running' AND c.heartbeat_at >= clock_timestamp() - make_interval(secs => $3)
              OR c.job_id = $1 AND (c.state = 'done' OR c.attempt >= $2)))`;

/** The sets whose window is open, with the instant before which a point must have been read to be due, and their days. */
function openSets(sets: readonly SetToVerify[], now: Temporal.Instant): [string[], string[], number[]] {
  const open: [string[], string[], number[]] = [[], [], []];
  for (const { set, forecast } of sets) {
    if (set.external === undefined) continue;
    const before = fullReadsBefore(set.external, forecast.lead, now);
    if (before === undefined) continue;
    open[0].push(set.id);
    open[1].push(before.toString());
    open[2].push(set.external.fullReadDays ?? 0);
  }
  return open;
}
