import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { kitById, listKits } from './kit.queries.ts';
import { changeKit, createKit, retireKit } from './kit.service.ts';
import { type Kit, kitChangeSchema, newKitSchema } from './kit.ts';
import { kitAvailability } from './kit-availability.queries.ts';
import type { KitCount } from './kit-count.ts';

/** Kits: named sets of things that go out together. */
export const kitRoutes = (): Route[] => [list, getOne, availability, create, change, retire];

const kitLineView = z.object({
  kind: z.enum(['part', 'product', 'device-model']),
  id: z.uuid(),
  name: z.string(),
  quantity: z.int(),
});

const kitView = z.object({
  id: z.uuid(),
  name: z.string(),
  note: z.string(),
  lines: z.array(kitLineView),
  retired: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const replyOf = (kit: Kit) => ({ body: viewOf(kit), version: kit.version });

const viewOf = (kit: Kit): z.input<typeof kitView> => ({
  ...kit,
  lines: [...kit.lines],
  retired: kit.retired && { at: kit.retired.at.toString(), reason: kit.retired.reason },
  createdAt: kit.createdAt.toString(),
  updatedAt: kit.updatedAt.toString(),
});

const PART_ID = '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d';
const PRODUCT_ID = '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64';

const BODY = {
  name: 'Branch office server',
  note: 'Everything for one small site',
  lines: [
    { partId: PART_ID, quantity: 2 },
    { productId: PRODUCT_ID, quantity: 8 },
  ],
} satisfies z.input<typeof newKitSchema>;

const LINES: z.input<typeof kitLineView>[] = [
  { kind: 'part', id: PART_ID, name: 'Northwind PSU-750W', quantity: 2 },
  { kind: 'product', id: PRODUCT_ID, name: 'Sample Co Database Standard', quantity: 8 },
];

const EXAMPLE: z.input<typeof kitView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  name: BODY.name,
  note: BODY.note,
  lines: LINES,
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'kits' } as const;

const list = defineRead({
  ...common,
  path: '/kits',
  operationId: 'listKits',
  summary: 'Kits, in the order of their names',
  permission: 'allocation.read',
  query: pageQueryBy(z.string().max(240)).extend({
    state: z.enum(['active', 'retired', 'all']).default('active').describe('Which kits: in use, retired, or both'),
    partId: z.uuid().optional().describe('Only those with this part'),
  }),
  response: pageSchema(kitView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, ...filter } }) => {
    const page = pageOf(await listKits(db, filter, { limit: limit + 1, after }), limit, (row) => row.nameKey);
    return { body: { items: page.items.map((row) => viewOf(row.kit)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/kits/{id}',
  operationId: 'getKit',
  summary: 'One kit, also a retired one',
  permission: 'allocation.read',
  errors: ['no-such-kit'],
  params: idParams,
  response: kitView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await kitById(db, params.id)),
});

const countView = z.object({
  whole: z.int().describe('Whole kits that can go out'),
  isAtLeast: z.boolean().describe('True when the counting ended at 100'),
  next: z
    .array(
      kitLineView.omit({ quantity: true }).extend({
        needed: z.int(),
        free: z.int().describe('Of what is needed, how much is there'),
        short: z.int(),
      }),
    )
    .describe('What the next kit after those needs and finds'),
});

const viewOfCount = (count: KitCount): z.input<typeof countView> => ({
  whole: count.whole,
  isAtLeast: count.isAtLeast,
  next: count.next.map(({ line: { kind, id, name }, needed, free, short }) => ({
    kind,
    id,
    name,
    needed,
    free,
    short,
  })),
});

const NEXT = [
  { kind: 'part', id: PART_ID, name: 'Northwind PSU-750W', needed: 2, free: 1, short: 1 },
  { kind: 'product', id: PRODUCT_ID, name: 'Sample Co Database Standard', needed: 8, free: 8, short: 0 },
] satisfies z.input<typeof countView>['next'];

const availability = defineRead({
  ...common,
  path: '/kits/{id}/availability',
  operationId: 'getKitAvailability',
  summary: 'How many whole kits can go out now, and what the next one lacks',
  permission: 'allocation.read',
  errors: ['no-such-kit'],
  params: idParams,
  response: z.object({
    kitId: z.uuid(),
    ordinary: countView.describe('Without what is kept for emergencies'),
    withReserve: countView.describe('With the emergency reserve, which only an emergency may take'),
  }),
  examples: {
    response: {
      kitId: EXAMPLE.id,
      ordinary: { whole: 3, isAtLeast: false, next: NEXT },
      withReserve: { whole: 4, isAtLeast: false, next: NEXT },
    },
  },
  handle: async ({ db, params }) => {
    const { ordinary, withReserve } = await kitAvailability(db, await kitById(db, params.id));
    return { body: { kitId: params.id, ordinary: viewOfCount(ordinary), withReserve: viewOfCount(withReserve) } };
  },
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/kits',
  operationId: 'createKit',
  summary: 'Add a kit: a named set of things that go out together',
  permission: 'inventory.write',
  errors: ['kit-name-taken', 'unsuitable-kit-line'],
  status: 201,
  body: newKitSchema,
  response: kitView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const kit = await createKit(request.tx, request, request.body);
    return { ...replyOf(kit), location: `/kits/${kit.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-kit', 'stale-kit', 'kit-retired'] as const;

const change = defineWrite({
  ...common,
  method: 'patch',
  path: '/kits/{id}',
  operationId: 'changeKit',
  summary: 'Change a kit: what the body names replaces what was there, the lines as a whole',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'kit-name-taken', 'unsuitable-kit-line'],
  ifMatch: true,
  params: idParams,
  body: kitChangeSchema,
  response: kitView,
  examples: { body: { lines: BODY.lines }, response: { ...EXAMPLE, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await changeKit(request.tx, request, target, request.body));
  },
});

const RETIRED = { at: '2026-11-22T10:00:00Z', reason: 'No such site is left' };

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/kits/{id}/retire',
  operationId: 'retireKit',
  summary: 'Take a kit out of use for good; it stays readable',
  permission: 'inventory.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: kitView,
  examples: { body: { reason: RETIRED.reason }, response: { ...EXAMPLE, version: 2, retired: RETIRED } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireKit(request.tx, request, target, request.body.reason));
  },
});
