import { z } from 'zod';
import { defineRead, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { periodOf } from './attainment-month.ts';
import { stageTimes } from './attainment-stage.queries.ts';
import { STAGE_DIMENSIONS, stageTimesQuery } from './attainment-stage.ts';
import { TIMED_STAGES } from './incident-stage.ts';

/** How long incidents were in their stages. */
export const stageTimesRoutes = (): Route[] => [read];

const ROWS_MAX = 5000;

const seconds = z.number().nullable().describe('Of those that have left it, around the clock; nearest rank');

const view = z.object({
  from: z.iso.date(),
  until: z.iso.date(),
  zone: z.string(),
  by: z.array(z.enum(STAGE_DIMENSIONS)),
  rows: z.array(
    z.object({
      stage: z.enum(TIMED_STAGES),
      severity: z.enum(SEVERITIES).optional(),
      team: z.object({ id: z.uuid(), name: z.string() }).nullable().optional().describe('Null before one was named'),
      month: z.string().optional().describe('In which the incident was received, in the zone: 2026-11'),
      left: z.int().describe('Incidents that have left the stage for another one'),
      inIt: z.int().describe('Incidents that are in it now'),
      p50Seconds: seconds,
      p90Seconds: seconds,
    }),
  ),
});

const EXAMPLE: z.input<typeof view> = {
  ...{ from: '2026-01-01', until: '2027-01-01', zone: 'Asia/Shanghai', by: ['severity'] },
  rows: [{ stage: 'handle', severity: 'emergency', left: 9, inIt: 1, p50Seconds: 5400, p90Seconds: 15_120 }],
};

const read = defineRead({
  tag: 'incidents',
  path: '/incident-stage-attainment',
  operationId: 'getIncidentStageAttainment',
  summary:
    'How long the incidents that were received in a period were in each stage; all stays in a stage are added up',
  permission: 'incident.read',
  errors: ['too-many-rows'],
  query: stageTimesQuery,
  response: view,
  examples: { response: EXAMPLE },
  handle: async ({ db, query }) => {
    const { from, until, zone, by } = query;
    const rows = await stageTimes(db, query, periodOf(query), ROWS_MAX + 1);
    if (rows.length > ROWS_MAX) throw tooManyRows();
    return { body: { from, until, zone, by, rows } };
  },
});

function tooManyRows(): AppError {
  const message = `gives more than ${ROWS_MAX} rows: tell them apart by less`;
  return new AppError('unprocessable', 'too-many-rows', `The query ${message}`, {
    fields: [{ field: 'query.by', message }],
  });
}
