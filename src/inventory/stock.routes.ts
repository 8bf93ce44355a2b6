import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { movementsOfStock } from './movement.queries.ts';
import { MOVEMENT_EXAMPLE, movementView, viewOfMovement } from './movement.views.ts';
import { countStock, listStock, STOCK_LIST, stockById } from './stock.queries.ts';
import { STOCK_CONDITIONS, type Stock } from './stock.ts';
import { fittingSort } from './stock-list-sort.ts';
import { day } from './unit.ts';

/** Stock: the pieces of bulk parts, by place, lot and expiry. */
export const stockRoutes = (): Route[] => [list, getOne, history];

const stockView = z.object({
  id: z.uuid(),
  part: z.object({ id: z.uuid(), partNumber: z.string(), name: z.string(), unitOfMeasure: z.string() }),
  location: z.object({ id: z.uuid(), code: z.string(), path: z.string().describe('Codes from the site down') }),
  lot: z.string().describe('Empty when the pieces are of no lot'),
  expiresOn: z.iso.date().nullable(),
  condition: z.enum(STOCK_CONDITIONS),
  quantity: z.int().describe('What physically lies there; what is handed out is not counted'),
  isExpired: z.boolean(),
  createdAt: z.iso.datetime(),
});

const viewOf = (stock: Stock): z.input<typeof stockView> => ({ ...stock, createdAt: stock.createdAt.toString() });

const EXAMPLE: z.input<typeof stockView> = {
  id: '019aab2c-9b10-7d3e-9a52-4b1f0a6e8c21',
  part: {
    id: '019aab2c-8a02-7b3e-8d52-6f1b0a4e8c12',
    partNumber: 'CBL-FC-5M',
    name: 'Fibre cable 5 m',
    unitOfMeasure: 'piece',
  },
  location: { id: '019aab2c-8b44-7e1a-8c02-1d5f7b9a3c55', code: 'BIN-07', path: 'HQ / STORE-1 / RACK-3 / BIN-07' },
  lot: 'L2026-04',
  expiresOn: null,
  condition: 'usable',
  quantity: 40,
  isExpired: false,
  createdAt: '2026-05-31T09:30:00Z',
};

const common = { tag: 'stock' } as const;
const listed = listQuery(STOCK_LIST, 'id');

const list = defineRead({
  ...common,
  path: '/stock',
  operationId: 'listStock',
  summary: 'Stock rows, by the filters and orders that go together',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listed.extend({
    sort: listed.shape.sort
      .removeDefault()
      .optional()
      .describe('The order; a leading - turns it round; left out: one that goes with the filters'),
    partId: z.uuid().optional().describe('Only pieces of this part'),
    locationId: z.uuid().optional().describe('Only what lies at this very location'),
    below: z.uuid().optional().describe('Only what lies at this location or anywhere in it'),
    expiresBy: day().optional().describe('Only pieces that expire on this day or before'),
  }),
  response: listPageSchema(stockView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort: sort ?? fittingSort(STOCK_LIST, filters) }, filters);
    const page = listPageOf(await listStock(db, request), limit);
    const items = page.items.map(({ stock }) => viewOf(stock));
    return { body: { items, next: page.next, total: total ? await countStock(db, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/stock/{id}',
  operationId: 'getStock',
  summary: 'One stock row',
  permission: 'inventory.read',
  errors: ['no-such-stock'],
  params: idParams,
  response: stockView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => ({ body: viewOf(await stockById(db, params.id)) }),
});

const history = defineRead({
  ...common,
  path: '/stock/{id}/movements',
  operationId: 'listMovementsOfStock',
  summary: 'What came to a stock row and went from it, newest first',
  permission: 'inventory.read',
  errors: ['no-such-stock'],
  params: idParams,
  query: pageQueryBy(z.string().regex(/^\d{1,18}$/)),
  response: pageSchema(movementView),
  examples: {
    response: {
      items: [
        {
          ...MOVEMENT_EXAMPLE,
          kind: 'receive',
          part: { id: EXAMPLE.part.id, partNumber: EXAMPLE.part.partNumber },
          quantity: 40,
          unit: null,
          fromState: null,
          toState: null,
          toStockId: EXAMPLE.id,
          fromLocation: null,
          reason: null,
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, params, query }) => {
    await stockById(db, params.id);
    const rows = await movementsOfStock(db, params.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, (row) => row.id);
    return { body: { items: page.items.map(viewOfMovement), next: page.next } };
  },
});
