import type { Queryable } from '../database/database.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import type { RetirementState } from '../kernel/retirement.ts';
import { ALERT_RULE_TABLE } from './alert-rule.store.ts';
import type { AlertRule } from './alert-rule.ts';

const SELECT_RULE = `
  SELECT r.id, r.name, r.signal, r.direction, r.thresholds, r.raise_for_seconds AS "raiseForSeconds",
    r.clear_for_seconds AS "clearForSeconds", r.no_data_after_seconds AS "afterSeconds", r.no_data_does AS does,
    r.no_data_level AS "noDataLevel", r.enabled, r.shipped_as IS NOT NULL AS "isShipped", lower(r.name) AS "nameKey",
    coalesce((SELECT jsonb_agg(jsonb_build_object('serviceId', o.service_id, 'thresholds', o.thresholds) ORDER BY o.service_id)
      FROM alert_rule_override o WHERE o.rule_id = r.id), '[]') AS overrides, ${lifecycleColumns('r')}
  FROM alert_rule r`;

/**
 * One rule, retired ones included.
 * @throws AppError `not-found` `no-such-alert-rule`.
 */
export async function alertRuleById(db: Queryable, id: string): Promise<AlertRule> {
  const [row] = await db.rows<RuleRow>(`${SELECT_RULE} WHERE r.id = $1`, [id]);
  if (!row) throw noSuchRow(ALERT_RULE_TABLE, id);
  return ruleOf(row);
}

/** A rule with the key that the list is ordered by. */
export interface ListedRule {
  readonly rule: AlertRule;
  readonly nameKey: string;
}

/** Rules in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listAlertRules(
  db: Queryable,
  state: RetirementState,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedRule[]> {
  const rows = await db.rows<RuleRow>(
    `${SELECT_RULE}
     WHERE ($1 = 'all' OR (r.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::text IS NULL OR lower(r.name) > $2)
     ORDER BY lower(r.name) LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ rule: ruleOf(row), nameKey: row.nameKey }));
}

/** A rule, and when the readings were read that it has judged last, in milliseconds since 1970. */
export interface RuleToJudge extends AlertRule {
  readonly readAtMs: number | null;
}

/** The rules that judge something, or that have something left of when they did. */
export async function rulesToJudge(db: Queryable): Promise<RuleToJudge[]> {
  const rows = await db.rows<RuleRow & Pick<RuleToJudge, 'readAtMs'>>(
    `SELECT r.*, (SELECT (extract(epoch FROM p.read_at) * 1000)::float8 FROM alert_pass p WHERE p.rule_id = r.id) AS "readAtMs"
     FROM (${SELECT_RULE}) r
     WHERE (r.enabled AND r."retiredAt" IS NULL) OR EXISTS (SELECT FROM alert_key_state s WHERE s.rule_id = r.id)
       OR EXISTS (SELECT FROM alert a WHERE a.rule_id = r.id AND a.closed_at IS NULL)
     ORDER BY r.id`,
  );
  return rows.map((row) => ({ ...ruleOf(row), readAtMs: row.readAtMs }));
}

interface RuleRow extends Omit<AlertRule, 'noData' | 'retired' | 'createdAt' | 'updatedAt'>, LifecycleRecord {
  readonly afterSeconds: number;
  readonly does: AlertRule['noData']['does'];
  readonly noDataLevel: AlertRule['noData']['level'];
  readonly nameKey: string;
}

function ruleOf(row: RuleRow): AlertRule {
  return {
    id: row.id,
    name: row.name,
    signal: row.signal,
    direction: row.direction,
    thresholds: row.thresholds,
    raiseForSeconds: row.raiseForSeconds,
    clearForSeconds: row.clearForSeconds,
    noData: { afterSeconds: row.afterSeconds, does: row.does, level: row.noDataLevel },
    overrides: row.overrides,
    enabled: row.enabled,
    isShipped: row.isShipped,
    ...lifecycleOf(row),
  };
}
