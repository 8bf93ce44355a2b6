import { z } from 'zod';
import { idParams, queryInteger } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { serviceById } from '../services/service.queries.ts';
import type { DrillCatalogue } from './catalogue.ts';
import { drillNameParams } from './drill-name.ts';
import { pastRunsOfDrill, pastRunsOfService } from './history.queries.ts';
import { LAST_RUNS } from './history.ts';
import {
  drillHistorySchema,
  drillHistoryView,
  EXAMPLE_DRILL_HISTORY,
  EXAMPLE_SERVICE_HISTORY,
  serviceHistorySchema,
  serviceHistoryView,
} from './history.views.ts';

/** How the recovery time of drills and services has gone. */
export const historyRoutes = (catalogue: DrillCatalogue): Route[] => [drillHistory(catalogue), serviceHistory];

const query = z.strictObject({
  last: queryInteger({ min: 1, max: LAST_RUNS.max }).default(LAST_RUNS.default).describe('So many of the newest runs'),
});

const drillHistory = (catalogue: DrillCatalogue) =>
  defineRead({
    tag: 'drills',
    path: '/drills/{name}/history',
    operationId: 'getDrillHistory',
    summary: 'How long a drill and its phases took in its last full runs, with percentiles and success rate',
    permission: 'drill.read',
    errors: ['unknown-drill'],
    params: drillNameParams,
    query,
    response: drillHistorySchema,
    examples: { response: EXAMPLE_DRILL_HISTORY },
    handle: async ({ db, params, query: { last } }) => {
      const runs = await pastRunsOfDrill(db, params.name, last);
      // A drill whose file is gone keeps its history.
      if (runs.length === 0 && !(await catalogue.refresh()).some(({ name }) => name === params.name)) {
        throw new AppError('not-found', 'unknown-drill', `There is no drill named ${params.name}`);
      }
      return { body: drillHistoryView(params.name, runs) };
    },
  });

const serviceHistory = defineRead({
  tag: 'drills',
  path: '/services/{id}/drill-history',
  operationId: 'getServiceDrillHistory',
  summary: 'How long the recovery of a service took in the last full runs of its drills, together and by drill',
  permission: 'drill.read',
  errors: ['no-such-service'],
  params: idParams,
  query,
  response: serviceHistorySchema,
  examples: { response: EXAMPLE_SERVICE_HISTORY },
  handle: async ({ db, params, query: { last } }) => {
    const service = await serviceById(db, params.id);
    return { body: serviceHistoryView(service, await pastRunsOfService(db, service.name, last)) };
  },
});
