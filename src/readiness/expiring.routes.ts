import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { queryInteger } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { day } from '../licences/licence-day.ts';
import { EXPIRING_KINDS, expiringTimeline } from './expiring.queries.ts';

/** One timeline of everything that ends. */
export const expiringRoutes = (): Route[] => [list];

const expiringView = z.object({
  on: z.iso.date().describe('Last day, in UTC'),
  what: z.enum(EXPIRING_KINDS).describe('term and support: of an entitlement; test: how long the last one counts'),
  daysLeft: z.int().describe('Days from today; negative when it is over'),
  subject: z.object({
    kind: z.enum(['entitlement', 'unit', 'stock']),
    id: z.uuid(),
    name: z.string().describe('Name of the entitlement, serial of the unit, or part and lot of the stock row'),
  }),
  of: z.string().describe('The part number, or vendor and name of the product'),
  quantity: z.int().describe('Seats or pieces'),
  locationCode: z.string().nullable(),
  ownerId: z.uuid().nullable(),
});

const cursor = z.tuple([day, z.enum(EXPIRING_KINDS), z.uuid()]);

const list = defineRead({
  tag: 'readiness',
  path: '/expiries',
  operationId: 'listExpiries',
  summary: 'What ends soon, or is over: entitlements, support, warranties, shelf lives and tests, by day',
  permission: 'inventory.read',
  query: pageQueryBy(cursor).extend({
    from: day.default('1970-01-01').describe('First day; left out, what is over already comes first'),
    withinDays: queryInteger({ min: 0, max: 36_500 }).default(90).describe('So many days from today'),
    what: z.enum(EXPIRING_KINDS).optional().describe('Only what ends in this way'),
    partId: z.uuid().optional().describe('Only units and stock of this part'),
    productId: z.uuid().optional().describe('Only entitlements to this product'),
  }),
  response: pageSchema(expiringView),
  examples: {
    response: {
      items: [
        {
          on: '2027-01-31',
          what: 'warranty',
          daysLeft: 70,
          subject: { kind: 'unit', id: '019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21', name: 'SN-004217' },
          of: 'PSU-750W',
          quantity: 1,
          locationCode: 'BIN-07',
          ownerId: null,
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, query }) => {
    const { limit, after, ...wish } = query;
    const rows = await expiringTimeline(db, wish, { limit: limit + 1, after });
    return { body: pageOf(rows, limit, ({ on, what, subject }) => [on, what, subject.id]) };
  },
});
