import { z } from 'zod';
import { pageOf, pageQuery, pageQueryBy, pageSchema } from '../../http/page.ts';
import { idParams, queryBoolean } from '../../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../../http/route.ts';
import { listCounts, requireShown } from './difference.queries.ts';
import { expectedThings, stocktakeById, thingsToRecount } from './stocktake.queries.ts';
import { countFileSchema, countsSchema } from './stocktake.ts';
import {
  COUNT_EXAMPLE,
  COUNTED_EXAMPLE,
  countedView,
  countView,
  SHEET_EXAMPLE,
  sheetLineView,
  viewOfCount,
} from './stocktake.views.ts';
import { recordCountFile, recordCounts } from './stocktake-count.service.ts';

/** What is counted: by scans or from a file, what to count again, and who counted what. */
export const stocktakeCountRoutes = (): Route[] => [count, countFile, counts, expected, recounts];

const common = { tag: 'stocktakes' } as const;

const counting = {
  ...common,
  method: 'post',
  permission: 'stocktake.count',
  status: 201,
  errors: ['no-such-stocktake', 'stocktake-state', 'count-refused', 'counted-at-other-time'],
  params: idParams,
  response: countedView,
} as const;

const count = defineWrite({
  ...counting,
  path: '/stocktakes/{id}/counts',
  operationId: 'countForStocktake',
  summary: 'Take down what you have counted: one scan or many, all of them or none',
  body: countsSchema,
  examples: {
    body: { lines: [{ scan: 'A-1042' }, { scan: 'CABLE-2M', quantity: 40 }], location: 'BIN-07' },
    response: COUNTED_EXAMPLE,
  },
  handle: async ({ tx, params, principal, body }) => {
    const by = { stocktakeId: params.id, countedBy: principal.id };
    return { body: { things: await recordCounts(tx, { ...by, source: 'scan', counts: body }) } };
  },
});

const countFile = defineWrite({
  ...counting,
  path: '/stocktakes/{id}/count-files',
  operationId: 'countForStocktakeFromFile',
  summary: 'Take down what you have counted from a CSV file: all of its lines or none',
  body: countFileSchema,
  examples: { body: { csv: 'scan,quantity\nA-1042,\nCABLE-2M,40\n', location: 'BIN-07' }, response: COUNTED_EXAMPLE },
  handle: async ({ tx, params, principal, body }) => {
    const by = { stocktakeId: params.id, countedBy: principal.id };
    return { body: { things: await recordCountFile(tx, { ...by, file: body }) } };
  },
});

const counts = defineRead({
  ...common,
  path: '/stocktakes/{id}/counts',
  operationId: 'listStocktakeCounts',
  summary: 'Who counted what and when, in its order; not while a blind count is under way',
  permission: 'inventory.read',
  errors: ['no-such-stocktake', 'count-is-blind'],
  params: idParams,
  query: pageQueryBy(z.int().min(1).max(Number.MAX_SAFE_INTEGER)),
  response: pageSchema(countView),
  examples: { response: { items: [COUNT_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    requireShown(await stocktakeById(db, params.id));
    const rows = await listCounts(db, params.id, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ id }) => Number(id));
    return { body: { items: page.items.map(viewOfCount), next: page.next } };
  },
});

const expected = defineRead({
  ...common,
  path: '/stocktakes/{id}/expected',
  operationId: 'listStocktakeExpected',
  summary: 'What lay there at the opening; not while a blind count is under way',
  permission: 'inventory.read',
  errors: ['no-such-stocktake', 'count-is-blind'],
  params: idParams,
  query: pageQuery.extend({
    onlyLeft: queryBoolean().default(false).describe('Only what nobody has counted so far'),
    locationId: z.uuid().optional().describe('Only what lay directly at this place'),
  }),
  response: pageSchema(sheetLineView),
  examples: { response: { items: [SHEET_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    requireShown(await stocktakeById(db, params.id));
    const rows = await expectedThings(db, params.id, { ...query, limit: query.limit + 1 });
    return { body: pageOf(rows, query.limit, ({ id }) => id) };
  },
});

const recounts = defineRead({
  ...common,
  path: '/stocktakes/{id}/recounts',
  operationId: 'listStocktakeRecounts',
  summary: 'What a second person must count, without any figures',
  permission: 'stocktake.count',
  errors: ['no-such-stocktake'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(sheetLineView),
  examples: { response: { items: [{ ...SHEET_EXAMPLE, quantity: null }], next: null } },
  handle: async ({ db, params, query }) => {
    const { id } = await stocktakeById(db, params.id);
    const rows = await thingsToRecount(db, id, { ...query, limit: query.limit + 1 });
    return { body: pageOf(rows, query.limit, (row) => row.id) };
  },
});
