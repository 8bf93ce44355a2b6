import { z } from 'zod';
import { containing, countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { ENTITLEMENT_LIST, listEntitlements, seatUsageOf } from './entitlement.queries.ts';
import {
  createEntitlement,
  type EntitlementInUse,
  entitlementInUse,
  retireEntitlement,
  updateEntitlement,
} from './entitlement.service.ts';
import { entitlementChangeSchema, LICENCE_METRICS, newEntitlementSchema } from './entitlement.ts';
import {
  ENTITLEMENT_BODY_EXAMPLE,
  ENTITLEMENT_EXAMPLE,
  entitlementView,
  listedEntitlement,
  listedEntitlementView,
  viewOfEntitlement,
} from './entitlement.views.ts';
import { inUseOf, STATE } from './licence.views.ts';
import { day } from './licence-day.ts';

/** Entitlements: how many seats of which product, until when. */
export const entitlementRoutes = (): Route[] => [list, getOne, create, update, retire];

const replyOf = (answer: EntitlementInUse) => ({
  body: viewOfEntitlement(answer),
  version: answer.entitlement.version,
});

const common = { tag: 'licences' } as const;

const list = defineRead({
  ...common,
  path: '/entitlements',
  operationId: 'listEntitlements',
  summary: 'Entitlements, searched, filtered and sorted by declared pairs',
  permission: 'licence.read',
  errors: ['undeclared-list'],
  query: listQuery(ENTITLEMENT_LIST, 'name').extend({
    q: lineText(100).optional().describe('Only those with this text in name or contract'),
    productId: z.uuid().optional().describe('Only those to this product'),
    metric: z.enum(LICENCE_METRICS).optional().describe('Only those counted by this'),
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
    endsFrom: day.optional().describe('Only those whose term ends on this day or later; sort by endsOn'),
    endsUntil: day.optional().describe('Only those whose term ends on this day or earlier; sort by endsOn'),
    supportEndsFrom: day.optional().describe('Only those whose support ends then or later; sort by supportEndsOn'),
    supportEndsUntil: day.optional().describe('Only those whose support ends then or earlier; sort by supportEndsOn'),
    state: STATE,
    usage: queryBoolean().default(false).describe('Also answer how the seats of each stand'),
  }),
  response: listPageSchema(listedEntitlementView),
  examples: { response: { items: [ENTITLEMENT_EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, q, state, usage, ...others } = query;
    const found = q === undefined ? undefined : containing(q);
    const request = listRequest<keyof (typeof ENTITLEMENT_LIST)['filters'], keyof (typeof ENTITLEMENT_LIST)['sorts']>(
      { limit, after, sort },
      { ...others, q: found, inUse: inUseOf(state) },
    );
    const page = listPageOf(await listEntitlements(db, request), limit);
    const ids = page.items.map(({ entitlement }) => entitlement.id);
    const usages = usage ? await seatUsageOf(db, ids) : undefined;
    const items = page.items.map(({ entitlement }) => listedEntitlement(entitlement, usages?.get(entitlement.id)));
    return { body: { items, next: page.next, total: total ? await countRows(db, ENTITLEMENT_LIST, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/entitlements/{id}',
  operationId: 'getEntitlement',
  summary: 'One entitlement, also a retired one, with how its seats stand now',
  permission: 'licence.read',
  errors: ['no-such-entitlement'],
  params: idParams,
  response: entitlementView,
  examples: { response: ENTITLEMENT_EXAMPLE },
  handle: async ({ db, params }) => replyOf(await entitlementInUse(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/entitlements',
  operationId: 'createEntitlement',
  summary: 'Add an entitlement to use a product',
  permission: 'licence.write',
  errors: ['unsuitable-product', 'unsuitable-owner', 'term-ends-before-start'],
  status: 201,
  body: newEntitlementSchema,
  response: entitlementView,
  examples: { body: ENTITLEMENT_BODY_EXAMPLE, response: ENTITLEMENT_EXAMPLE },
  handle: async (request) => {
    const made = await createEntitlement(request.tx, request, request.body);
    return { ...replyOf(made), location: `/entitlements/${made.entitlement.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-entitlement', 'stale-entitlement', 'entitlement-retired'] as const;

const OVER_USED = {
  code: 'over-used' as const,
  seats: 8,
  message: '48 seats are in use or promised and 40 are entitled: 8 too many. Get seats back or buy more',
};

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/entitlements/{id}',
  operationId: 'updateEntitlement',
  summary: 'Change an entitlement; the warnings say when more seats are in use than it gives now',
  permission: 'licence.write',
  errors: [...CHANGE_ERRORS, 'unsuitable-owner', 'term-ends-before-start'],
  ifMatch: true,
  params: idParams,
  body: entitlementChangeSchema,
  response: entitlementView,
  examples: {
    body: { quantity: 40, emergencyReserve: 0, overuse: { policy: 'deny' as const } },
    response: {
      ...ENTITLEMENT_EXAMPLE,
      quantity: 40,
      emergencyReserve: 0,
      overuse: { policy: 'deny' as const },
      usage: {
        isInForce: true,
        seats: 40,
        seatsMax: 40,
        issued: 40,
        usedPeak: 48,
        freeWithoutReserve: 0,
        freeWithReserve: 0,
      },
      warnings: [OVER_USED],
      version: 2,
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateEntitlement(request.tx, request, target, request.body));
  },
});

const RETIRED = { at: '2026-11-22T10:00:00Z', reason: 'Replaced by a larger contract' };

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/entitlements/{id}/retire',
  operationId: 'retireEntitlement',
  summary: 'Take an entitlement without seats in use out of use for good; it stays readable',
  permission: 'licence.write',
  errors: [...CHANGE_ERRORS, 'entitlement-in-use'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: entitlementView,
  examples: {
    body: { reason: RETIRED.reason },
    response: {
      ...ENTITLEMENT_EXAMPLE,
      usage: {
        isInForce: false,
        seats: 0,
        seatsMax: 0,
        issued: 0,
        usedPeak: 0,
        freeWithoutReserve: 0,
        freeWithReserve: 0,
      },
      version: 2,
      retired: RETIRED,
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireEntitlement(request.tx, request, target, request.body.reason));
  },
});
