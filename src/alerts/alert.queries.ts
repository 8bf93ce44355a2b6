import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Alert, AlertLevel, RecordedChange } from './alert.ts';

export const SELECT_ALERT = `
  SELECT a.id, a.rule_id AS "ruleId", r.name AS "ruleName", a.key, r.signal,
    jsonb_build_object('kind', a.subject_kind, 'id', a.subject_id, 'name', a.subject_name) AS subject,
    a.service_id AS "serviceId", a.level, a.state, a.no_data AS "noData", a.value, a.reason,
    a.suppressed_by AS "suppressedBy", a.opened_at AS "openedAt", a.level_since AS "levelSince",
    a.acknowledged_at AS "acknowledgedAt", a.acknowledged_by AS "acknowledgedBy", a.remind_at AS "remindAt",
    a.closed_at AS "closedAt", a.version
  FROM alert a JOIN alert_rule r ON r.id = a.rule_id`;

/**
 * One alert.
 * @throws AppError `not-found` `no-such-alert`.
 */
export async function alertById(db: Queryable, id: string): Promise<Alert> {
  const [row] = await db.rows<AlertRow>(`${SELECT_ALERT} WHERE a.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-alert', `There is no alert ${id}`);
  return alertOf(row);
}

/** Alerts by their ids, as far as there are any. */
export async function alertsByIds(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, Alert>> {
  const rows = await db.rows<AlertRow>(`${SELECT_ALERT} WHERE a.id = ANY ($1::uuid[])`, [ids]);
  return new Map(rows.map((row) => [row.id, alertOf(row)]));
}

/** Which alerts a list holds; an absent filter lets all pass. */
export interface AlertFilter {
  readonly state: 'open' | 'closed' | 'all';
  readonly level?: AlertLevel | undefined;
  readonly levelMin?: AlertLevel | undefined;
  readonly ruleId?: string | undefined;
  readonly serviceId?: string | undefined;
}

/** Alerts from the newest down; `after` continues below an id. */
export async function listAlerts(
  db: Queryable,
  { state, level, levelMin, ruleId, serviceId }: AlertFilter,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<Alert[]> {
  const parameters: unknown[] = [];
  const value = (parameter: unknown) => `$${parameters.push(parameter)}`;
  const conditions = ['TRUE'];
  if (state !== 'all') conditions.push(`a.closed_at IS ${state === 'open' ? '' : 'NOT '}NULL`);
  if (level !== undefined) conditions.push(`a.level = ${value(level)}`);
  if (levelMin !== undefined) conditions.push(`a.level >= ${value(levelMin)}`);
  if (ruleId !== undefined) conditions.push(`a.rule_id = ${value(ruleId)}`);
  if (serviceId !== undefined) conditions.push(`a.service_id = ${value(serviceId)}`);
  if (page.after !== undefined) conditions.push(`a.id < ${value(page.after)}`);
  const rows = await db.rows<AlertRow>(
    `${SELECT_ALERT} WHERE ${conditions.join(' AND ')} ORDER BY a.id DESC LIMIT ${value(page.limit)}`,
    parameters,
  );
  return rows.map(alertOf);
}

/** What the services and the people are called that alerts name by their ids. */
export async function namesAroundAlerts(
  db: Queryable,
  alerts: readonly Pick<Alert, 'serviceId' | 'acknowledged'>[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.rows<{ id: string; name: string }>(
    `SELECT id, name FROM service WHERE id = ANY ($1::uuid[]) UNION ALL SELECT id, name FROM principal WHERE id = ANY ($2::uuid[])`,
    [alerts.map(({ serviceId }) => serviceId), alerts.map(({ acknowledged }) => acknowledged?.byId)],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The open alerts of a rule. */
export async function openAlertsOf(db: Queryable, ruleId: string): Promise<Alert[]> {
  const rows = await db.rows<AlertRow>(`${SELECT_ALERT} WHERE a.rule_id = $1 AND a.closed_at IS NULL ORDER BY a.id`, [
    ruleId,
  ]);
  return rows.map(alertOf);
}

/** What became of an alert, in order: as many lines as there are, the newest so many where they are more. */
export async function changesOf(db: Queryable, alertId: string, limit: number): Promise<RecordedChange[]> {
  const rows = await db.rows<Omit<RecordedChange, 'at'> & { readonly at: Date }>(
    `SELECT c.what, c.at, c.level, c.previous_level AS "previousLevel", c.value, c.note,
       CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'name', p.name) END AS by
     FROM alert_change c LEFT JOIN principal p ON p.id = c.by_id
     WHERE c.alert_id = $1 ORDER BY c.seq DESC LIMIT $2`,
    [alertId, limit],
  );
  return rows.toReversed().map((row) => ({ ...row, at: instantOf(row.at) }));
}

export interface AlertRow extends Omit<Alert, 'openedAt' | 'levelSince' | 'acknowledged' | 'closedAt'> {
  readonly openedAt: Date;
  readonly levelSince: Date;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgedBy: string | null;
  readonly remindAt: Date | null;
  readonly closedAt: Date | null;
}

export function alertOf({ acknowledgedAt, acknowledgedBy, remindAt, ...row }: AlertRow): Alert {
  return {
    ...row,
    openedAt: instantOf(row.openedAt),
    levelSince: instantOf(row.levelSince),
    acknowledged:
      acknowledgedAt && acknowledgedBy
        ? { at: instantOf(acknowledgedAt), byId: acknowledgedBy, remindAt: remindAt && instantOf(remindAt) }
        : null,
    closedAt: row.closedAt && instantOf(row.closedAt),
  };
}
