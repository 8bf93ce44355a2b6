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

export async function insertAlertPlan(tx: Tx, kept: NewAlertPlan): Promise<void> {
  const { alertId, level, plan, isReady, readiness, at } = kept;
  await tx.execute(
    `INSERT INTO alert_plan (alert_id, level, plan_id, edition, ready, readiness, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)`,
    [alertId, level, plan.id, plan.edition, isReady, JSON.stringify(readiness), dateOf(at)],
  );
}
