import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { queryBoolean } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { countInstallations, INSTALLATION_LIST, listInstallations } from './installation.queries.ts';
import { reportInstallations } from './installation.service.ts';
import { type Installation, installationFacts, installationReportSchema } from './installation.ts';

/** Installations of licensed products that were found. */
export const installationRoutes = (): Route[] => [list, report];

const common = { tag: 'licences', path: '/installations' } as const;

const installationView = z.object({
  id: z.uuid(),
  product: z.object({ id: z.uuid(), vendor: z.string(), name: z.string() }),
  source: z.string(),
  key: z.string().describe('By which the source knows it'),
  host: z.string(),
  quantity: z.int().describe('Seats that it takes'),
  discoveredAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  removedAt: z.iso.datetime().nullable().describe('Null while it is there'),
});

const viewOf = (installation: Installation): z.input<typeof installationView> => ({
  ...installation,
  discoveredAt: installation.discoveredAt.toString(),
  lastSeenAt: installation.lastSeenAt.toString(),
  removedAt: installation.removedAt?.toString() ?? null,
});

const EXAMPLE: z.input<typeof installationView> = {
  id: '019aab2c-c142-7c5d-8f33-6a7b8c9d0e1f',
  product: {
    id: '019aab2c-a142-7c5d-8f33-6a7b8c9d0e1f',
    vendor: 'Example Systems',
    name: 'Database Standard',
  },
  source: 'inventory agent',
  key: 'db-07/database-standard',
  host: 'db-07',
  quantity: 1,
  discoveredAt: '2026-10-01T02:00:00Z',
  lastSeenAt: '2026-11-22T02:00:00Z',
  removedAt: null,
};

const list = defineRead({
  ...common,
  operationId: 'listInstallations',
  summary: 'Installations that were found, of a product, a source or a host',
  permission: 'licence.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(INSTALLATION_LIST, 'id').extend({
    productId: z.uuid().optional().describe('Only of this product'),
    source: installationFacts.source.optional().describe('Only what this source reports'),
    host: installationFacts.host.optional().describe('Only on this host'),
    isThere: queryBoolean().optional().describe('Only those that are there, or only those that were removed'),
  }),
  response: listPageSchema(installationView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort }, filters);
    const page = listPageOf(await listInstallations(db, request), limit);
    const items = page.items.map(({ installation }) => viewOf(installation));
    return { body: { items, next: page.next, total: total ? await countInstallations(db, request) : null } };
  },
});

const report = defineWrite({
  ...common,
  method: 'post',
  operationId: 'reportInstallations',
  summary: 'Take down which installations a source has found; the same report again changes nothing',
  permission: 'licence.write',
  errors: ['no-such-product', 'seen-in-future'],
  body: installationReportSchema,
  response: z.object({
    created: z.int(),
    updated: z.int().describe('Seen again later, or otherwise than before'),
    unchanged: z.int(),
  }),
  examples: {
    body: {
      source: EXAMPLE.source,
      installations: [{ productId: EXAMPLE.product.id, key: EXAMPLE.key, host: EXAMPLE.host }],
    },
    response: { created: 1, updated: 0, unchanged: 0 },
  },
  handle: async (request) => ({ body: await reportInstallations(request.tx, request, request.body) }),
});
