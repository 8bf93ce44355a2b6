import type { Queryable } from '../../database/database.ts';
import type { DutyHolder } from './duty-role.ts';

/** People whom an alert that finds nobody tells at most. */
const STAND_INS_MAX = 20;

/** Everybody who was told of alerts, and is not disabled, by the alert. */
export async function toldOfAlerts(
  db: Queryable,
  alertIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await db.rows<{ alertId: string; ids: string[] }>(
    `SELECT l.alert_id AS "alertId", array_agg(DISTINCT p.id)::text[] AS ids
     FROM alert_ladder l JOIN alert_firing f ON f.ladder_id = l.id
       JOIN alert_told t ON t.firing_id = f.id JOIN principal p ON p.id = t.principal_id
     WHERE l.alert_id = ANY ($1::uuid[]) AND p.disabled_at IS NULL GROUP BY l.alert_id`,
    [alertIds],
  );
  return new Map(rows.map(({ alertId, ids }) => [alertId, ids]));
}

/** Who is told when the last rung has found nobody: the owner of the service, or else those who administer. */
export async function standInsFor(db: Queryable, serviceId: string | null): Promise<DutyHolder[]> {
  const owner = await db.rows<DutyHolder>(
    `SELECT p.id, p.kind, p.name, 'nobody else was found: owner of the service' AS because
     FROM service s JOIN principal p ON p.id = s.owner_id WHERE s.id = $1 AND p.disabled_at IS NULL`,
    [serviceId],
  );
  if (owner.length > 0) return owner;
  return db.rows<DutyHolder>(
    `SELECT p.id, p.kind, p.name, 'nobody else was found: administrator' AS because
     FROM principal p WHERE p.kind IN ('person', 'team') AND p.disabled_at IS NULL AND 'admin' = ANY (p.roles)
     ORDER BY lower(p.name) LIMIT ${STAND_INS_MAX}`,
  );
}
