import type { Queryable } from '../../database/database.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import type { PageBounds } from '../catalogue.queries.ts';
import { type PointToPlan, planMoment, pointsToPlan } from './retention-plan.queries.ts';
import { type RetentionDecision, RetentionPlanner } from './retention-planner.ts';

/** One point of a plan, and what becomes of it. */
export interface PlanLine extends RetentionDecision {
  readonly point: PointToPlan;
}

const BATCH_POINTS = 1000;

/**
 * What retention would do with every point of a set now, youngest data first. Nothing is changed. The points are read in
 * batches, so the plan of a set of any size can be read to its end.
 * @param behind id of a point: lines up to it are planned, and not told.
 */
export async function* retentionPlan(db: Queryable, set: BackupSet, behind?: string): AsyncGenerator<PlanLine> {
  const frame = { policy: set.retention, zone: set.external?.zone ?? 'UTC', ...(await planMoment(db, set)) };
  const planner = new RetentionPlanner(frame);
  for (let after: string | undefined; ; ) {
    const points = await pointsToPlan(db, set, { limit: BATCH_POINTS, after }, behind);
    for (const point of points) {
      const decision = planner.decide(point);
      if (point.isBehind) yield { point, ...decision };
    }
    if (points.length < BATCH_POINTS) return;
    after = points.at(-1)?.id;
  }
}

/** One page of a set's plan, continued behind the point with the id `after`. */
export async function retentionPlanPage(db: Queryable, set: BackupSet, page: PageBounds<string>): Promise<PlanLine[]> {
  const lines: PlanLine[] = [];
  for await (const line of retentionPlan(db, set, page.after)) {
    lines.push(line);
    if (lines.length === page.limit) break;
  }
  return lines;
}
