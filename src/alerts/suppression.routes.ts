import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { SUPPRESSIONS } from './alert.ts';
import { listSuppressions, suppressionById } from './suppression.queries.ts';
import { endSuppression, suppressAlerts } from './suppression.service.ts';
import { type AlertSuppression, newMaintenanceSchema, newSilenceSchema } from './suppression.ts';

/** Silences, and maintenance windows of services: while they last, nobody is told of what matches. */
export const suppressionRoutes = (): Route[] => [list, getOne, silence, maintain, end];

const suppressionView = z.object({
  id: z.uuid(),
  kind: z.enum(SUPPRESSIONS),
  ruleId: z.uuid().nullable().describe('null: of every rule'),
  ruleName: z.string().nullable(),
  key: z.string().nullable().describe('null: of every subject'),
  serviceId: z.uuid().nullable().describe('null: whatever service it concerns'),
  serviceName: z.string().nullable(),
  reason: z.string(),
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  createdBy: z.object({ id: z.uuid(), name: z.string() }),
  createdAt: z.iso.datetime(),
  ended: z.object({ at: z.iso.datetime(), byId: z.uuid() }).nullable().describe('When somebody ended it early'),
});

const viewOf = (one: AlertSuppression): z.input<typeof suppressionView> => ({
  ...one,
  startsAt: one.startsAt.toString(),
  endsAt: one.endsAt.toString(),
  createdAt: one.createdAt.toString(),
  ended: one.ended && { at: one.ended.at.toString(), byId: one.ended.byId },
});

const BODY = {
  ruleId: '019aab2c-7f10-7d3e-8c11-2a4b6c8d0e10',
  reason: 'The backup host moves to another room',
  endsAt: '2026-11-22T18:00:00Z',
};

const EXAMPLE: z.input<typeof suppressionView> = {
  ...BODY,
  id: '019aab2c-7f20-7d3e-8c11-2a4b6c8d0e1f',
  kind: 'silence',
  ruleName: 'Newest sound recovery point against the RPO',
  key: null,
  serviceId: null,
  serviceName: null,
  startsAt: '2026-11-22T12:00:00Z',
  createdBy: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty technician' },
  createdAt: '2026-11-22T12:00:00Z',
  ended: null,
};

const common = { tag: 'alerts' } as const;

const list = defineRead({
  ...common,
  path: '/alert-suppressions',
  operationId: 'listAlertSuppressions',
  summary: 'Silences and maintenance windows, newest first',
  permission: 'alert.read',
  query: pageQuery.extend({
    state: z.enum(['pending', 'all']).default('pending').describe('Which ones: those that hold or will, or all'),
  }),
  response: pageSchema(suppressionView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const page = pageOf(await listSuppressions(db, state, { limit: limit + 1, after }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/alert-suppressions/{id}',
  operationId: 'getAlertSuppression',
  summary: 'One silence or maintenance window',
  permission: 'alert.read',
  errors: ['no-such-suppression'],
  params: idParams,
  response: suppressionView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => ({ body: viewOf(await suppressionById(db, params.id)) }),
});

const making = {
  ...common,
  method: 'post',
  status: 201,
  errors: ['unsuitable-span', 'unsuitable-service', 'unsuitable-rule'],
  response: suppressionView,
} as const;

const replyOf = (made: AlertSuppression) => ({ body: viewOf(made), location: `/alert-suppressions/${made.id}` });

const silence = defineWrite({
  ...making,
  path: '/alert-silences',
  operationId: 'silenceAlerts',
  summary: 'Silence alerts of a rule, a subject or a service until an end: they open all the same, and nobody is told',
  permission: 'alert.operate',
  body: newSilenceSchema,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => replyOf(await suppressAlerts(request.tx, request, 'silence', request.body)),
});

const SERVICE_ID = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';

const maintain = defineWrite({
  ...making,
  path: '/alert-maintenance',
  operationId: 'planAlertMaintenance',
  summary: 'Plan a maintenance window of a service: its alerts open all the same, and nobody is told until it ends',
  permission: 'alert.write',
  body: newMaintenanceSchema,
  examples: {
    body: { serviceId: SERVICE_ID, reason: BODY.reason, endsAt: BODY.endsAt },
    response: {
      ...EXAMPLE,
      kind: 'maintenance',
      ruleId: null,
      ruleName: null,
      serviceId: SERVICE_ID,
      serviceName: 'Orders',
    },
  },
  handle: async (request) => replyOf(await suppressAlerts(request.tx, request, 'maintenance', request.body)),
});

const end = defineWrite({
  ...common,
  method: 'post',
  path: '/alert-suppressions/{id}/end',
  operationId: 'endAlertSuppression',
  summary: 'End a silence or a maintenance window early: what is still open is told',
  permission: 'alert.operate',
  errors: ['no-such-suppression', 'suppression-over'],
  params: idParams,
  response: suppressionView,
  examples: { response: { ...EXAMPLE, ended: { at: '2026-11-22T13:00:00Z', byId: EXAMPLE.createdBy.id } } },
  handle: async (request) => ({ body: viewOf(await endSuppression(request.tx, request, request.params.id)) }),
});
