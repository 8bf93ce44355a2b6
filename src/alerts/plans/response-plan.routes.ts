import { z } from 'zod';
import { pageOf, pageQuery, pageQueryBy, pageSchema } from '../../http/page.ts';
import { idParams, queryInteger } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { RETIRED_EXAMPLE, retireBody, stateFilter } from '../../kernel/retirement.ts';
import { ALERT_LEVELS } from '../alert.ts';
import { NEW_PLAN_EXAMPLE, PLAN_CONTENT_EXAMPLE, PLAN_EXAMPLE } from './response-plan.examples.ts';
import { editionOfPlan, editionsOf, listPlans, planById } from './response-plan.queries.ts';
import { createPlan, replacePlan, retirePlan } from './response-plan.service.ts';
import { newPlanSchema, planContentSchema, type ResponsePlan } from './response-plan.ts';
import { editionView, planView, viewOfEdition, viewOfPlan } from './response-plan.views.ts';

/** Response plans: what is done about an alert of a level of a service, and what that takes. */
export const responsePlanRoutes = (): Route[] => [list, getOne, create, replace, retire, listEditions, getEdition];

const common = { tag: 'alerts' } as const;

const editionNumber = queryInteger({ min: 1, max: 2_147_483_647 });

const EDITION_EXAMPLE: z.input<typeof editionView> = editionView.parse(PLAN_EXAMPLE);

const replyOf = (plan: ResponsePlan) => ({ body: viewOfPlan(plan), version: plan.version });

const list = defineRead({
  ...common,
  path: '/response-plans',
  operationId: 'listResponsePlans',
  summary: 'Response plans, oldest first',
  permission: 'alert.read',
  query: pageQuery.extend({
    state: stateFilter,
    level: queryInteger({ min: 1, max: ALERT_LEVELS.length }).optional().describe('Only plans of this level'),
    serviceId: z.uuid().optional().describe('Only plans of this service itself'),
  }),
  response: pageSchema(planView),
  examples: { response: { items: [PLAN_EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, ...filter } }) => {
    const page = pageOf(await listPlans(db, filter, { limit: limit + 1, after }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOfPlan), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/response-plans/{id}',
  operationId: 'getResponsePlan',
  summary: 'One response plan in the edition in force, also a retired one',
  permission: 'alert.read',
  errors: ['no-such-response-plan'],
  params: idParams,
  response: planView,
  examples: { response: PLAN_EXAMPLE },
  handle: async ({ db, params }) => replyOf(await planById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/response-plans',
  operationId: 'createResponsePlan',
  summary: 'Add a response plan for a level of a service, or of every service without one of its own',
  permission: 'alert.write',
  errors: ['response-plan-exists', 'unsuitable-response-plan'],
  status: 201,
  body: newPlanSchema,
  response: planView,
  examples: { body: NEW_PLAN_EXAMPLE, response: PLAN_EXAMPLE },
  handle: async (request) => {
    const plan = await createPlan(request.tx, request, request.body);
    return { ...replyOf(plan), location: `/response-plans/${plan.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-response-plan', 'stale-response-plan', 'response-plan-retired'] as const;

const replace = defineWrite({
  ...common,
  method: 'post',
  path: '/response-plans/{id}/editions',
  operationId: 'replaceResponsePlan',
  summary: 'Replace what a response plan says by a complete new edition; the earlier ones stay readable',
  permission: 'alert.write',
  errors: [...CHANGE_ERRORS, 'unsuitable-response-plan'],
  status: 201,
  ifMatch: true,
  params: idParams,
  body: planContentSchema,
  response: planView,
  examples: { body: PLAN_CONTENT_EXAMPLE, response: { ...PLAN_EXAMPLE, edition: 2, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const plan = await replacePlan(request.tx, request, target, request.body);
    return { ...replyOf(plan), location: `/response-plans/${plan.id}/editions/${plan.edition}` };
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/response-plans/{id}/retire',
  operationId: 'retireResponsePlan',
  summary: 'Take a response plan out of use for good; it stays readable',
  permission: 'alert.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: planView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...PLAN_EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retirePlan(request.tx, request, target, request.body.reason));
  },
});

const listEditions = defineRead({
  ...common,
  path: '/response-plans/{id}/editions',
  operationId: 'listResponsePlanEditions',
  summary: 'Every edition of a response plan, newest first',
  permission: 'alert.read',
  errors: ['no-such-response-plan'],
  params: idParams,
  query: pageQueryBy(z.int().min(1).max(2_147_483_647)),
  response: pageSchema(editionView),
  examples: { response: { items: [EDITION_EXAMPLE], next: null } },
  handle: async ({ db, params, query: { limit, after } }) => {
    const editions = await editionsOf(db, params.id, { limit: limit + 1, after });
    const page = pageOf(editions, limit, ({ edition }) => edition);
    return { body: { items: page.items.map(viewOfEdition), next: page.next } };
  },
});

const getEdition = defineRead({
  ...common,
  path: '/response-plans/{id}/editions/{edition}',
  operationId: 'getResponsePlanEdition',
  summary: 'One edition of a response plan, as it was and will always be',
  permission: 'alert.read',
  errors: ['no-such-plan-edition'],
  params: idParams.extend({ edition: editionNumber.describe('The number of the edition') }),
  response: editionView,
  examples: { response: EDITION_EXAMPLE },
  handle: async ({ db, params }) => ({ body: viewOfEdition(await editionOfPlan(db, params.id, params.edition)) }),
});
