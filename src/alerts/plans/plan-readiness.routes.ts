import { z } from 'zod';
import { encodeCursor, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, type Route } from '../../http/route.ts';
import { serviceById } from '../../services/service.queries.ts';
import { planReadiness } from './plan-readiness.service.ts';
import { notReadyPlans } from './plan-readiness-list.service.ts';
import { READINESS_EXAMPLE } from './response-plan.examples.ts';
import { planById, plansForService } from './response-plan.queries.ts';
import { readinessView, viewOfReadiness } from './response-plan.views.ts';

/** Whether response plans could be carried out at this moment. */
export const planReadinessRoutes = (): Route[] => [ofPlan, ofService, notReady];

const common = { tag: 'alerts', permission: 'alert.read' } as const;

const ofPlan = defineRead({
  ...common,
  path: '/response-plans/{id}/readiness',
  operationId: 'getResponsePlanReadiness',
  summary: 'What a response plan needs against what is there at this moment, with the rights of an emergency',
  errors: ['no-such-response-plan', 'no-such-service'],
  params: idParams,
  query: z.strictObject({
    serviceId: z
      .uuid()
      .optional()
      .describe('For which service a plan that is for every service is looked at; its own, for a plan of a service'),
  }),
  response: readinessView,
  examples: { response: READINESS_EXAMPLE },
  handle: async ({ db, params, query }) => {
    const plan = await planById(db, params.id);
    const service =
      plan.service ?? (query.serviceId === undefined ? null : namedOf(await serviceById(db, query.serviceId)));
    const [readiness] = await planReadiness(db, [{ plan, service }]);
    if (!readiness) throw new Error('One plan has one readiness');
    return { body: viewOfReadiness(readiness) };
  },
});

const namedOf = ({ id, name }: { readonly id: string; readonly name: string }) => ({ id, name });

const ofService = defineRead({
  ...common,
  path: '/services/{id}/plan-readiness',
  operationId: 'getServicePlanReadiness',
  summary: 'The readiness of the response plan that holds for a service at each level',
  errors: ['no-such-service'],
  params: idParams,
  response: z.object({ plans: z.array(readinessView).describe('By level; a level without a plan is left out') }),
  examples: { response: { plans: [READINESS_EXAMPLE] } },
  handle: async ({ db, params }) => {
    const service = namedOf(await serviceById(db, params.id));
    const plans = await plansForService(db, service.id);
    const answers = await planReadiness(
      db,
      plans.map((plan) => ({ plan, service })),
    );
    return { body: { plans: answers.map(viewOfReadiness) } };
  },
});

const notReady = defineRead({
  ...common,
  path: '/response-plans-not-ready',
  operationId: 'listResponsePlansNotReady',
  summary: 'Response plans in force that could not be carried out at this moment, and why',
  query: pageQuery,
  response: pageSchema(readinessView).describe('A page may hold fewer plans than were asked for and have a next one'),
  examples: { response: { items: [READINESS_EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after } }) => {
    const { items, next } = await notReadyPlans(db, { limit, after });
    return { body: { items: items.map(viewOfReadiness), next: next === null ? null : encodeCursor(next) } };
  },
});
