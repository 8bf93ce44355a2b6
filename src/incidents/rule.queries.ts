import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import type { Severity } from '../kernel/severity.ts';
import type { RuleVersion } from './rule.ts';

/** The rules in force: the newest version. The migration makes the first. */
export async function currentRules(db: Queryable): Promise<RuleVersion> {
  const [current] = await listRuleVersions(db, { limit: 1 });
  if (!current) throw new Error('there is no version of the classification rules');
  return current;
}

/** Versions from the newest down; `before` continues below a version. */
export async function listRuleVersions(
  db: Queryable,
  page: { readonly limit: number; readonly before?: number | undefined },
): Promise<RuleVersion[]> {
  const rows = await db.rows<Omit<RuleVersion, 'createdAt'> & { readonly createdAt: Date }>(
    `SELECT v.version, v.rules, v.note, p.name AS "createdBy", v.created_at AS "createdAt"
     FROM incident_rule_version v LEFT JOIN principal p ON p.id = v.created_by
     WHERE $1::integer IS NULL OR v.version < $1 ORDER BY v.version DESC LIMIT $2`,
    [page.before ?? null, page.limit],
  );
  return rows.map((row) => ({ ...row, createdAt: instantOf(row.createdAt) }));
}

/** How critical a service is; null without a service. */
export async function criticalityOf(db: Queryable, serviceId: string | null): Promise<Severity | null> {
  if (serviceId === null) return null;
  const [row] = await db.rows<{ criticality: Severity }>('SELECT criticality FROM service WHERE id = $1', [serviceId]);
  return row?.criticality ?? null;
}
