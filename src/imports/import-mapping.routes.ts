import { z } from 'zod';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { kindParameter } from './import.views.ts';
import { createMapping, deleteMapping, listMappings } from './import-mapping.store.ts';
import { type ImportMapping, newMappingSchema, READY_MAPPINGS } from './import-mapping.ts';

/** Which header of a file is which field, kept under a name. */
export const importMappingRoutes = (): Route[] => [mappings, create, forget];

const common = { tag: 'imports', permission: 'import.operate' } as const;

const mappingSchema = z.object({
  id: z.uuid().nullable().describe('Null for one that Muster brings along'),
  kind: z.string(),
  name: z.string(),
  headers: z.record(z.string(), z.string()).describe('By the name of the field, the header of its column'),
  defaults: z.record(z.string(), z.string()).describe('What new things have that the file does not state'),
});

const EXAMPLE = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  kind: 'units',
  name: 'shelf list',
  headers: { part_number: 'Article', serial: 'S/N' },
  defaults: { condition: 'good' },
} as const;

const mappings = defineRead({
  ...common,
  path: '/import-mappings',
  operationId: 'listImportMappings',
  summary: 'Mappings of headers: first those that Muster brings along, then those that were kept',
  query: pageQuery.extend({ kind: kindParameter.optional() }),
  response: pageSchema(mappingSchema),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const page = pageOf(await listMappings(db, { ...query, limit: query.limit + 1 }), query.limit, ({ id }) => id);
    const ready = query.after === undefined ? READY_MAPPINGS.filter(({ kind }) => kind === (query.kind ?? kind)) : [];
    return { body: { items: [...ready, ...page.items].map(viewOf), next: page.next } };
  },
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/import-mappings',
  operationId: 'createImportMapping',
  summary: 'Keep a mapping of headers for files that come again',
  status: 201,
  errors: ['mapping-name-taken', 'unsuitable-defaults'],
  body: newMappingSchema,
  response: mappingSchema,
  examples: {
    body: { kind: EXAMPLE.kind, name: EXAMPLE.name, headers: EXAMPLE.headers, defaults: EXAMPLE.defaults },
    response: EXAMPLE,
  },
  handle: async (request) => {
    const made = await createMapping(request.tx, request, request.body);
    return { body: viewOf(made), location: `/import-mappings/${made.id}` };
  },
});

const forget = defineWrite({
  ...common,
  method: 'delete',
  path: '/import-mappings/{id}',
  operationId: 'deleteImportMapping',
  summary: 'Forget a mapping of headers; imports that used it stay as they are',
  errors: ['no-such-mapping'],
  params: idParams,
  examples: {},
  handle: async (request) => {
    await deleteMapping(request.tx, request, request.params.id);
    return { body: undefined };
  },
});

const viewOf = ({ headers, defaults, ...mapping }: ImportMapping): z.input<typeof mappingSchema> => ({
  ...mapping,
  headers: { ...headers },
  defaults: { ...defaults },
});
