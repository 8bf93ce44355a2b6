import type { Queryable, Tx } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { Verdict } from '../../verification/finding.ts';
import type { BackupSet, PointState, RecoveryPoint } from '../backup-catalogue.ts';
import type { PageBounds } from '../catalogue.queries.ts';
import { CLOCK_MINUTES, type PlanFrame, type PlannedPoint } from './retention-planner.ts';

/** A point of a plan: what the planner looks at, and what people want to see beside it. */
export interface PointToPlan extends PlannedPoint, Pick<RecoveryPoint, 'id' | 'name' | 'sizeBytes'> {
  /** It comes after the point that was asked for. */
  readonly isBehind: boolean;
}

/** The moment of a plan, by the database's clock, and whether anything is sound then. */
export async function planMoment(db: Queryable, set: BackupSet): Promise<Pick<PlanFrame, 'now' | 'hasSound'>> {
  const [row] = await db.rows<{ now: Date; has_sound: boolean }>(
    `SELECT clock_timestamp() AS now, EXISTS (
       SELECT FROM recovery_point WHERE set_id = $1 AND repository_id = $2 AND state = 'present' AND verdict = 'sound'
         AND taken_at <= clock_timestamp() + make_interval(mins => $3)) AS has_sound`,
    [set.id, set.repositoryId, CLOCK_MINUTES],
  );
  if (!row) throw new Error('the database answered no row to a question that has one');
  return { now: instantOf(row.now), hasSound: row.has_sound };
}

/**
 * The points of a set that were not removed, youngest data first, each with the hold on it that ends last.
 * @param behind id of a point: which of them come after it is told. Undefined: all of them do.
 */
export async function pointsToPlan(
  db: Queryable,
  set: BackupSet,
  page: PageBounds<string>,
  behind: string | undefined,
): Promise<PointToPlan[]> {
  const rows = await db.rows<PlanRow>(
    `WITH page AS MATERIALIZED (
       SELECT p.* FROM recovery_point p
        WHERE p.set_id = $1 AND p.state <> 'deleted'
          AND ($3::uuid IS NULL
            OR (p.taken_at, p.id) < (SELECT a.taken_at, a.id FROM recovery_point a WHERE a.id = $3))
        ORDER BY p.taken_at DESC, p.id DESC LIMIT $4)
     SELECT p.id, p.name, p.own, p.size_bytes, p.state, p.state_since, p.verdict, p.verdict_at, p.taken_at,
            p.repository_id <> $2 AS is_elsewhere, h.reason AS hold_reason, h.until AS hold_until,
            $5::uuid IS NULL OR (p.taken_at, p.id) < (SELECT b.taken_at, b.id FROM recovery_point b WHERE b.id = $5)
              AS is_behind
       FROM page p
       LEFT JOIN LATERAL (
         SELECT reason, until FROM recovery_point_hold
          WHERE point_id = p.id AND released_at IS NULL ORDER BY until DESC LIMIT 1) h ON true
      ORDER BY p.taken_at DESC, p.id DESC`,
    [set.id, set.repositoryId, page.after ?? null, page.limit, behind ?? null],
  );
  return rows.map(pointOf);
}

/**
 * Keeps everything that a removal depends on as it is until the transaction ends: other removals of the set, and the verdicts,
 * states and holds of the points in its repository that Muster took.
 */
export async function lockOwnPoints(tx: Tx, setId: string): Promise<void> {
  await tx.execute('SELECT FROM backup_set WHERE id = $1 FOR NO KEY UPDATE', [setId]);
  await tx.execute(
    `SELECT FROM recovery_point p JOIN backup_set s ON s.id = p.set_id AND s.repository_id = p.repository_id
      WHERE p.set_id = $1 AND p.own AND p.state IN ('present', 'missing') ORDER BY p.id FOR NO KEY UPDATE OF p`,
    [setId],
  );
}

interface PlanRow {
  id: string;
  name: string;
  own: boolean;
  size_bytes: string;
  state: PointState;
  state_since: Date;
  verdict: Verdict | null;
  verdict_at: Date | null;
  taken_at: Date;
  is_elsewhere: boolean;
  hold_reason: string | null;
  hold_until: Date | null;
  is_behind: boolean | null;
}

function pointOf(row: PlanRow): PointToPlan {
  const { hold_reason: reason, hold_until: until } = row;
  return {
    id: row.id,
    name: row.name,
    own: row.own,
    sizeBytes: Number(row.size_bytes),
    state: row.state,
    stateSince: instantOf(row.state_since),
    verdict: row.verdict ?? undefined,
    verdictAt: row.verdict_at ? instantOf(row.verdict_at) : undefined,
    takenAt: instantOf(row.taken_at),
    isElsewhere: row.is_elsewhere,
    hold: reason === null || until === null ? undefined : { reason, until: instantOf(until) },
    isBehind: row.is_behind ?? false,
  };
}
