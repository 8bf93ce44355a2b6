import { z } from 'zod';
import { containing, countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { RETIRED_EXAMPLE, retireBody, stateFilter } from '../kernel/retirement.ts';
import { lineText } from '../kernel/text.ts';
import { listParts, PART_LIST, partById } from './part.queries.ts';
import { createPart, retirePart, updatePart } from './part.service.ts';
import { newPartSchema, type Part, partChangeSchema, TRACKINGS } from './part.ts';
import { PART_EXAMPLE, PART_STATED_EXAMPLE, partView, viewOfPart } from './part.views.ts';
import { statesOf } from './state-filter.ts';

/** The catalogue of parts: what can lie in stock, and how much of it is kept for emergencies. */
export const partRoutes = (): Route[] => [list, getOne, create, update, retire];

const replyOf = (part: Part) => ({ body: viewOfPart(part), version: part.version });

const common = { tag: 'parts' } as const;

const list = defineRead({
  ...common,
  path: '/parts',
  operationId: 'listParts',
  summary: 'Parts, by their number or by their manufacturer',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(PART_LIST, 'number').extend({
    categoryId: z.uuid().optional().describe('Only those of this category'),
    manufacturer: lineText(80).optional().describe('Only those of this manufacturer, whatever the case'),
    tracking: z.enum(TRACKINGS).optional().describe('Only those tracked like this'),
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
    state: stateFilter,
    q: lineText(100).optional().describe('Only those whose manufacturer, number or name has this text in it'),
  }),
  response: listPageSchema(partView),
  examples: { response: { items: [PART_EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { categoryId, manufacturer, tracking, ownerId, state, q, total, ...page } = query;
    const filters = { categoryId, manufacturer, tracking, ownerId, ...statesOf(state), q: q && containing(q) };
    const request = listRequest(page, filters);
    const { items, next } = listPageOf(await listParts(db, request), query.limit);
    return {
      body: {
        items: items.map(({ part }) => viewOfPart(part)),
        next,
        total: total ? await countRows(db, PART_LIST, request) : null,
      },
    };
  },
});

const getOne = defineRead({
  ...common,
  path: '/parts/{id}',
  operationId: 'getPart',
  summary: 'One part, also a retired one',
  permission: 'inventory.read',
  errors: ['no-such-part'],
  params: idParams,
  response: partView,
  examples: { response: PART_EXAMPLE },
  handle: async ({ db, params }) => replyOf(await partById(db, params.id)),
});

const INPUT_ERRORS = [
  'part-number-taken',
  'contradictory-part',
  'custom-values-invalid',
  'unsuitable-category',
  'unsuitable-owner',
  'unsuitable-location',
] as const;

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/parts',
  operationId: 'createPart',
  summary: 'Add a part to the catalogue',
  permission: 'inventory.write',
  errors: INPUT_ERRORS,
  status: 201,
  body: newPartSchema,
  response: partView,
  examples: {
    body: {
      ...PART_STATED_EXAMPLE,
      categoryId: PART_EXAMPLE.category.id,
      ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
      locationReserves: [{ locationId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', quantity: 1 }],
    },
    response: PART_EXAMPLE,
  },
  handle: async (request) => {
    const part = await createPart(request.tx, request, request.body);
    return { ...replyOf(part), location: `/parts/${part.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-part', 'stale-part', 'part-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/parts/{id}',
  operationId: 'updatePart',
  summary: 'Change a part: what the body names replaces what was there, custom values and location reserves as a whole',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, ...INPUT_ERRORS],
  ifMatch: true,
  params: idParams,
  body: partChangeSchema,
  response: partView,
  examples: { body: { emergencyReserve: 3 }, response: { ...PART_EXAMPLE, emergencyReserve: 3, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updatePart(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/parts/{id}/retire',
  operationId: 'retirePart',
  summary: 'Take a part of which there are no pieces out of use for good; it stays readable',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'part-in-stock'],
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: partView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...PART_EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retirePart(request.tx, request, target, request.body.reason));
  },
});
