import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { lockRetirable, retireRow } from '../database/retirable-row.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { alertLevels } from './alert-levels.store.ts';
import type { AlertCondition } from './alert-machine.ts';
import { alertRuleById } from './alert-rule.queries.ts';
import { ALERT_RULE_TABLE, insertAlertRule, updateAlertRuleRow } from './alert-rule.store.ts';
import {
  type AlertRule,
  type AlertRuleChange,
  type NewAlertRule,
  type ThresholdOverride,
  thresholdProblem,
} from './alert-rule.ts';

/** Which rule is to change, and the version of it that the caller has read. */
export interface AlertRuleTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** What of a rule must fit together. */
type Judged = Pick<AlertCondition, 'direction' | 'thresholds' | 'noData'> & {
  readonly overrides: readonly ThresholdOverride[];
};

/**
 * Adds a rule.
 * @param signals the names of the signals of Muster itself.
 * @throws AppError `conflict` `alert-rule-name-taken`; `unprocessable` `unknown-signal`, `unsuitable-thresholds`,
 *   `unsuitable-service`.
 */
export async function createAlertRule(
  tx: Tx,
  caller: Caller,
  wanted: NewAlertRule,
  signals: ReadonlySet<string>,
): Promise<AlertRule> {
  if (!signals.has(wanted.signal) && !wanted.signal.startsWith('push:')) throw unknownSignal(wanted.signal, signals);
  await requireFitting(tx, wanted);
  const id = newId();
  await insertAlertRule(tx, id, wanted);
  await recordRuleAct(tx, caller, 'create', id, wanted);
  return alertRuleById(tx, id);
}

/**
 * Changes a rule. Where its subjects stand is judged anew by the next pass.
 * @throws AppError `not-found`, `stale`; `conflict` `alert-rule-retired`, `alert-rule-name-taken`; `unprocessable`
 *   `unsuitable-thresholds`, `unsuitable-service`.
 */
export async function updateAlertRule(
  tx: Tx,
  caller: Caller,
  target: AlertRuleTarget,
  change: AlertRuleChange,
): Promise<AlertRule> {
  await lockRetirable(tx, ALERT_RULE_TABLE, target);
  const before = await alertRuleById(tx, target.id);
  await requireFitting(tx, {
    direction: before.direction,
    thresholds: change.thresholds ?? before.thresholds,
    noData: change.noData ?? before.noData,
    overrides: change.overrides ?? before.overrides,
  });
  await updateAlertRuleRow(tx, target.id, change);
  await recordRuleAct(tx, caller, 'update', target.id, change);
  return alertRuleById(tx, target.id);
}

/**
 * Takes a rule out of use for good; the next pass closes what it has opened.
 * @throws AppError `not-found`, `stale`; `conflict` `alert-rule-retired`.
 */
export async function retireAlertRule(
  tx: Tx,
  caller: Caller,
  target: AlertRuleTarget,
  reason: string,
): Promise<AlertRule> {
  const name = await lockRetirable(tx, ALERT_RULE_TABLE, target);
  await retireRow(tx, ALERT_RULE_TABLE, target.id, reason);
  await recordRuleAct(tx, caller, 'retire', target.id, { name, reason });
  return alertRuleById(tx, target.id);
}

async function requireFitting(tx: Tx, { direction, thresholds, noData, overrides }: Judged): Promise<void> {
  const levels = (await alertLevels(tx)).names.length;
  const lists = [
    { at: '#/thresholds', thresholds },
    ...overrides.map((one, index) => ({ at: `#/overrides/${index}/thresholds`, thresholds: one.thresholds })),
  ];
  for (const list of lists) {
    const problem = thresholdProblem(direction, list.thresholds, levels);
    if (problem) throw unsuitable(list.at + problem.place, problem.message);
  }
  if ((noData.level ?? 0) > levels) {
    throw unsuitable('#/noData/level', `must be one of the ${levels} levels that are configured`);
  }
  if (thresholds.length === 0 && noData.does !== 'alert') {
    throw unsuitable('#/thresholds', 'must hold one at least, unless no data alerts');
  }
}

function unsuitable(field: string, message: string): AppError {
  return new AppError('unprocessable', 'unsuitable-thresholds', `The thresholds do not fit: ${field} ${message}`, {
    fields: [{ field, message }],
  });
}

function unknownSignal(name: string, signals: ReadonlySet<string>): AppError {
  const offered = [...signals].toSorted().join(', ');
  return new AppError('unprocessable', 'unknown-signal', `There is no signal ${name}. There are ${offered}`, {
    fields: [{ field: '#/signal', message: 'must be a signal of Muster, or push: and the name of pushed series' }],
  });
}

async function recordRuleAct(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  await recordAudit(tx, {
    ...originOf(caller),
    action: `alert-rule.${act}`,
    subjectKind: 'alert-rule',
    subjectId,
    details: { ...details },
  });
}
