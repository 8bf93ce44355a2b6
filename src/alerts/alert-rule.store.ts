import type { Tx } from '../database/database.ts';
import { type RetirableTable, rowNameTaken } from '../database/retirable-row.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';
import type { AlertCondition } from './alert-machine.ts';
import type { AlertRuleChange, NewAlertRule, ThresholdOverride } from './alert-rule.ts';

export const ALERT_RULE_TABLE: RetirableTable = { table: 'alert_rule', words: 'alert rule', title: 'name' };

const taken = (name: string) => ({ alert_rule_name_unique: () => rowNameTaken(ALERT_RULE_TABLE, name) });

/** @throws AppError `conflict` `alert-rule-name-taken`; `unprocessable` `unsuitable-service`. */
export async function insertAlertRule(tx: Tx, id: string, rule: NewAlertRule): Promise<void> {
  const values = [...valuesOf(id, rule), rule.enabled, null];
  await mapConstraints(taken(rule.name), () => tx.execute(INSERT_RULE, values));
  await insertOverrides(tx, id, rule.overrides);
}

/** @returns false when the rule of its signal has been shipped before, or another one has its name. */
export async function insertShippedRule(
  tx: Tx,
  id: string,
  rule: AlertCondition & Pick<NewAlertRule, 'name' | 'signal'>,
): Promise<boolean> {
  const made = await tx.execute(`${INSERT_RULE} ON CONFLICT DO NOTHING`, [...valuesOf(id, rule), true, rule.signal]);
  return made > 0;
}

const INSERT_RULE = `
  INSERT INTO alert_rule (id, name, signal, direction, thresholds, raise_for_seconds, clear_for_seconds,
    no_data_after_seconds, no_data_does, no_data_level, enabled, shipped_as)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;

function valuesOf(id: string, rule: AlertCondition & Pick<NewAlertRule, 'name' | 'signal'>): unknown[] {
  const { name, signal, direction, thresholds, raiseForSeconds, clearForSeconds, noData } = rule;
  return [
    ...[id, name, signal, direction, JSON.stringify(thresholds), raiseForSeconds, clearForSeconds],
    ...[noData.afterSeconds, noData.does, noData.level],
  ];
}

/**
 * Sets what a change states and counts the version up. The caller holds the row by `lockRetirable`.
 * @throws AppError `conflict` `alert-rule-name-taken`; `unprocessable` `unsuitable-service`.
 */
export async function updateAlertRuleRow(tx: Tx, id: string, change: AlertRuleChange): Promise<void> {
  const { overrides, noData, thresholds } = change;
  const columns = statedColumns({
    name: change.name,
    thresholds: thresholds && JSON.stringify(thresholds),
    raise_for_seconds: change.raiseForSeconds,
    clear_for_seconds: change.clearForSeconds,
    no_data_after_seconds: noData?.afterSeconds,
    no_data_does: noData?.does,
    no_data_level: noData?.level,
    enabled: change.enabled,
  });
  const stated = Object.entries(columns ?? {});
  const assignments = stated.map(([column], index) => `${column} = $${index + 2}, `).join('');
  await mapConstraints(taken(change.name ?? ''), () =>
    tx.execute(`UPDATE alert_rule SET ${assignments}version = version + 1, updated_at = now() WHERE id = $1`, [
      id,
      ...stated.map(([, value]) => value),
    ]),
  );
  if (overrides === undefined) return;
  await tx.execute('DELETE FROM alert_rule_override WHERE rule_id = $1', [id]);
  await insertOverrides(tx, id, overrides);
}

async function insertOverrides(tx: Tx, ruleId: string, overrides: readonly ThresholdOverride[]): Promise<void> {
  for (const [index, { serviceId, thresholds }] of overrides.entries()) {
    await mapConstraints({ alert_rule_override_service_fkey: () => unsuitableService(serviceId, index) }, () =>
      tx.execute('INSERT INTO alert_rule_override (rule_id, service_id, thresholds) VALUES ($1, $2, $3)', [
        ruleId,
        serviceId,
        JSON.stringify(thresholds),
      ]),
    );
  }
}

function unsuitableService(id: string, index: number): AppError {
  return new AppError('unprocessable', 'unsuitable-service', `There is no service ${id}`, {
    fields: [{ field: `#/overrides/${index}/serviceId`, message: 'must be the id of a service' }],
  });
}
