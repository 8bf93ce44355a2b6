import { z } from 'zod';
import { originOf } from '../auth/actor.ts';
import { type RequestDeps, requestRun } from '../drills/drill.service.ts';
import { recoveryStartSchema } from '../drills/real-recovery.ts';
import { runRequest } from '../drills/run-request.ts';
import { idParams } from '../http/parameters.ts';
import { defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { dispatch, dispatchSchema } from './dispatch.service.ts';
import { lockIncident } from './incident.store.ts';
import { INCIDENT_DETAIL_EXAMPLE, incidentDetailView } from './incident.views.ts';
import { ACT_ERRORS, acting, incidentReply } from './incident-reply.ts';

/** What is brought to an incident: people with spares, and the recovery that a drill rehearses. */
export const onSiteRoutes = (deps: RequestDeps): Route[] => [sendOut, recover(deps)];

const sendOut = defineWrite({
  ...acting,
  path: '/incidents/{id}/dispatches',
  operationId: 'dispatchToIncident',
  summary: 'Enter that somebody is sent to the place, with what was allocated for it',
  errors: [...ACT_ERRORS, 'unsuitable-allocation', 'allocation-dispatched', 'unsuitable-person'],
  params: idParams,
  body: dispatchSchema,
  response: incidentDetailView,
  examples: {
    body: {
      allocationId: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0e',
      destination: 'Hall 2, rack 14',
      who: 'Lin Wei',
    },
    response: INCIDENT_DETAIL_EXAMPLE,
  },
  handle: async (request) => {
    await dispatch(request.tx, request, request.params.id, request.body);
    return incidentReply(request.tx, request.params.id);
  },
});

const recoveryRequest = z.strictObject({
  drill: lineText(63).describe('The drill whose definition recovers the service'),
  ...runRequest.shape,
  recovery: recoveryStartSchema.omit({ case: true }).describe('That it is meant; what it is for is the incident'),
});

const recover = (deps: RequestDeps) =>
  defineWrite({
    ...{ tag: 'incidents', method: 'post', permission: 'drill.operate' },
    path: '/incidents/{id}/recoveries',
    operationId: 'recoverIncident',
    summary: 'Carry out the definition of a drill as the recovery for an incident; follow it at /drill-runs/{id}',
    errors: [
      ...[
        'no-such-incident',
        'incident-closed',
        'unknown-drill',
        'bad-definition',
        'bad-parameters',
        'bad-participants',
      ],
      ...['drill-running', 'person-needed', 'recovery-not-confirmed', 'nothing-to-recover', 'no-open-case'],
      'case-of-other-service',
    ],
    params: idParams,
    body: recoveryRequest,
    status: 202,
    response: z.object({ runId: z.uuid() }),
    examples: {
      body: { drill: 'orders-database', recovery: { confirm: 'orders-database' } },
      response: { runId: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d1e' },
    },
    handle: async (request) => {
      const { drill, recovery: start, ...wish } = request.body;
      const { number } = await lockIncident(request.tx, request.params.id, undefined);
      const recovery = { ...start, case: number, person: request.principal };
      const { runId } = await requestRun(request.tx, deps, originOf(request), {
        ...{ drill, mode: 'recovery', recovery },
        ...wish,
      });
      return { body: { runId }, location: `/drill-runs/${runId}` };
    },
  });
