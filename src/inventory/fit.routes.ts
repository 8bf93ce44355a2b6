import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { deviceModelById } from './device-model.queries.ts';
import { type FitCandidate, resolveFits, resolveSubstitutes } from './fit.queries.ts';
import { addFit, changeFit, removeFit } from './fit.service.ts';
import { type Fit, fitChangeSchema, newFitSchema } from './fit.ts';
import { type FitsOf, fitById, listFits } from './fit-edge.queries.ts';
import { partById, partRefs } from './part.queries.ts';
import type { PartRef } from './part.ts';
import { PART_REF_EXAMPLE, partRefView } from './part.views.ts';

/** Which part serves in place of which device, or of which other part. */
export const fitRoutes = (): Route[] => [
  listSpares,
  listSubstitutes,
  listModelFits,
  listPartFits,
  getOne,
  add,
  change,
  remove,
];

const fitView = z.object({
  id: z.uuid(),
  part: partRefView.describe('The part that serves'),
  deviceModel: z
    .object({ id: z.uuid(), manufacturer: z.string(), model: z.string() })
    .nullable()
    .describe('For which device'),
  replacedPart: partRefView.nullable().describe('Or in place of which part'),
  rank: z.int().describe('1 is the best'),
  quantity: z.int().describe('Pieces that stand for one of what failed'),
  conditions: z.string().nullable().describe('What has to be accepted'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const viewOf = (fit: Fit): z.input<typeof fitView> => ({
  ...fit,
  createdAt: fit.createdAt.toString(),
  updatedAt: fit.updatedAt.toString(),
});

const replyOf = (fit: Fit) => ({ body: viewOf(fit), version: fit.version });

const candidateView = z.object({
  part: partRefView,
  quantityPerDevice: z.int().describe('Pieces that stand for one of what failed'),
  conditions: z.array(z.string()).describe('What has to be accepted, along the way'),
  rankPath: z.array(z.int()).describe('The rank of each fit along the way'),
  via: z.array(partRefView).describe('The parts in whose place it serves'),
});

const QUALITIES = { rank: 1, quantity: 1, conditions: 'Needs the rails of the newer case' };
const DEVICE_MODEL = {
  id: '019aab2c-9a10-7c3e-9d52-6f1b0a4e8c11',
  manufacturer: 'Sample Co',
  model: 'Server 2U gen 4',
};

const EXAMPLE: z.input<typeof fitView> = {
  id: '019aab2c-9b20-7c3e-9d52-6f1b0a4e8c11',
  part: PART_REF_EXAMPLE,
  deviceModel: DEVICE_MODEL,
  replacedPart: null,
  ...QUALITIES,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

const CANDIDATE_EXAMPLE: z.input<typeof candidateView> = {
  part: PART_REF_EXAMPLE,
  quantityPerDevice: 1,
  conditions: [QUALITIES.conditions],
  rankPath: [1],
  via: [],
};

const common = { tag: 'fits' } as const;

/** One page of candidates; `after` is the part of the last one seen. The search is bounded, so that a page is a slice of it. */
async function candidatesPage(
  db: Queryable,
  candidates: readonly FitCandidate[],
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
) {
  const begin = after === undefined ? 0 : candidates.findIndex(({ partId }) => partId === after) + 1;
  const page = pageOf(candidates.slice(begin, begin + limit + 1), limit, ({ partId }) => partId);
  const refs = await partRefs(
    db,
    page.items.flatMap(({ partId, via }) => [partId, ...via]),
  );
  const refOf = (id: string) => refs.get(id) as PartRef;
  const items = page.items.map(({ partId, quantityPerDevice, conditions, rankPath, via }) => ({
    part: refOf(partId),
    quantityPerDevice,
    conditions: [...conditions],
    rankPath: [...rankPath],
    via: via.map(refOf),
  }));
  return { body: { items, next: page.next } };
}

const listSpares = defineRead({
  ...common,
  path: '/device-models/{id}/spares',
  operationId: 'listSparesOfDeviceModel',
  summary: 'Parts that serve when a device of this model has failed, the best first, substitutes included',
  permission: 'inventory.read',
  errors: ['no-such-device-model'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(candidateView),
  examples: { response: { items: [CANDIDATE_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    await deviceModelById(db, params.id);
    return candidatesPage(db, await resolveFits(db, params.id), query);
  },
});

const listSubstitutes = defineRead({
  ...common,
  path: '/parts/{id}/substitutes',
  operationId: 'listSubstitutesOfPart',
  summary: 'Parts that can stand in for this one, the best first, at most three steps away',
  permission: 'inventory.read',
  errors: ['no-such-part'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(candidateView),
  examples: { response: { items: [CANDIDATE_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    await partById(db, params.id);
    return candidatesPage(db, await resolveSubstitutes(db, params.id), query);
  },
});

async function fitsPage(
  db: Queryable,
  of: FitsOf,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
) {
  const page = pageOf(await listFits(db, of, { limit: limit + 1, after }), limit, (fit) => fit.id);
  return { body: { items: page.items.map(viewOf), next: page.next } };
}

const listModelFits = defineRead({
  ...common,
  path: '/device-models/{id}/fits',
  operationId: 'listFitsOfDeviceModel',
  summary: 'The fits that say directly which parts serve for a model of device',
  permission: 'inventory.read',
  errors: ['no-such-device-model'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(fitView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    await deviceModelById(db, params.id);
    return fitsPage(db, { deviceModelId: params.id }, query);
  },
});

const listPartFits = defineRead({
  ...common,
  path: '/parts/{id}/fits',
  operationId: 'listFitsOfPart',
  summary: 'The fits that say which devices and parts this part serves for',
  permission: 'inventory.read',
  errors: ['no-such-part'],
  params: idParams,
  query: pageQuery,
  response: pageSchema(fitView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    await partById(db, params.id);
    return fitsPage(db, { partId: params.id }, query);
  },
});

const fitParams = z.strictObject({
  id: z.uuid().describe('The id of the part that serves, a UUID'),
  fitId: z.uuid().describe('The id of the fit, a UUID'),
});

const getOne = defineRead({
  ...common,
  path: '/parts/{id}/fits/{fitId}',
  operationId: 'getFit',
  summary: 'One fit of a part',
  permission: 'inventory.read',
  errors: ['no-such-fit'],
  params: fitParams,
  response: fitView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await fitById(db, { partId: params.id, fitId: params.fitId })),
});

const add = defineWrite({
  ...common,
  method: 'post',
  path: '/parts/{id}/fits',
  operationId: 'addFit',
  summary: 'Say that this part serves when a device has failed, or in place of another part',
  permission: 'inventory.write',
  errors: ['no-such-part', 'part-retired', 'fit-exists', 'too-many-fits', 'unsuitable-fit'],
  status: 201,
  params: idParams,
  body: newFitSchema,
  response: fitView,
  examples: { body: { deviceModelId: DEVICE_MODEL.id, ...QUALITIES }, response: EXAMPLE },
  handle: async (request) => {
    const partId = request.params.id.toLowerCase();
    const fit = await addFit(request.tx, request, partId, request.body);
    return { ...replyOf(fit), location: `/parts/${partId}/fits/${fit.id}` };
  },
});

const change = defineWrite({
  ...common,
  method: 'patch',
  path: '/parts/{id}/fits/{fitId}',
  operationId: 'changeFit',
  summary: 'Change how well a part serves; for what it serves is decided once',
  permission: 'inventory.write',
  errors: ['no-such-fit', 'stale-fit'],
  ifMatch: true,
  params: fitParams,
  body: fitChangeSchema,
  response: fitView,
  examples: { body: { rank: 2 }, response: { ...EXAMPLE, rank: 2, version: 2 } },
  handle: async (request) => {
    const { id, fitId } = request.params;
    const target = { partId: id, fitId, expectedVersion: request.expectedVersion };
    return replyOf(await changeFit(request.tx, request, target, request.body));
  },
});

const remove = defineWrite({
  ...common,
  method: 'delete',
  path: '/parts/{id}/fits/{fitId}',
  operationId: 'removeFit',
  summary: 'Say that a part does not serve any more; the audit trail keeps that it did',
  permission: 'inventory.write',
  errors: ['no-such-fit', 'stale-fit'],
  ifMatch: true,
  params: fitParams,
  examples: {},
  handle: async (request) => {
    const { id, fitId } = request.params;
    await removeFit(request.tx, request, { partId: id, fitId, expectedVersion: request.expectedVersion });
    return { body: undefined };
  },
});
