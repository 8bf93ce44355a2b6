import type { Queryable } from '../../database/database.ts';
import { planReadiness } from './plan-readiness.service.ts';
import type { PlanReadiness } from './plan-readiness.ts';
import { plansInForce } from './response-plan.queries.ts';

/** Plans that are held against the pool together. */
const BATCH_PLANS = 50;

/** Plans that one answer looks through at most. */
const LOOKED_MAX = 500;

/** Plans that are not ready, and where to go on looking. */
export interface NotReadyPage {
  readonly items: readonly PlanReadiness[];
  /** The id of the last plan that was looked at; null when there is none behind it. */
  readonly next: string | null;
}

/**
 * The plans in force that could not be carried out at this moment, by id. Readiness is not stored anywhere, so all plans are
 * looked at: one answer goes through 500 of them at most, and may hold fewer than were asked for although there are more.
 */
export async function notReadyPlans(
  db: Queryable,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<NotReadyPage> {
  const items: PlanReadiness[] = [];
  let after = page.after;
  for (let looked = 0; looked < LOOKED_MAX; looked += BATCH_PLANS) {
    const plans = await plansInForce(db, { limit: BATCH_PLANS, after });
    const asked = plans.map((plan) => ({ plan, service: plan.service }));
    for (const readiness of plans.length === 0 ? [] : await planReadiness(db, asked)) {
      if (readiness.isReady) continue;
      // One more than fits says that there is a next page, which begins behind the last one that fits.
      if (items.length === page.limit) return { items, next: items.at(-1)?.plan.id ?? null };
      items.push(readiness);
    }
    if (plans.length < BATCH_PLANS) return { items, next: null };
    after = plans.at(-1)?.id;
  }
  return { items, next: after ?? null };
}
