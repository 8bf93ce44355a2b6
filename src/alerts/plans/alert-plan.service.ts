import type { Tx } from '../../database/database.ts';
import type { Alert, AlertChange } from '../alert.ts';
import type { RosterMemo } from '../routing/duty-roster.ts';
import { insertAlertPlans, type NewAlertPlan } from './alert-plan.store.ts';
import { planReadiness } from './plan-readiness.service.ts';
import { plansThatHold } from './response-plan.queries.ts';
import { viewOfReadiness } from './response-plan.views.ts';

/**
 * Keeps with alerts that open, or rise, the edition of the response plan that holds for their service and level, and whether it
 * could have been carried out at that moment. It never changes. An alert without a plan keeps none. However many alerts of one
 * service open together, its plan is looked at once.
 * @param knownAt what was looked up of roles at an instant, in milliseconds since 1970, before.
 */
export async function recordAlertPlans(
  tx: Tx,
  changes: readonly AlertChange[],
  knownAt: (ms: number) => RosterMemo,
): Promise<void> {
  if (changes.length === 0) return;
  const alerts = new Map(changes.map(({ alert }) => [keyOf(alert), alert]));
  const plans = await plansThatHold(tx, [...alerts.values()]);
  const asked = [...alerts.keys()].flatMap((key, index) => {
    const plan = plans[index];
    return plan ? [{ key, ...plan }] : [];
  });
  if (asked.length === 0) return;
  const nowMs = Math.max(...changes.map(({ at }) => at.epochMilliseconds));
  const answers = await planReadiness(tx, asked, nowMs, knownAt(nowMs));
  const kept = new Map(
    answers.map((one, index) => [
      asked[index]?.key,
      { plan: one.plan, isReady: one.isReady, readiness: viewOfReadiness(one) },
    ]),
  );
  await insertAlertPlans(
    tx,
    changes.flatMap(({ alert, at }): NewAlertPlan[] => {
      const plan = kept.get(keyOf(alert));
      return plan ? [{ alertId: alert.id, level: alert.level, at, ...plan }] : [];
    }),
  );
}

const keyOf = ({ serviceId, level }: Alert) => `${level} ${serviceId ?? ''}`;
