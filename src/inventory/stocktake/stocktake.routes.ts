import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../../http/list-query.ts';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { listDifferences, requireShown } from './difference.queries.ts';
import { DIFFERENCE_KINDS, decisionsSchema } from './difference.ts';
import { countStocktakes, listStocktakes, STOCKTAKE_LIST, stocktakeById } from './stocktake.queries.ts';
import { cancelStocktake, closeCount, openStocktake } from './stocktake.service.ts';
import { cancelSchema, closeSchema, newStocktakeSchema, STOCKTAKE_STATES } from './stocktake.ts';
import {
  DIFFERENCE_EXAMPLE,
  differenceView,
  STOCKTAKE_EXAMPLE,
  stocktakeView,
  viewOfDifference,
  viewOfStocktake,
} from './stocktake.views.ts';
import { decideDifferences, postStocktake } from './stocktake-post.service.ts';

/** Stocktakes: opening, closing, differences, posting. */
export const stocktakeRoutes = (): Route[] => [list, open, getOne, close, differences, decide, post, cancel];

const common = { tag: 'stocktakes' } as const;
const CHANGE_ERRORS = ['no-such-stocktake', 'stale-stocktake', 'stocktake-state'] as const;

const list = defineRead({
  ...common,
  path: '/stocktakes',
  operationId: 'listStocktakes',
  summary: 'Stocktakes, newest first, by state or location',
  permission: 'stocktake.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(STOCKTAKE_LIST, 'id').extend({
    sort: z.enum(['id', '-id']).default('-id').describe('-id: newest first; id: oldest first'),
    state: z.enum(STOCKTAKE_STATES).optional().describe('Only those in this state'),
    locationId: z.uuid().optional().describe('Only those that were opened for this very location'),
  }),
  response: listPageSchema(stocktakeView),
  examples: { response: { items: [STOCKTAKE_EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort }, filters);
    const page = listPageOf(await listStocktakes(db, request), limit);
    const items = page.items.map(({ stocktake }) => viewOfStocktake(stocktake));
    return { body: { items, next: page.next, total: total ? await countStocktakes(db, request) : null } };
  },
});

const open = defineWrite({
  ...common,
  method: 'post',
  path: '/stocktakes',
  operationId: 'openStocktake',
  summary: 'Open a stocktake of a location and everything in it; it keeps what is expected, and blocks nothing',
  permission: 'stocktake.operate',
  status: 201,
  errors: ['unsuitable-location', 'stocktake-overlaps'],
  body: newStocktakeSchema,
  response: stocktakeView,
  examples: {
    body: { locationId: STOCKTAKE_EXAMPLE.location.id, name: STOCKTAKE_EXAMPLE.name, tolerance: { pieces: 0 } },
    response: STOCKTAKE_EXAMPLE,
  },
  handle: async (request) => {
    const id = await openStocktake(request.tx, request, request.body);
    return replyOf(await stocktakeById(request.tx, id), `/stocktakes/${id}`);
  },
});

const getOne = defineRead({
  ...common,
  path: '/stocktakes/{id}',
  operationId: 'getStocktake',
  summary: 'One stocktake',
  permission: 'stocktake.read',
  errors: ['no-such-stocktake'],
  params: idParams,
  response: stocktakeView,
  examples: { response: STOCKTAKE_EXAMPLE },
  handle: async ({ db, params }) => replyOf(await stocktakeById(db, params.id)),
});

const close = defineWrite({
  ...common,
  method: 'post',
  path: '/stocktakes/{id}/close',
  operationId: 'closeStocktakeCount',
  summary: 'Close the count: what was expected and not counted is absent; above the tolerance a second count follows',
  permission: 'stocktake.operate',
  ifMatch: true,
  errors: [...CHANGE_ERRORS, 'recount-incomplete'],
  params: idParams,
  body: closeSchema,
  response: stocktakeView,
  examples: {
    body: {},
    response: { ...STOCKTAKE_EXAMPLE, state: 'recounting', round: 2, closedAt: '2026-11-22T12:00:00Z' },
  },
  handle: async (request) => {
    const { tx, params, body, principal } = request;
    await closeCount(tx, request, readVersion(request), { ...body, closedBy: principal.id });
    return replyOf(await stocktakeById(tx, params.id));
  },
});

const differences = defineRead({
  ...common,
  path: '/stocktakes/{id}/differences',
  operationId: 'listStocktakeDifferences',
  summary: 'In what a closed count differs from what was expected when each thing was counted',
  permission: 'inventory.read',
  errors: ['no-such-stocktake', 'count-is-blind'],
  params: idParams,
  query: pageQuery.extend({ kind: z.enum(DIFFERENCE_KINDS).optional().describe('Only those of this kind') }),
  response: pageSchema(differenceView),
  examples: { response: { items: [DIFFERENCE_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    requireShown(await stocktakeById(db, params.id));
    const rows = await listDifferences(db, params.id, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOfDifference), next: page.next } };
  },
});

const decide = defineWrite({
  ...common,
  method: 'post',
  path: '/stocktakes/{id}/decisions',
  operationId: 'decideStocktakeDifferences',
  summary: 'Say what is done about differences, and why',
  permission: 'stocktake.operate',
  ifMatch: true,
  errors: [...CHANGE_ERRORS, 'no-such-difference', 'unsuitable-action', 'second-count-missing'],
  params: idParams,
  body: decisionsSchema,
  response: stocktakeView,
  examples: {
    body: {
      decisions: [
        { differenceId: DIFFERENCE_EXAMPLE.id, action: 'mark-lost', reason: 'theft', note: 'Lock was broken' },
      ],
      rest: { reason: 'unexplained' },
    },
    response: { ...STOCKTAKE_EXAMPLE, state: 'review' },
  },
  handle: async (request) => {
    await decideDifferences(request.tx, request, readVersion(request), request.body);
    return replyOf(await stocktakeById(request.tx, request.params.id));
  },
});

const post = defineWrite({
  ...common,
  method: 'post',
  path: '/stocktakes/{id}/post',
  operationId: 'postStocktake',
  summary: 'Put the register right by what was decided: one batch of movements',
  permission: 'stocktake.post',
  ifMatch: true,
  errors: [...CHANGE_ERRORS, 'differences-undecided', 'not-enough-stock', 'unsuitable-location', 'unit-cannot-go'],
  params: idParams,
  response: stocktakeView,
  examples: { response: { ...STOCKTAKE_EXAMPLE, state: 'posted', batchId: '019aab2c-9a10-7d3e-9a52-4b1f0a6e8c21' } },
  handle: async (request) => {
    await postStocktake(request.tx, request, readVersion(request));
    return replyOf(await stocktakeById(request.tx, request.params.id));
  },
});

const cancel = defineWrite({
  ...common,
  method: 'post',
  path: '/stocktakes/{id}/cancel',
  operationId: 'cancelStocktake',
  summary: 'End a stocktake without posting anything',
  permission: 'stocktake.operate',
  ifMatch: true,
  errors: CHANGE_ERRORS,
  params: idParams,
  body: cancelSchema,
  response: stocktakeView,
  examples: {
    body: { reason: 'The room is rebuilt' },
    response: { ...STOCKTAKE_EXAMPLE, state: 'cancelled', endedReason: 'The room is rebuilt' },
  },
  handle: async (request) => {
    await cancelStocktake(request.tx, request, readVersion(request), request.body.reason);
    return replyOf(await stocktakeById(request.tx, request.params.id));
  },
});

const readVersion = (request: { readonly params: { readonly id: string }; readonly expectedVersion: number }) => ({
  id: request.params.id,
  expectedVersion: request.expectedVersion,
});

function replyOf(stocktake: Parameters<typeof viewOfStocktake>[0], location?: string) {
  const reply = { body: viewOfStocktake(stocktake), version: stocktake.version };
  return location === undefined ? reply : { ...reply, location };
}
