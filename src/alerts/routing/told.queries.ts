import type { Queryable } from '../../database/database.ts';
import type { DutyHolder } from './duty-role.ts';

/** People whom an alert that finds nobody tells at most. */
const STAND_INS_MAX = 20;

/** Everybody who was told of an alert, and is not disabled. */
export async function toldOfAlert(db: Queryable, alertId: string): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT DISTINCT t.principal_id AS id FROM alert_ladder l JOIN alert_firing f ON f.ladder_id = l.id
       JOIN alert_told t ON t.firing_id = f.id JOIN principal p ON p.id = t.principal_id
     WHERE l.alert_id = $1 AND p.disabled_at IS NULL`,
    [alertId],
  );
  return rows.map(({ id }) => id);
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
