import type { Queryable } from '../database/database.ts';
import type { AlertLevel } from './alert.ts';

/** Open alerts of one level. */
export interface LevelCount {
  readonly level: AlertLevel;
  readonly count: number;
}

/** How many alerts are open, acknowledged ones too, from the most urgent level down. */
export async function openAlertsByLevel(db: Queryable): Promise<LevelCount[]> {
  return db.rows<LevelCount>(
    `SELECT level, count(*)::integer AS count FROM alert WHERE closed_at IS NULL GROUP BY level ORDER BY level DESC`,
  );
}

/** Open alerts of one level that concern one service. */
export interface ServiceLevelCount extends LevelCount {
  readonly serviceId: string;
  /** Of them the one to look at first: nobody has taken it on, and it has stood at its level for the longest time. */
  readonly worstId: string;
}

/** The open alerts of some services, from the most urgent level down. */
export async function openAlertsOfServices(db: Queryable, serviceIds: readonly string[]): Promise<ServiceLevelCount[]> {
  return db.rows<ServiceLevelCount>(
    `SELECT service_id AS "serviceId", level, count(*)::integer AS count,
       (array_agg(id ORDER BY state = 'acknowledged', level_since, id))[1] AS "worstId"
     FROM alert WHERE closed_at IS NULL AND service_id = ANY ($1::uuid[])
     GROUP BY service_id, level ORDER BY level DESC, service_id`,
    [serviceIds],
  );
}
