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

/** When the newest finished check of a point ended. */
export async function lastCheckedAt(db: Queryable, pointId: string): Promise<Temporal.Instant | undefined> {
  const [row] = await db.rows<{ at: Date | null }>(
    `SELECT max(finished_at) AS at FROM backup_check WHERE point_id = $1 AND state = 'done'`,
    [pointId],
  );
  return row?.at ? instantOf(row.at) : undefined;
}

/**
 * Locks the point that is to be read next: one that is new, changed or back, the one that was registered last first; else the
 * one whose full read falls due first. Answers its id; undefined when there is none that is free.
 */
export async function lockDuePoint(
  tx: Tx,
  sets: readonly SetToVerify[],
  job: JobRun,
  now: Temporal.Instant,
): Promise<string | undefined> {
  const run = [job.jobId, job.attempt, SILENT_SECONDS];
  const [arrived] = await tx.rows<{ id: string }>(
    `SELECT p.id FROM unnest($4::uuid[]) AS due (set_id)
       CROSS JOIN LATERAL (SELECT p.id FROM recovery_point p
          WHERE p.set_id = due.set_id AND ${IS_ARRIVAL} AND ${IS_FREE}
          ORDER BY p.id DESC LIMIT 1 FOR UPDATE SKIP LOCKED) p
      ORDER BY p.id DESC LIMIT 1`,
    [...run, sets.map(({ set }) => set.id)],
  );
  if (arrived !== undefined) return arrived.id;
  const [next] = await tx.rows<{ id: string }>(
    `SELECT p.id FROM unnest($4::uuid[], $5::timestamptz[], $6::integer[]) AS due (set_id, before, days)
       CROSS JOIN LATERAL (SELECT p.id, p.read_in_full_at FROM recovery_point p
          WHERE p.set_id = due.set_id AND ${IS_FULL_READ} AND ${IS_FREE}
          ORDER BY p.read_in_full_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED) p
      ORDER BY p.read_in_full_at + make_interval(days => due.days) NULLS FIRST LIMIT 1`,
    [...run, ...openSets(sets, now)],
  );
  return next?.id;
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
