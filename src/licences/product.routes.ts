import { z } from 'zod';
import { containing, countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { inUseOf, retiredView, STATE } from './licence.views.ts';
import { listProducts, PRODUCT_LIST, productById } from './product.queries.ts';
import { createProduct, retireProduct, updateProduct } from './product.service.ts';
import { newProductSchema, type Product, productChangeSchema } from './product.ts';

/** Licensed products: what one needs a right to use. */
export const productRoutes = (): Route[] => [list, getOne, create, update, retire];

const productView = z.object({
  id: z.uuid(),
  vendor: z.string(),
  name: z.string(),
  productVersion: z.string().nullable().describe('Null when the right is for any version'),
  retired: retiredView,
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const viewOf = (product: Product): z.input<typeof productView> => ({
  ...product,
  retired: product.retired && { at: product.retired.at.toString(), reason: product.retired.reason },
  createdAt: product.createdAt.toString(),
  updatedAt: product.updatedAt.toString(),
});

const replyOf = (product: Product) => ({ body: viewOf(product), version: product.version });

const BODY = { vendor: 'Example Systems', name: 'Database Standard', productVersion: '12' };

const EXAMPLE: z.input<typeof productView> = {
  ...BODY,
  id: '019aab2c-a142-7c5d-8f33-6a7b8c9d0e1f',
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'licences' } as const;

const list = defineRead({
  ...common,
  path: '/licence-products',
  operationId: 'listLicenceProducts',
  summary: 'Licensed products, searched and sorted by declared pairs',
  permission: 'licence.read',
  errors: ['undeclared-list'],
  query: listQuery(PRODUCT_LIST, 'name').extend({
    q: lineText(100).optional().describe('Only those with this text in vendor, name and version'),
    vendor: lineText(80).optional().describe('Only those of this vendor, whatever the case; sort by vendor'),
    state: STATE,
  }),
  response: listPageSchema(productView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { q, vendor, state, total, limit } = query;
    const filters = { q: q === undefined ? undefined : containing(q), vendor, inUse: inUseOf(state) };
    const request = listRequest<keyof typeof filters, 'name' | 'vendor'>(query, filters);
    const page = listPageOf(await listProducts(db, request), limit);
    const items = page.items.map((row) => viewOf(row.product));
    return { body: { items, next: page.next, total: total ? await countRows(db, PRODUCT_LIST, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/licence-products/{id}',
  operationId: 'getLicenceProduct',
  summary: 'One licensed product, also a retired one',
  permission: 'licence.read',
  errors: ['no-such-product'],
  params: idParams,
  response: productView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await productById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/licence-products',
  operationId: 'createLicenceProduct',
  summary: 'Add a licensed product',
  permission: 'licence.write',
  errors: ['product-taken'],
  status: 201,
  body: newProductSchema,
  response: productView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const product = await createProduct(request.tx, request, request.body);
    return { ...replyOf(product), location: `/licence-products/${product.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-product', 'stale-product', 'product-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/licence-products/{id}',
  operationId: 'updateLicenceProduct',
  summary: 'Change a licensed product: what the body names replaces what was there',
  permission: 'licence.write',
  errors: [...CHANGE_ERRORS, 'product-taken'],
  ifMatch: true,
  params: idParams,
  body: productChangeSchema,
  response: productView,
  examples: { body: { productVersion: '13' }, response: { ...EXAMPLE, productVersion: '13', version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateProduct(request.tx, request, target, request.body));
  },
});

const RETIRED = { at: '2026-11-22T10:00:00Z', reason: 'No longer in use anywhere' };

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/licence-products/{id}/retire',
  operationId: 'retireLicenceProduct',
  summary: 'Take a product without entitlements in use out of use for good; it stays readable',
  permission: 'licence.write',
  errors: [...CHANGE_ERRORS, 'product-still-entitled'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: productView,
  examples: { body: { reason: RETIRED.reason }, response: { ...EXAMPLE, version: 2, retired: RETIRED } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireProduct(request.tx, request, target, request.body.reason));
  },
});
