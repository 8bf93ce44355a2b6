import type { Queryable } from '../database/database.ts';
import type { Period } from './attainment-month.ts';
import { STAGE_DIMENSIONS, type StageTimes, type StageTimesQuery } from './attainment-stage.ts';
import { TIMED_STAGES } from './incident-stage.ts';

/**
 * How long the incidents that were received in a period were in each stage, in the order of the stages.
 * @param limit rows at most.
 */
export async function stageTimes(
  db: Queryable,
  { by, zone, severity, teamId }: StageTimesQuery,
  { fromMs, untilMs }: Pick<Period, 'fromMs' | 'untilMs'>,
  limit: number,
): Promise<StageTimes[]> {
  const dimensions = STAGE_DIMENSIONS.filter((name) => by.includes(name));
  const columns = dimensions.map((name) => COLUMNS[name]);
  return db.rows<StageTimes>(
    `${TIMES}
     SELECT t.stage, ${dimensions.map((name) => `${SHOWN[name]} AS ${name},`).join(' ')}
       count(*) FILTER (WHERE NOT t.goes_on)::integer AS left, count(*) FILTER (WHERE t.goes_on)::integer AS "inIt",
       percentile_disc(0.5) WITHIN GROUP (ORDER BY t.seconds) FILTER (WHERE NOT t.goes_on)::float8 AS "p50Seconds",
       percentile_disc(0.9) WITHIN GROUP (ORDER BY t.seconds) FILTER (WHERE NOT t.goes_on)::float8 AS "p90Seconds"
     FROM times t LEFT JOIN principal p ON p.id = t.team_id
     GROUP BY ${['t.stage', ...columns].join(', ')}
     ORDER BY ${['array_position($6::text[], t.stage)', ...columns].join(', ')} LIMIT $7`,
    [new Date(fromMs), new Date(untilMs), severity ?? null, teamId ?? null, zone, TIMED_STAGES, limit],
  );
}

const COLUMNS = { severity: 't.severity', team: 'p.name, p.id', month: 't.month' } as const;

const SHOWN = {
  ...COLUMNS,
  team: `CASE WHEN p.id IS NOT NULL THEN jsonb_build_object('id', p.id, 'name', p.name) END`,
} as const;

/** Each incident once for each stage that it has been in. */
const TIMES = `
  WITH spans AS (
    SELECT i.id, i.severity, i.team_id, to_char(i.received_at AT TIME ZONE $5, 'YYYY-MM') AS month, s.stage, s.entered_at,
      lead(s.entered_at) OVER (PARTITION BY i.id ORDER BY s.seq) AS left_at
    FROM incident i JOIN incident_stage s ON s.incident_id = i.id
    WHERE i.received_at >= $1 AND i.received_at < $2 AND ($3::text IS NULL OR i.severity = $3)
      AND ($4::uuid IS NULL OR i.team_id = $4)
  ), times AS (
    SELECT id, severity, team_id, month, stage, bool_or(left_at IS NULL) AS goes_on,
      extract(epoch FROM sum(coalesce(left_at, clock_timestamp()) - entered_at)) AS seconds
    FROM spans WHERE stage <> 'closed' GROUP BY id, severity, team_id, month, stage
  )`;
