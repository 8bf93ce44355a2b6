import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { defineRead, type Route } from '../http/route.ts';
import { expiryTimeline } from './expiry.queries.ts';
import { day } from './licence-day.ts';

/** What ends when. */
export const expiryRoutes = (): Route[] => [list];

const expiryView = z.object({
  on: z.iso.date().describe('Last day, in UTC'),
  what: z.enum(['term', 'support']).describe('What ends: the right itself, or its support'),
  entitlementId: z.uuid(),
  entitlementName: z.string(),
  productId: z.uuid(),
  product: z.string().describe('Vendor and name'),
  quantity: z.int(),
  ownerId: z.uuid().nullable(),
  daysLeft: z.int().describe('Days from today; negative when it is over'),
});

const cursor = z.tuple([day, z.enum(['term', 'support']), z.uuid()]);

const list = defineRead({
  tag: 'licences',
  path: '/entitlements/expiries',
  operationId: 'listEntitlementExpiries',
  summary: 'The days on which the term or the support of entitlements in use ends, in their order',
  permission: 'licence.read',
  query: pageQueryBy(cursor).extend({
    from: day.default('1970-01-01').describe('First day of the timeline'),
    until: day.default('9999-12-31').describe('Last day of the timeline'),
  }),
  response: pageSchema(expiryView),
  examples: {
    response: {
      items: [
        {
          on: '2027-12-31',
          what: 'support',
          entitlementId: '019aab2c-b253-7d6e-9a44-7b8c9d0e1f2a',
          entitlementName: 'Database Standard, data centre north',
          productId: '019aab2c-a142-7c5d-8f33-6a7b8c9d0e1f',
          product: 'Example Systems Database Standard',
          quantity: 64,
          ownerId: null,
          daysLeft: 404,
        },
      ],
      next: null,
    },
  },
  handle: async ({ db, query }) => {
    const { limit, after, ...span } = query;
    const rows = await expiryTimeline(db, span, { limit: limit + 1, after });
    return { body: pageOf(rows, limit, (row) => [row.on, row.what, row.entitlementId]) };
  },
});
