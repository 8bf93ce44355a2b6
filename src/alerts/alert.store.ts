import { recordAudits } from '../audit/audit.store.ts';
import type { Origin } from '../auth/actor.ts';
import type { Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { type AlertRow, alertOf, SELECT_ALERT } from './alert.queries.ts';
import type { Alert, AlertChange } from './alert.ts';
import { routeChanges } from './routing/route-change.ts';

/**
 * The one place where alerts change: writes changes with their lines in the ledger and the audit trail, and tells whom they
 * concern. A change is dropped when another transaction was first: when a key that is to open has an open alert by now, or the
 * alert is not at the version before the change any more.
 * @param changes at most one for an alert.
 * @returns the changes that were made.
 */
export async function applyChanges(
  tx: Tx,
  origin: Origin,
  changes: readonly AlertChange[],
): Promise<readonly AlertChange[]> {
  if (changes.length === 0) return [];
  // In one order, so that two transactions that change the same alerts do not wait for each other in a circle.
  const ordered = changes.toSorted((left, right) => (left.alert.id < right.alert.id ? -1 : 1));
  const isOpening = ({ what }: AlertChange) => what === 'opened';
  const opened = await insertAlerts(tx, ordered.filter(isOpening));
  const updated = await updateAlerts(
    tx,
    ordered.filter((change) => !isOpening(change)),
  );
  const made = new Set([...opened, ...updated]);
  const applied = ordered.filter(({ alert }) => made.has(alert.id));
  await insertLines(tx, origin, applied);
  await recordAudits(
    tx,
    applied.map((change) => ({
      ...origin,
      action: `alert.${change.what}`,
      subjectKind: 'alert',
      subjectId: change.alert.id,
      details: auditedChange(change),
    })),
  );
  await routeChanges(tx, applied);
  return applied;
}

/** Locks the open alerts among these until the transaction ends, in one order. */
export async function lockOpenAlerts(tx: Tx, ids: readonly string[]): Promise<Alert[]> {
  const rows = await tx.rows<AlertRow>(
    `${SELECT_ALERT} WHERE a.id = ANY ($1::uuid[]) AND a.closed_at IS NULL ORDER BY a.id FOR NO KEY UPDATE OF a`,
    [ids],
  );
  return rows.map(alertOf);
}

async function insertAlerts(tx: Tx, changes: readonly AlertChange[]): Promise<string[]> {
  if (changes.length === 0) return [];
  const rows = await tx.rows<{ readonly id: string }>(
    `INSERT INTO alert (id, rule_id, key, subject_kind, subject_id, subject_name, service_id, level, no_data, value, reason,
       state, suppressed_by, opened_at, level_since, version)
     SELECT id, rule_id, key, subject_kind, subject_id, subject_name, service_id, level, no_data, value, reason,
       state, suppressed_by, opened_at, level_since, version
     FROM jsonb_populate_recordset(NULL::alert, $1::jsonb)
     ON CONFLICT (rule_id, key) WHERE closed_at IS NULL DO NOTHING RETURNING id`,
    [JSON.stringify(changes.map(({ alert }) => columnsOf(alert)))],
  );
  return rows.map(({ id }) => id);
}

async function updateAlerts(tx: Tx, changes: readonly AlertChange[]): Promise<string[]> {
  if (changes.length === 0) return [];
  const rows = await tx.rows<{ readonly id: string }>(
    `UPDATE alert a SET level = n.level, no_data = n.no_data, value = n.value, reason = n.reason, state = n.state,
       service_id = n.service_id, suppressed_by = n.suppressed_by, level_since = n.level_since,
       acknowledged_at = n.acknowledged_at, acknowledged_by = n.acknowledged_by, remind_at = n.remind_at,
       closed_at = n.closed_at, version = n.version
     FROM jsonb_populate_recordset(NULL::alert, $1::jsonb) n
     WHERE a.id = n.id AND a.version = n.version - 1 AND a.closed_at IS NULL RETURNING a.id`,
    [JSON.stringify(changes.map(({ alert }) => columnsOf(alert)))],
  );
  return rows.map(({ id }) => id);
}

function columnsOf(alert: Alert) {
  return {
    id: alert.id,
    rule_id: alert.ruleId,
    key: alert.key,
    subject_kind: alert.subject.kind,
    subject_id: alert.subject.id,
    subject_name: alert.subject.name,
    service_id: alert.serviceId,
    level: alert.level,
    no_data: alert.noData,
    value: alert.value,
    reason: alert.reason,
    state: alert.state,
    suppressed_by: alert.suppressedBy,
    opened_at: alert.openedAt,
    level_since: alert.levelSince,
    acknowledged_at: alert.acknowledged?.at ?? null,
    acknowledged_by: alert.acknowledged?.byId ?? null,
    remind_at: alert.acknowledged?.remindAt ?? null,
    closed_at: alert.closedAt,
    version: alert.version,
  };
}

async function insertLines(tx: Tx, { actor }: Origin, changes: readonly AlertChange[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.execute(
    `INSERT INTO alert_change (alert_id, seq, what, at, level, previous_level, value, by_id, note)
     SELECT n.alert_id, n.seq, n.what, n.at, n.level, n.previous_level, n.value, $9::uuid, n.note
     FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::timestamptz[], $5::smallint[], $6::smallint[], $7::float8[],
       $8::text[])
       AS n (alert_id, seq, what, at, level, previous_level, value, note)`,
    [
      changes.map(({ alert }) => alert.id),
      changes.map(({ alert }) => alert.version),
      changes.map(({ what }) => what),
      changes.map(({ at }) => dateOf(at)),
      changes.map(({ alert }) => alert.level),
      changes.map(({ previousLevel }) => previousLevel),
      changes.map(({ alert }) => alert.value),
      changes.map(({ note }) => note),
      actor.principalId,
    ],
  );
}

function auditedChange({ alert, previousLevel, note }: AlertChange): Record<string, unknown> {
  const { ruleId, key, level, value, noData, suppressedBy, acknowledged } = alert;
  const remindAt = acknowledged?.remindAt?.toString();
  return { ruleId, key, level, previousLevel, value, noData, suppressedBy, remindAt, note: note || undefined };
}
