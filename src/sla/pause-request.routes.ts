import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { CLOCK_KINDS } from './clock-kind.ts';
import { listPauseRequests, pauseRequestById } from './pause-request.queries.ts';
import { approvePause, refusePause, requestPause, withdrawPause } from './pause-request.service.ts';
import {
  newPauseRequestSchema,
  PAUSE_REQUEST_STATES,
  type PauseRequest,
  pauseApprovalSchema,
  pauseEndSchema,
} from './pause-request.ts';

/** Pauses of SLA clocks: one person asks, and the clock stands still once another one has approved. */
export const pauseRequestRoutes = (): Route[] => [list, getOne, ask, approve, refuse, withdraw];

const named = z.object({ id: z.uuid(), name: z.string() });

const requestView = z.object({
  id: z.uuid(),
  clock: z.object({
    id: z.uuid(),
    kind: z.enum(CLOCK_KINDS),
    severity: z.enum(SEVERITIES),
    subject: z.string(),
  }),
  reason: z.string(),
  state: z.enum(PAUSE_REQUEST_STATES).describe('lapsed: the clock was stopped before anybody decided'),
  requestedBy: named,
  requestedAt: z.iso.datetime(),
  asked: named.nullable().describe('Who got a notice; any other person who may can decide as well'),
  decision: z
    .object({
      outcome: z.enum(['approved', 'refused', 'withdrawn']),
      note: z.string(),
      decidedBy: named,
      decidedAt: z.iso.datetime(),
      effectiveAt: z.iso
        .datetime()
        .nullable()
        .describe('From when the clock stands still; null unless it was approved'),
      isBackDated: z.boolean().describe('The approver has accepted the instant of the request'),
    })
    .nullable(),
});

function viewOf({ requestedAt, decision, ...request }: PauseRequest): z.input<typeof requestView> {
  return {
    ...request,
    requestedAt: requestedAt.toString(),
    decision: decision && {
      ...decision,
      decidedAt: decision.decidedAt.toString(),
      effectiveAt: decision.effectiveAt?.toString() ?? null,
    },
  };
}

const REQUEST_ID = '019aab2c-91c4-7d0a-8c1b-3f5e7a9d2b46';
const ASKED = { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Duty manager' };

const EXAMPLE: z.input<typeof requestView> = {
  id: REQUEST_ID,
  clock: {
    id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
    kind: 'recover',
    severity: 'emergency',
    subject: 'Incident 4711: the order database does not answer',
  },
  reason: 'Waiting for access to the site',
  state: 'open',
  requestedBy: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty technician' },
  requestedAt: '2026-11-22T10:00:00Z',
  asked: ASKED,
  decision: null,
};

const decidedExample = (
  outcome: 'approved' | 'refused' | 'withdrawn',
  decidedBy: z.input<typeof named>,
): typeof EXAMPLE => ({
  ...EXAMPLE,
  state: outcome,
  decision: {
    ...{ outcome, note: '', decidedBy, isBackDated: false },
    decidedAt: '2026-11-22T10:05:00Z',
    effectiveAt: outcome === 'approved' ? '2026-11-22T10:05:00Z' : null,
  },
});

const common = { tag: 'sla' } as const;

const list = defineRead({
  ...common,
  path: '/sla-pause-requests',
  operationId: 'listSlaPauseRequests',
  summary: 'Requests that an SLA clock stand still, with what was decided, newest first',
  permission: 'sla.read',
  query: pageQuery.extend({
    state: z.enum(['open', 'all']).default('open').describe('Which ones: those that wait for a decision, or all'),
    clockId: z.uuid().optional().describe('Only those for this clock'),
  }),
  response: pageSchema(requestView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, ...filter } }) => {
    const page = pageOf(await listPauseRequests(db, filter, { limit: limit + 1, after }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/sla-pause-requests/{id}',
  operationId: 'getSlaPauseRequest',
  summary: 'One request that an SLA clock stand still, with what was decided',
  permission: 'sla.read',
  errors: ['no-such-pause-request'],
  params: idParams,
  response: requestView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => ({ body: viewOf(await pauseRequestById(db, params.id)) }),
});

const ask = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-clocks/{id}/pause-requests',
  operationId: 'requestSlaClockPause',
  summary: 'Ask that an SLA clock stand still: it runs on until another person has approved',
  permission: 'sla.operate',
  errors: [
    'no-such-clock',
    'stale-clock',
    'clock-stopped',
    'clock-not-running',
    'pause-requested',
    'unsuitable-approver',
  ],
  status: 201,
  ifMatch: true,
  params: idParams,
  body: newPauseRequestSchema,
  response: requestView,
  examples: { body: { reason: EXAMPLE.reason, askedId: ASKED.id }, response: EXAMPLE },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const made = await requestPause(request.tx, request, target, request.body);
    return { body: viewOf(made), location: `/sla-pause-requests/${made.id}` };
  },
});

const deciding = {
  ...common,
  method: 'post',
  permission: 'sla.operate',
  params: idParams,
  response: requestView,
} as const;

const DECISION_ERRORS = ['no-such-pause-request', 'pause-request-closed'] as const;

const approve = defineWrite({
  ...deciding,
  path: '/sla-pause-requests/{id}/approve',
  operationId: 'approveSlaPauseRequest',
  summary: 'Approve as another person that an SLA clock stands still, from now on or since it was asked for',
  errors: [...DECISION_ERRORS, 'clock-stopped', 'too-many-segments', 'second-person-needed'],
  body: pauseApprovalSchema.prefault({}),
  examples: { body: {}, response: decidedExample('approved', ASKED) },
  handle: async (request) => ({
    body: viewOf(await approvePause(request.tx, request, request.params.id, request.body)),
  }),
});

const refuse = defineWrite({
  ...deciding,
  path: '/sla-pause-requests/{id}/refuse',
  operationId: 'refuseSlaPauseRequest',
  summary: 'Refuse as another person that an SLA clock stands still: it runs on',
  errors: [...DECISION_ERRORS, 'second-person-needed'],
  body: pauseEndSchema.prefault({}),
  examples: { body: { note: 'The site was open' }, response: decidedExample('refused', ASKED) },
  handle: async (request) => ({
    body: viewOf(await refusePause(request.tx, request, request.params.id, request.body.note)),
  }),
});

const withdraw = defineWrite({
  ...deciding,
  path: '/sla-pause-requests/{id}/withdraw',
  operationId: 'withdrawSlaPauseRequest',
  summary: 'Take your own request back that an SLA clock stand still',
  errors: [...DECISION_ERRORS, 'not-your-pause-request'],
  body: pauseEndSchema.prefault({}),
  examples: { body: {}, response: decidedExample('withdrawn', EXAMPLE.requestedBy) },
  handle: async (request) => ({
    body: viewOf(await withdrawPause(request.tx, request, request.params.id, request.body.note)),
  }),
});
