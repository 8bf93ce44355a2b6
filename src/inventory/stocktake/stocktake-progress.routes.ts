import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineRead, type Route } from '../../http/route.ts';
import { LOCATION_KINDS } from '../location.ts';
import { stocktakeById } from './stocktake.queries.ts';
import { placesToCount, stocktakeProgress } from './stocktake-progress.queries.ts';

/** How far a stocktake is, and the places that it covers: what whoever counts needs on the way. */
export const stocktakeProgressRoutes = (): Route[] => [progress, places];

const common = { tag: 'stocktakes', permission: 'stocktake.read', errors: ['no-such-stocktake'] } as const;

const progressView = z.object({
  places: z.int().describe('Places to walk past'),
  placesCounted: z.int().describe('Those in which somebody has counted something in this round'),
  countedByYou: z.int().describe('Things that you have counted in this round'),
  counted: z
    .int()
    .nullable()
    .describe('Things that anybody has counted in this round; null while it is counted blindly'),
  expected: z.int().nullable().describe('Things that lay there at the opening; null while it is counted blindly'),
  left: z.int().nullable().describe('Those of them that nobody has counted; null while it is counted blindly'),
  toRecount: z.int().describe('Things that wait for a second person'),
  differences: z.int().nullable().describe('Null while it is counted blindly'),
  undecided: z.int().nullable().describe('Differences of which nobody has said what is done; null as above'),
});

const placeView = z.object({
  id: z.uuid(),
  code: z.string(),
  name: z.string(),
  kind: z.enum(LOCATION_KINDS),
  isToCount: z
    .boolean()
    .describe('Whether to walk past: it has nothing inside, or something was counted or is expected here'),
  isCounted: z.boolean().describe('Somebody has counted something here in this round'),
});

const progress = defineRead({
  ...common,
  path: '/stocktakes/{id}/progress',
  operationId: 'getStocktakeProgress',
  summary: 'How far a stocktake is; of a blind count under way no figures of things',
  params: idParams,
  response: progressView,
  examples: {
    response: {
      places: 12,
      placesCounted: 5,
      countedByYou: 31,
      counted: null,
      expected: null,
      left: null,
      toRecount: 0,
      differences: null,
      undecided: null,
    },
  },
  handle: async ({ db, params, principal }) => ({
    body: await stocktakeProgress(db, await stocktakeById(db, params.id), principal.id),
  }),
});

const places = defineRead({
  ...common,
  path: '/stocktakes/{id}/locations',
  operationId: 'listStocktakeLocations',
  summary: 'The places that a stocktake covers, and in which of them something was counted in this round',
  params: idParams,
  query: pageQuery,
  response: pageSchema(placeView),
  examples: {
    response: {
      items: [
        {
          id: '019aab2c-7a10-7d3e-9a52-4b1f0a6e8c21',
          code: 'BIN-07',
          name: 'Bin 7',
          kind: 'bin',
          isToCount: true,
          isCounted: false,
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, params, query }) => {
    const stocktake = await stocktakeById(db, params.id);
    const rows = await placesToCount(db, stocktake, { ...query, limit: query.limit + 1 });
    return { body: pageOf(rows, query.limit, ({ id }) => id) };
  },
});
