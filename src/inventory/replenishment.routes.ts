import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { batchExample, MOVEMENT_EXAMPLE, movementBatchView, viewOfBatch } from './movement.views.ts';
import { receiptSchema } from './movement-receipt.ts';
import {
  countReplenishments,
  listReplenishments,
  REPLENISHMENT_LIST,
  replenishmentById,
  suggestReplenishments,
} from './replenishment.queries.ts';
import {
  cancelReplenishment,
  orderReplenishment,
  receiveReplenishment,
  requestReplenishment,
} from './replenishment.service.ts';
import {
  newReplenishmentSchema,
  orderSchema,
  REPLENISHMENT_ORIGINS,
  REPLENISHMENT_STATES,
  type Replenishment,
} from './replenishment.ts';

/** Replenishment: what runs short, what was asked for and ordered, and what came. */
export const replenishmentRoutes = (): Route[] => [suggestions, list, getOne, request, order, receiveAgainst, cancel];

const replenishmentView = z.object({
  id: z.uuid(),
  part: z.object({ id: z.uuid(), partNumber: z.string(), name: z.string() }),
  quantity: z.int(),
  receivedQuantity: z.int().describe('So many have come'),
  state: z.enum(REPLENISHMENT_STATES),
  origin: z.enum(REPLENISHMENT_ORIGINS).describe('Why it was asked for'),
  supplier: z.string().nullable(),
  reference: z.string().nullable(),
  reason: z.string().nullable(),
  expectedOn: z.iso.date().nullable(),
  isOverdue: z.boolean().describe('It is ordered, and should have come before today'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const viewOf = (replenishment: Replenishment): z.input<typeof replenishmentView> => ({
  ...replenishment,
  createdAt: replenishment.createdAt.toString(),
  updatedAt: replenishment.updatedAt.toString(),
});

const replyOf = (replenishment: Replenishment) => ({
  body: viewOf(replenishment),
  version: replenishment.version,
});

const PART = { id: MOVEMENT_EXAMPLE.part.id, partNumber: 'PSU-750W', name: 'Power supply 750 W' };

const EXAMPLE: z.input<typeof replenishmentView> = {
  id: '019aab2c-9e10-7d3e-9a52-4b1f0a6e8c21',
  part: PART,
  quantity: 4,
  receivedQuantity: 0,
  state: 'requested',
  origin: 'reorder-point',
  supplier: null,
  reference: null,
  reason: null,
  expectedOn: null,
  isOverdue: false,
  version: 1,
  createdAt: '2026-11-22T10:00:00Z',
  updatedAt: '2026-11-22T10:00:00Z',
};

const ORDER = { supplier: 'Sample Co', reference: 'PO-7741', expectedOn: '2026-12-20' };

const common = { tag: 'replenishments' } as const;
const CHANGE_ERRORS = ['no-such-replenishment', 'stale-replenishment', 'replenishment-ended'] as const;

const suggestions = defineRead({
  ...common,
  path: '/replenishments/suggestions',
  operationId: 'suggestReplenishments',
  summary: 'Parts at or below their reorder point, and how much to order; a page can be short and not the last',
  permission: 'inventory.read',
  query: pageQuery,
  response: pageSchema(
    z.object({
      part: z.object({ id: z.uuid(), partNumber: z.string(), name: z.string() }),
      reorderPoint: z.int(),
      usable: z.int().describe('What can be used of it now, held or not'),
      underway: z.int().describe('What is requested or ordered, and has not come'),
      suggestedQuantity: z.int().describe('In whole reorder quantities, enough to be above the reorder point'),
      leadTimeDays: z.int().nullable(),
    }),
  ),
  examples: {
    response: {
      items: [{ part: PART, reorderPoint: 3, usable: 2, underway: 0, suggestedQuantity: 4, leadTimeDays: 28 }],
      next: null,
    },
  },
  handle: async ({ db, query }) => {
    const page = await suggestReplenishments(db, query);
    return { body: { items: [...page.suggestions], next: nextOf(page.lookedAtUpTo) } };
  },
});

/** The cursor of a page that stops because it has looked far enough, as `pageQuery` reads it. */
function nextOf(lookedAtUpTo: string | null): string | null {
  return lookedAtUpTo === null ? null : Buffer.from(JSON.stringify(lookedAtUpTo)).toString('base64url');
}

const list = defineRead({
  ...common,
  path: '/replenishments',
  operationId: 'listReplenishments',
  summary: 'Replenishments, oldest first: of a part, or in a state',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(REPLENISHMENT_LIST, 'id').extend({
    partId: z.uuid().optional().describe('Only those of this part'),
    state: z.enum(REPLENISHMENT_STATES).optional().describe('Only those in this state'),
  }),
  response: listPageSchema(replenishmentView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const wanted = listRequest({ limit, after, sort }, filters);
    const page = listPageOf(await listReplenishments(db, wanted), limit);
    const items = page.items.map(({ replenishment }) => viewOf(replenishment));
    return { body: { items, next: page.next, total: total ? await countReplenishments(db, wanted) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/replenishments/{id}',
  operationId: 'getReplenishment',
  summary: 'One replenishment, open or ended',
  permission: 'inventory.read',
  errors: ['no-such-replenishment'],
  params: idParams,
  response: replenishmentView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await replenishmentById(db, params.id)),
});

const request = defineWrite({
  ...common,
  method: 'post',
  path: '/replenishments',
  operationId: 'requestReplenishment',
  summary: 'Ask for pieces of a part',
  permission: 'inventory.write',
  errors: ['unsuitable-part'],
  status: 201,
  body: newReplenishmentSchema,
  response: replenishmentView,
  examples: { body: { partId: PART.id, quantity: 4 }, response: EXAMPLE },
  handle: async (wanted) => {
    const made = await requestReplenishment(wanted.tx, wanted, wanted.body);
    return { ...replyOf(made), location: `/replenishments/${made.id}` };
  },
});

const order = defineWrite({
  ...common,
  method: 'post',
  path: '/replenishments/{id}/order',
  operationId: 'orderReplenishment',
  summary: 'State that it is ordered, or state the order anew',
  permission: 'inventory.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: orderSchema,
  response: replenishmentView,
  examples: { body: ORDER, response: { ...EXAMPLE, ...ORDER, state: 'ordered', version: 2 } },
  handle: async (wanted) => {
    const target = { id: wanted.params.id, expectedVersion: wanted.expectedVersion };
    return replyOf(await orderReplenishment(wanted.tx, wanted, target, wanted.body));
  },
});

const receiveAgainst = defineWrite({
  ...common,
  method: 'post',
  path: '/replenishments/{id}/receipts',
  operationId: 'receiveReplenishment',
  summary: 'Receive goods against an order, in part or in full',
  permission: 'inventory.write',
  errors: [
    ...CHANGE_ERRORS,
    'not-ordered',
    'other-part',
    'unsuitable-part',
    'unsuitable-location',
    'serial-taken',
    'asset-tag-taken',
    'movement-in-future',
  ],
  ifMatch: true,
  status: 201,
  params: idParams,
  body: receiptSchema,
  response: movementBatchView.extend({ replenishment: replenishmentView }),
  examples: {
    body: {
      lines: [
        {
          kind: 'unit',
          partId: PART.id,
          locationId: MOVEMENT_EXAMPLE.toLocation?.id ?? '',
          serial: 'SN-004217',
        },
      ],
      reference: 'DN-88213',
    },
    response: {
      ...batchExample({ kind: 'receive', fromState: null, fromLocation: null, reason: null, reference: 'DN-88213' }),
      replenishment: { ...EXAMPLE, ...ORDER, state: 'ordered', receivedQuantity: 1, version: 3 },
    },
  },
  handle: async (wanted) => {
    const target = { id: wanted.params.id, expectedVersion: wanted.expectedVersion };
    const { replenishment, batch } = await receiveReplenishment(wanted.tx, wanted, target, wanted.body);
    return {
      body: { ...viewOfBatch(batch), replenishment: viewOf(replenishment) },
      version: replenishment.version,
    };
  },
});

const cancel = defineWrite({
  ...common,
  method: 'post',
  path: '/replenishments/{id}/cancel',
  operationId: 'cancelReplenishment',
  summary: 'End a replenishment before everything has come; what has come stays',
  permission: 'inventory.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why; kept with it for good') }),
  response: replenishmentView,
  examples: {
    body: { reason: 'The service is retired' },
    response: { ...EXAMPLE, state: 'cancelled', reason: 'The service is retired', version: 2 },
  },
  handle: async (wanted) => {
    const target = { id: wanted.params.id, expectedVersion: wanted.expectedVersion };
    return replyOf(await cancelReplenishment(wanted.tx, wanted, target, wanted.body.reason));
  },
});
