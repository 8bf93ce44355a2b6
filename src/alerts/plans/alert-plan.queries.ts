import type { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { AlertLevel } from '../alert.ts';
import type { readinessView } from './response-plan.views.ts';

/** What was kept with an alert of its response plan at one moment. */
export interface AlertPlan {
  readonly level: AlertLevel;
  readonly planId: string;
  readonly edition: number;
  readonly recordedAt: Temporal.Instant;
  /** As the API showed it then. */
  readonly readiness: z.input<typeof readinessView>;
}

/** Records that one answer holds. */
const PLANS_MAX = 50;

/** The response plans that were kept with an alert, one for each time that it opened or rose, the newest first; 50 at most. */
export async function plansOfAlert(db: Queryable, alertId: string): Promise<AlertPlan[]> {
  const rows = await db.rows<Omit<AlertPlan, 'recordedAt'> & { readonly recordedAt: Date }>(
    `SELECT level, plan_id AS "planId", edition, readiness, recorded_at AS "recordedAt" FROM alert_plan
     WHERE alert_id = $1 ORDER BY recorded_at DESC, level DESC LIMIT ${PLANS_MAX}`,
    [alertId],
  );
  return rows.map((row) => ({ ...row, recordedAt: instantOf(row.recordedAt) }));
}
