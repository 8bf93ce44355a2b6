import { originOf } from '../auth/actor.ts';
import { idParams } from '../http/parameters.ts';
import { defineWrite, type Route } from '../http/route.ts';
import { runSchema, runView } from './drill.views.ts';
import { discardKept } from './kept.service.ts';
import { EXAMPLE_RUN } from './route-examples.ts';

/** What failed runs have kept. */
export const keptRoutes = (): Route[] => [discardKeptSandbox];

const discardKeptSandbox = defineWrite({
  tag: 'drills',
  method: 'post',
  path: '/drill-runs/{id}/discard',
  operationId: 'discardKeptSandbox',
  summary:
    'Remove what a failed run has kept before its time is over; the host on which it lies does so within seconds',
  permission: 'drill.operate',
  errors: ['unknown-run', 'nothing-kept'],
  params: idParams,
  status: 202,
  response: runSchema,
  examples: {
    response: {
      ...EXAMPLE_RUN,
      ...{
        status: 'failed',
        statusReason: 'The script scripts/load.sh ended with status 1',
        validation: 'not reached',
      },
      ...{ technicalRtaSeconds: null, rpaSeconds: null, cleanup: 'kept' },
      procedure: { outcome: 'failed', reason: 'The script scripts/load.sh ended with status 1' },
      cleanupReason: 'kept until 2026-11-23T15:10:11.900Z on host 4f1c in /srv/muster/sandboxes/drills (1.2 MB)',
      kept: { until: '2026-11-22T15:40:00.000Z', sizeBytes: 1_258_291 },
    },
  },
  handle: async (request) => ({ body: runView(await discardKept(request.tx, originOf(request), request.params.id)) }),
});
