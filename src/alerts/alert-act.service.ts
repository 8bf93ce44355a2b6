import { Temporal } from 'temporal-polyfill';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { alertById } from './alert.queries.ts';
import { applyChanges, lockOpenAlerts } from './alert.store.ts';
import type { Alert, AlertChange } from './alert.ts';
import type { Acknowledgement } from './alert-act.ts';
import { forgetState } from './alert-state.store.ts';

/** Which alert somebody has read, and at which version: one that was raised meanwhile is another one to take on. */
export interface AlertTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Takes an alert on, or puts the reminder off. It stays open until its rule closes it; when it is raised, or the reminder comes,
 * it counts as not acknowledged again.
 * @throws AppError `not-found`, `stale`; `conflict` `alert-closed`.
 */
export async function acknowledgeAlert(
  tx: Tx,
  caller: Caller,
  target: AlertTarget,
  { note, remindAfterSeconds }: Acknowledgement,
): Promise<Alert> {
  const alert = await heldAlert(tx, target);
  const at = Temporal.Instant.fromEpochMilliseconds(await databaseNowMs(tx));
  const remindAt = remindAfterSeconds === null ? null : at.add({ seconds: remindAfterSeconds });
  const acknowledged = { at, byId: caller.principal.id, remindAt };
  return change(tx, caller, alert, { what: 'acknowledged', note, at, after: { state: 'acknowledged', acknowledged } });
}

/**
 * Closes an alert by hand, and forgets where its subject stood: what still holds opens a new alert with the next pass, once it has
 * held for as long as the rule wants. A silence is what keeps it quiet.
 * @throws AppError `not-found`, `stale`; `conflict` `alert-closed`.
 */
export async function closeAlert(tx: Tx, caller: Caller, target: AlertTarget, reason: string): Promise<Alert> {
  // In the order in which a pass takes them.
  const { ruleId, key } = await alertById(tx, target.id);
  await forgetState(tx, ruleId, key);
  const alert = await heldAlert(tx, target);
  const at = Temporal.Instant.fromEpochMilliseconds(await databaseNowMs(tx));
  return change(tx, caller, alert, { what: 'closed', note: reason, at, after: { state: 'closed', closedAt: at } });
}

async function heldAlert(tx: Tx, { id, expectedVersion }: AlertTarget): Promise<Alert> {
  const [held] = await lockOpenAlerts(tx, [id]);
  const alert = held ?? (await alertById(tx, id));
  if (alert.version !== expectedVersion) {
    const message = `The alert is at version ${alert.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-alert', message);
  }
  if (!held) throw new AppError('conflict', 'alert-closed', `The alert over ${alert.subject.name} is closed`);
  return held;
}

async function change(
  tx: Tx,
  caller: Caller,
  before: Alert,
  { after, ...said }: Pick<AlertChange, 'what' | 'note' | 'at'> & { readonly after: Partial<Alert> },
): Promise<Alert> {
  const alert = { ...before, ...after, version: before.version + 1 };
  await applyChanges(tx, originOf(caller), [{ ...said, alert, previousLevel: before.level }]);
  return alertById(tx, before.id);
}
