import type { Queryable } from '../database/database.ts';
import type { AssessedRun } from './proof.ts';

/**
 * The newest full run of each of these drills that came to a verdict, by the drill's name. A run that was given other values than
 * the definition's own says nothing of it, unless the definition lets them vary.
 */
export async function assessedRuns(
  db: Queryable,
  drills: readonly string[],
): Promise<ReadonlyMap<string, AssessedRun>> {
  const rows = await db.rows<AssessedRun>(
    `SELECT r.id, r.drill, r.status, r.procedure, coalesce(r.procedure_reason, '') AS "procedureReason", r.availability,
            coalesce(r.availability_reason, '') AS "availabilityReason", r.definition_sha256 AS "definitionSha256",
            r.finished_at AS "finishedAt", r.technical_rta_seconds AS "technicalRtaSeconds",
            r.recovery_point_id AS "recoveryPointId", t.targets
       FROM unnest($1::text[]) AS d (name)
       CROSS JOIN LATERAL (
         SELECT * FROM drill_run
          WHERE drill = d.name AND mode = 'full' AND NOT expects_damage AND procedure <> 'not assessed'
            AND varied_parameters = '{}'
          ORDER BY id DESC LIMIT 1
       ) r
       CROSS JOIN LATERAL (
         SELECT coalesce(jsonb_agg(jsonb_build_object('target', target, 'targetSeconds', target_seconds)), '[]') AS targets
         FROM drill_target WHERE run_id = r.id AND target_seconds IS NOT NULL
       ) t`,
    [[...drills]],
  );
  return new Map(rows.map((run) => [run.drill, run]));
}

/** How near to its objective a drill last recovered a service. */
interface ServiceRta {
  readonly serviceId: string;
  readonly service: string;
  readonly drill: string;
  /** The technical RTA of what the objective for the recovery was then. */
  readonly percent: number;
}

/** Of services in use, by each of their drills: the newest full run that recovered them and had an objective. */
export async function rtaOfServices(db: Queryable): Promise<ServiceRta[]> {
  return db.rows<ServiceRta>(
    `SELECT s.id AS "serviceId", s.name AS service, r.drill, r.technical_rta_seconds / t.target_seconds * 100 AS percent
       FROM service s
       CROSS JOIN LATERAL (
         SELECT DISTINCT ON (drill) id, drill, technical_rta_seconds FROM drill_run
          WHERE service = s.name AND mode = 'full' AND NOT expects_damage AND procedure <> 'not assessed'
            AND varied_parameters = '{}' AND technical_rta_seconds IS NOT NULL
          ORDER BY drill, id DESC
       ) r
       JOIN drill_target t ON t.run_id = r.id AND t.target = 'recover' AND t.target_seconds > 0
      WHERE s.retired_at IS NULL`,
  );
}
