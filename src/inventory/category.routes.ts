import { z } from 'zod';
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
import { categoryById, listCategories } from './category.queries.ts';
import { createCategory, retireCategory, updateCategory } from './category.service.ts';
import { categoryChangeSchema, newCategorySchema, type PartCategory } from './category.ts';
import { customFieldSchema } from './custom-field.ts';

/** Categories of parts: which custom fields their parts have. */
export const categoryRoutes = (): Route[] => [list, getOne, create, update, retire];

const categoryView = z.object({
  id: z.uuid(),
  name: z.string(),
  fields: z.array(customFieldSchema).describe('What its parts state besides what all parts do'),
  ...lifecycleView,
});

const viewOf = (category: PartCategory): z.input<typeof categoryView> => ({
  id: category.id,
  name: category.name,
  fields: [...category.fields],
  ...viewOfLifecycle(category),
});

const replyOf = (category: PartCategory) => ({ body: viewOf(category), version: category.version });

const BODY = {
  name: 'Power supplies',
  fields: [
    { key: 'power', label: 'Power', type: 'integer', required: true, unit: 'W', min: 1, max: 20_000 },
    { key: 'connector', label: 'Connector', type: 'choice', required: false, choices: ['C14', 'C20'] },
  ],
} satisfies z.input<typeof newCategorySchema>;

const EXAMPLE: z.input<typeof categoryView> = {
  ...BODY,
  id: '019aab2c-7b20-7c3e-9d52-6f1b0a4e8c11',
  ...LIFECYCLE_EXAMPLE,
};

const common = { tag: 'parts' } as const;

const list = defineRead({
  ...common,
  path: '/part-categories',
  operationId: 'listPartCategories',
  summary: 'Categories of parts, in the order of their names',
  permission: 'inventory.read',
  query: pageQueryBy(z.string().max(160)).extend({ state: stateFilter }),
  response: pageSchema(categoryView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const rows = await listCategories(db, state, { limit: limit + 1, after });
    const page = pageOf(rows, limit, (row) => row.nameKey);
    return { body: { items: page.items.map(({ category }) => viewOf(category)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/part-categories/{id}',
  operationId: 'getPartCategory',
  summary: 'One category of parts, also a retired one',
  permission: 'inventory.read',
  errors: ['no-such-part-category'],
  params: idParams,
  response: categoryView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await categoryById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/part-categories',
  operationId: 'createPartCategory',
  summary: 'Add a category of parts, with the custom fields that they have',
  permission: 'inventory.write',
  errors: ['part-category-name-taken'],
  status: 201,
  body: newCategorySchema,
  response: categoryView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const category = await createCategory(request.tx, request, request.body);
    return { ...replyOf(category), location: `/part-categories/${category.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-part-category', 'stale-part-category', 'part-category-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/part-categories/{id}',
  operationId: 'updatePartCategory',
  summary: 'Change a category of parts; its fields are replaced as a whole and must suit the values of its parts',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'part-category-name-taken', 'part-values-unsuitable'],
  ifMatch: true,
  params: idParams,
  body: categoryChangeSchema,
  response: categoryView,
  examples: { body: { name: 'Power' }, response: { ...EXAMPLE, name: 'Power', version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateCategory(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/part-categories/{id}/retire',
  operationId: 'retirePartCategory',
  summary: 'Take a category without parts in use out of use for good; it stays readable',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'part-category-in-use'],
  ifMatch: true,
  params: idParams,
  body: retireBody,
  response: categoryView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...EXAMPLE, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireCategory(request.tx, request, target, request.body.reason));
  },
});
