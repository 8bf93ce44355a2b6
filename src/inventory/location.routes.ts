import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { containing, countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import {
  LIFECYCLE_EXAMPLE,
  lifecycleView,
  RETIRED_EXAMPLE,
  retireBody,
  stateFilter,
  viewOfLifecycle,
} from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';
import {
  contentsOfChildren,
  contentsOfSubtree,
  LOCATION_LIST,
  listLocations,
  locationById,
  pathToLocation,
} from './location.queries.ts';
import { createLocation, retireLocation, updateLocation } from './location.service.ts';
import { LOCATION_KINDS, type Location, locationChangeSchema, newLocationSchema } from './location.ts';
import { statesOf } from './state-filter.ts';

/** Where things lie: sites, rooms, racks and bins, as a tree. */
export const locationRoutes = (): Route[] => [list, getOne, getTotals, create, update, retire];

const step = z.object({ id: z.uuid(), code: z.string(), name: z.string(), kind: z.enum(LOCATION_KINDS) });

const locationView = step.extend({ parentId: z.uuid().nullable().describe('Null for a site'), ...lifecycleView });

const placedView = locationView.extend({
  path: z.array(step).describe('The way from the site down to the location itself'),
});

const viewOf = (location: Location): z.input<typeof locationView> => {
  const { id, code, name, kind, parentId } = location;
  return { id, code, name, kind, parentId, ...viewOfLifecycle(location) };
};

async function replyOf(db: Queryable, location: Location) {
  const path = await pathToLocation(db, location.id);
  return { body: { ...viewOf(location), path }, version: location.version };
}

const SITE = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', code: 'NB', name: 'North building', kind: 'site' } as const;
const RACK = {
  id: '019aab2c-7a11-7f00-8a51-2b6f4d9e0c3d',
  code: 'NB-R2',
  name: 'Spares rack 2',
  kind: 'rack',
} as const;
const EXAMPLE = { ...RACK, parentId: SITE.id, ...LIFECYCLE_EXAMPLE };
const PLACED_EXAMPLE = { ...EXAMPLE, path: [SITE, RACK] };

const common = { tag: 'locations' } as const;

const list = defineRead({
  ...common,
  path: '/locations',
  operationId: 'listLocations',
  summary: 'Locations, in the order of their codes',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(LOCATION_LIST, 'code').extend({
    parentId: z.uuid().optional().describe('Only those directly inside this one'),
    kind: z.enum(LOCATION_KINDS).optional().describe('Only those of this kind'),
    state: stateFilter,
    q: lineText(100).optional().describe('Only those whose code or name has this text in it'),
  }),
  response: listPageSchema(locationView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { parentId, kind, state, q, total, ...page } = query;
    const filters = { parentId, kind, ...statesOf(state), q: q && containing(q) };
    const request = listRequest(page, filters);
    const rows = listPageOf(await listLocations(db, request), query.limit);
    const items = rows.items.map(({ location }) => viewOf(location));
    return { body: { items, next: rows.next, total: total ? await countRows(db, LOCATION_LIST, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/locations/{id}',
  operationId: 'getLocation',
  summary: 'One location, also a retired one, with the way to it from its site',
  permission: 'inventory.read',
  errors: ['no-such-location'],
  params: idParams,
  response: placedView,
  examples: { response: PLACED_EXAMPLE },
  handle: async ({ db, params }) => replyOf(db, await locationById(db, params.id)),
});

const contentsView = z.object({
  units: z.object({ inStock: z.int(), quarantined: z.int() }).describe('Units, by their state'),
  stock: z.object({ usable: z.int(), quarantined: z.int() }).describe('Pieces of bulk parts'),
});

const NOTHING = { units: { inStock: 0, quarantined: 0 }, stock: { usable: 0, quarantined: 0 } };
const SOME = { units: { inStock: 12, quarantined: 1 }, stock: { usable: 340, quarantined: 0 } };

const getTotals = defineRead({
  ...common,
  path: '/locations/{id}/totals',
  operationId: 'getLocationTotals',
  summary: 'What lies in a location and everything in it: in total, in itself, and in each location directly inside',
  permission: 'inventory.read',
  errors: ['no-such-location'],
  params: idParams,
  query: pageQueryBy(z.string().max(200)),
  response: z.object({
    total: contentsView.describe('In the location and everything in it'),
    here: contentsView.describe('In the location itself'),
    children: pageSchema(step.extend(contentsView.shape)).describe(
      'Each location directly inside, with everything in it',
    ),
  }),
  examples: {
    response: { total: SOME, here: NOTHING, children: { items: [{ ...RACK, ...SOME }], next: null } },
  },
  handle: async ({ db, params, query }) => {
    await locationById(db, params.id);
    const { total, here } = await contentsOfSubtree(db, params.id);
    const rows = await contentsOfChildren(db, params.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, (row) => row.codeKey);
    const items = page.items.map(({ codeKey: _, contents, ...child }) => ({ ...child, ...contents }));
    return { body: { total, here, children: { items, next: page.next } } };
  },
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/locations',
  operationId: 'createLocation',
  summary: 'Add a location to the tree',
  permission: 'inventory.write',
  errors: ['location-code-taken', 'unsuitable-parent', 'unsuitable-code'],
  status: 201,
  body: newLocationSchema,
  response: placedView,
  examples: {
    body: { code: RACK.code, name: RACK.name, kind: RACK.kind, parentId: SITE.id },
    response: PLACED_EXAMPLE,
  },
  handle: async (request) => {
    const location = await createLocation(request.tx, request, request.body);
    return { ...(await replyOf(request.tx, location)), location: `/locations/${location.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-location', 'stale-location', 'location-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/locations/{id}',
  operationId: 'updateLocation',
  summary: 'Change a location; another parent moves it with everything in it',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'location-code-taken', 'unsuitable-parent', 'unsuitable-kind', 'unsuitable-code'],
  ifMatch: true,
  params: idParams,
  body: locationChangeSchema,
  response: placedView,
  examples: { body: { parentId: SITE.id }, response: { ...PLACED_EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(request.tx, await updateLocation(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/locations/{id}/retire',
  operationId: 'retireLocation',
  summary: 'Take an empty location out of use for good; it stays readable',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'location-not-empty'],
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: placedView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...PLACED_EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(request.tx, await retireLocation(request.tx, request, target, request.body.reason));
  },
});
