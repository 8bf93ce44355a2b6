import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { servicesByNames } from '../services/service.queries.ts';
import { alertLevels } from './alert-levels.store.ts';
import { type alertmanagerQuery, type FiredAlert, labelOf, levelOf, printable, seriesValueOf } from './alertmanager.ts';
import { takeValues } from './pushed.service.ts';
import type { PushOutcome } from './pushed.ts';

/**
 * Takes alerts as an Alertmanager sends them. The same group may come again, and a late one that fires does not bring back what
 * was resolved since. A service that nobody knows is none: the alert is taken all the same.
 * @throws AppError `conflict` `too-many-series`.
 */
export async function receiveAlerts(
  tx: Tx,
  caller: Caller,
  alerts: readonly FiredAlert[],
  { levelLabel, serviceLabel }: z.output<typeof alertmanagerQuery>,
): Promise<readonly PushOutcome[]> {
  const { names } = await alertLevels(tx);
  const serviceOf = (alert: FiredAlert) => printable(labelOf(alert, serviceLabel) ?? '').toLowerCase();
  const services = await servicesByNames(tx, [...new Set(alerts.map(serviceOf))]);
  const nowMs = await databaseNowMs(tx);
  const values = alerts.map((alert) => {
    const serviceId = services.get(serviceOf(alert)) ?? null;
    return seriesValueOf(alert, levelOf(labelOf(alert, levelLabel), names), serviceId, nowMs);
  });
  return takeValues(tx, caller, values, nowMs);
}
