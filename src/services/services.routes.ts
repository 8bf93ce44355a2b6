import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { listServices, serviceById } from './service.queries.ts';
import {
  newServiceSchema,
  requirementsCheckOf,
  requirementsSchema,
  type Service,
  serviceChangeSchema,
} from './service.ts';
import { createService, retireService, updateService } from './services.service.ts';

/** The service register: what must be recovered, for whom, and what that takes. */
export const serviceRoutes = (): Route[] => [list, getOne, create, update, retire];

const serviceView = z.object({
  id: z.uuid(),
  name: z.string(),
  criticality: z.enum(SEVERITIES),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }),
  customer: z.string(),
  dependencies: z.array(z.uuid()).describe('Ids of the services that must run before it can'),
  backupSets: z.array(z.uuid()).describe('Ids of the backup sets that bring its data back'),
  requirements: requirementsSchema,
  requirementsCheck: z
    .enum(['none declared', 'see coverage'])
    .describe('Whether they are met at this moment is what GET /services/{id}/coverage answers'),
  maxProofAgeDays: z.int(),
  system: z.boolean().describe('Muster itself: it can be neither renamed nor retired'),
  retired: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const viewOf = (service: Service): z.input<typeof serviceView> => ({
  ...service,
  dependencies: [...service.dependencies],
  backupSets: [...service.backupSets],
  requirementsCheck: requirementsCheckOf(service.requirements),
  retired: service.retired && { at: service.retired.at.toString(), reason: service.retired.reason },
  createdAt: service.createdAt.toString(),
  updatedAt: service.updatedAt.toString(),
});

const replyOf = (service: Service) => ({ body: viewOf(service), version: service.version });

const BODY = {
  name: 'Order database',
  criticality: 'emergency',
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  customer: 'Sales, all sites',
  dependencies: ['019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64'],
  backupSets: ['019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92'],
  requirements: {
    spares: [{ part: 'PSU-750W', quantity: 2 }],
    seats: [{ product: 'Database Standard', quantity: 8 }],
    skills: ['database recovery'],
  },
  maxProofAgeDays: 90,
} satisfies z.input<typeof newServiceSchema>;

const { ownerId, ...STATED } = BODY;

const EXAMPLE: z.input<typeof serviceView> = {
  ...STATED,
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  owner: { id: ownerId, kind: 'team', name: 'Database operations' },
  requirementsCheck: 'see coverage',
  system: false,
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'services' } as const;

const list = defineRead({
  ...common,
  path: '/services',
  operationId: 'listServices',
  summary: 'Services, in the order of their names',
  permission: 'service.read',
  query: pageQueryBy(z.string().max(240)).extend({
    state: z.enum(['active', 'retired', 'all']).default('active').describe('Which services: in use, retired, or both'),
    criticality: z.enum(SEVERITIES).optional().describe('Only services of this criticality'),
    ownerId: z.uuid().optional().describe('Only those of this person or team'),
    dependsOn: z.uuid().optional().describe('Only those that depend directly on this service'),
    neededBy: z.uuid().optional().describe('Only those that this service depends on directly'),
    backupSet: z.uuid().optional().describe('Only those that this backup set brings back'),
  }),
  response: pageSchema(serviceView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const { limit, after, ...filter } = query;
    const rows = await listServices(db, filter, { limit: limit + 1, after });
    const page = pageOf(rows, limit, (row) => row.nameKey);
    return { body: { items: page.items.map((row) => viewOf(row.service)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/services/{id}',
  operationId: 'getService',
  summary: 'One service, also a retired one',
  permission: 'service.read',
  errors: ['no-such-service'],
  params: idParams,
  response: serviceView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await serviceById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/services',
  operationId: 'createService',
  summary: 'Add a service to the register',
  permission: 'service.write',
  errors: ['service-name-taken', 'unsuitable-owner', 'unsuitable-dependency'],
  status: 201,
  body: newServiceSchema,
  response: serviceView,
  examples: { body: BODY, response: EXAMPLE },
  handle: async (request) => {
    const service = await createService(request.tx, request, request.body);
    return { ...replyOf(service), location: `/services/${service.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-service', 'stale-service', 'service-retired', 'system-service'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/services/{id}',
  operationId: 'updateService',
  summary: 'Change a service: what the body names replaces what was there, lists as a whole',
  permission: 'service.write',
  errors: [...CHANGE_ERRORS, 'service-name-taken', 'unsuitable-owner', 'unsuitable-dependency', 'dependency-cycle'],
  ifMatch: true,
  params: idParams,
  body: serviceChangeSchema,
  response: serviceView,
  examples: { body: { maxProofAgeDays: 30 }, response: { ...EXAMPLE, maxProofAgeDays: 30, version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateService(request.tx, request, target, request.body));
  },
});

const RETIRED = { at: '2026-11-22T10:00:00Z', reason: 'Replaced by the new order system' };

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/services/{id}/retire',
  operationId: 'retireService',
  summary: 'Take a service out of use for good; it stays readable',
  permission: 'service.write',
  errors: [...CHANGE_ERRORS, 'service-still-needed'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: serviceView,
  examples: { body: { reason: RETIRED.reason }, response: { ...EXAMPLE, version: 2, retired: RETIRED } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireService(request.tx, request, target, request.body.reason));
  },
});
