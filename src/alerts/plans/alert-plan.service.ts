import type { Tx } from '../../database/database.ts';
import { serviceById } from '../../services/service.queries.ts';
import type { Alert, AlertChange } from '../alert.ts';
import { insertAlertPlan } from './alert-plan.store.ts';
import { type AskedPlan, planReadiness } from './plan-readiness.service.ts';
import type { PlanReadiness } from './plan-readiness.ts';
import { plansForService } from './response-plan.queries.ts';
import { viewOfReadiness } from './response-plan.views.ts';

/**
 * Keeps with alerts that open, or rise, the edition of the response plan that holds for their service and level, and whether it
 * could have been carried out at that moment. It never changes. An alert without a plan keeps none. However many alerts of one
 * service open together, its plan is looked at once.
 */
export async function recordAlertPlans(tx: Tx, changes: readonly AlertChange[]): Promise<void> {
  const asked = new Map<string, AskedPlan>();
  for (const [key, [change]] of Map.groupBy(changes, ({ alert }) => keyOf(alert))) {
    const plan = change && (await planFor(tx, change.alert));
    if (plan) asked.set(key, plan);
  }
  if (asked.size === 0) return;
  const nowMs = Math.max(...changes.map(({ at }) => at.epochMilliseconds));
  const answers = await planReadiness(tx, [...asked.values()], nowMs);
  const byKey = new Map(
    [...asked.keys()].map((key, index): [string, PlanReadiness | undefined] => [key, answers[index]]),
  );
  for (const { alert, at } of changes) {
    const readiness = byKey.get(keyOf(alert));
    if (!readiness) continue;
    await insertAlertPlan(tx, {
      ...{ alertId: alert.id, level: alert.level, at },
      ...{ plan: readiness.plan, isReady: readiness.isReady, readiness: viewOfReadiness(readiness) },
    });
  }
}

const keyOf = ({ serviceId, level }: Alert) => `${level} ${serviceId ?? ''}`;

async function planFor(tx: Tx, { serviceId, level }: Alert): Promise<AskedPlan | null> {
  const [plan] = await plansForService(tx, serviceId, level);
  if (!plan) return null;
  if (serviceId === null) return { plan, service: null };
  const { id, name } = await serviceById(tx, serviceId);
  return { plan, service: { id, name } };
}
