import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { confirmStep } from './confirmation.service.ts';
import { confirmationRequest, confirmationSchema, confirmationView } from './confirmation.ts';
import { EXAMPLE_HOLDING, holdingSchema, holdingView } from './holding.views.ts';
import { EXAMPLE_CONFIRMATION } from './route-examples.ts';
import { sightUnit } from './sighting.service.ts';

/** What people do in a running drill. */
export const drillPeopleRoutes = (): Route[] => [sightHeldUnit, confirmManualStep];

const common = { tag: 'drills', method: 'post', permission: 'drill.operate', params: idParams } as const;

const sightHeldUnit = defineWrite({
  ...common,
  path: '/drill-runs/{id}/sightings',
  operationId: 'sightHeldUnit',
  summary: 'Scan a unit that a running drill holds: it is there, and not only on record',
  errors: ['unknown-run', 'run-ended', 'person-needed', 'not-held-by-run'],
  body: z.strictObject({ code: lineText(80).describe('Asset tag or serial number, as it is on the label') }),
  response: z.object({ holdings: z.array(holdingSchema) }),
  examples: { body: { code: 'A-0042' }, response: { holdings: [EXAMPLE_HOLDING] } },
  handle: async (request) => {
    const holdings = await sightUnit(request.tx, request, request.params.id, request.body.code);
    return { body: { holdings: holdings.map(holdingView) } };
  },
});

const confirmManualStep = defineWrite({
  ...common,
  path: '/drill-runs/{id}/confirmations',
  operationId: 'confirmDrillStep',
  summary: 'Say that a manual step of a running drill was done, or could not be; by a person',
  errors: [
    ...['unknown-run', 'run-ended', 'person-needed', 'not-waiting-for-this', 'confirmed-already'],
    ...['role-needed', 'bad-role'],
  ],
  body: confirmationRequest,
  response: z.object({ confirmations: z.array(confirmationSchema) }),
  examples: {
    body: { step: 'check-totals', outcome: 'done', note: 'The totals of the last day agree with the ledger' },
    response: { confirmations: [EXAMPLE_CONFIRMATION] },
  },
  handle: async (request) => {
    const confirmations = await confirmStep(request.tx, request, request.params.id, request.body);
    return { body: { confirmations: confirmations.map(confirmationView) } };
  },
});
