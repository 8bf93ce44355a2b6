import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../../database/database.ts';
import { dateOf } from '../../kernel/clock.ts';
import type { AlertLevel } from '../alert.ts';

/** What is kept with an alert of its response plan. */
export interface NewAlertPlan {
  readonly alertId: string;
  readonly level: AlertLevel;
  readonly plan: { readonly id: string; readonly edition: number };
  readonly isReady: boolean;
  /** The readiness as the API shows it. */
  readonly readiness: object;
  readonly at: Temporal.Instant;
}

export async function insertAlertPlans(tx: Tx, kept: readonly NewAlertPlan[]): Promise<void> {
  if (kept.length === 0) return;
  await tx.execute(
    `INSERT INTO alert_plan (alert_id, level, plan_id, edition, ready, readiness, recorded_at)
     SELECT k.alert_id, k.level, k.plan_id, k.edition, k.ready, k.readiness::jsonb, k.at
     FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::integer[], $5::boolean[], $6::text[], $7::timestamptz[])
       AS k (alert_id, level, plan_id, edition, ready, readiness, at)`,
    [
      kept.map(({ alertId }) => alertId),
      kept.map(({ level }) => level),
      kept.map(({ plan }) => plan.id),
      kept.map(({ plan }) => plan.edition),
      kept.map(({ isReady }) => isReady),
      kept.map(({ readiness }) => JSON.stringify(readiness)),
      kept.map(({ at }) => dateOf(at)),
    ],
  );
}
