import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { countRepairs, listRepairs, REPAIR_LIST, repairById } from './repair.queries.ts';
import { changeRepair, openRepair } from './repair.service.ts';
import { newRepairSchema, REPAIR_OUTCOMES, type Repair, repairChangeSchema, repairEndSchema } from './repair.ts';
import { closeRepair } from './repair-end.service.ts';
import { fittingSort } from './stock-list-sort.ts';

/** Repairs: units at their vendor's, from the case that is opened to its outcome. */
export const repairRoutes = (): Route[] => [list, getOne, open, change, close];

const repairView = z.object({
  id: z.uuid(),
  unit: z.object({ id: z.uuid(), serial: z.string(), assetTag: z.string().nullable() }),
  part: z.object({ id: z.uuid(), partNumber: z.string(), name: z.string() }),
  vendor: z.string().nullable(),
  vendorCase: z.string().nullable(),
  fault: z.string().nullable(),
  sentAt: z.iso.datetime(),
  expectedBackOn: z.iso.date().nullable(),
  closedAt: z.iso.datetime().nullable(),
  outcome: z.enum(REPAIR_OUTCOMES).nullable(),
  isOverdue: z.boolean().describe('It is open, and should have been back before today'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

const viewOf = (repair: Repair): z.input<typeof repairView> => ({
  ...repair,
  sentAt: repair.sentAt.toString(),
  closedAt: repair.closedAt?.toString() ?? null,
  createdAt: repair.createdAt.toString(),
  updatedAt: repair.updatedAt.toString(),
});

const replyOf = (repair: Repair) => ({ body: viewOf(repair), version: repair.version });

const EXAMPLE: z.input<typeof repairView> = {
  id: '019aab2c-9c10-7d3e-9a52-4b1f0a6e8c21',
  unit: { id: '019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21', serial: 'SN-004217', assetTag: 'A-1042' },
  part: { id: '019aab2c-8a01-7b3e-8d52-6f1b0a4e8c11', partNumber: 'PSU-750W', name: 'Power supply 750 W' },
  vendor: 'Sample Co',
  vendorCase: 'RMA-55120',
  fault: 'No output on the second rail',
  sentAt: '2026-11-22T10:00:00Z',
  expectedBackOn: '2026-12-20',
  closedAt: null,
  outcome: null,
  isOverdue: false,
  version: 1,
  createdAt: '2026-11-22T10:00:00Z',
  updatedAt: '2026-11-22T10:00:00Z',
};

const common = { tag: 'repairs' } as const;
const CHANGE_ERRORS = ['no-such-repair', 'stale-repair', 'repair-closed'] as const;
const listed = listQuery(REPAIR_LIST, 'id');

const list = defineRead({
  ...common,
  path: '/repairs',
  operationId: 'listRepairs',
  summary: 'Repairs: of a unit, or the open ones by the day on which they should be back',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listed.extend({
    sort: listed.shape.sort
      .removeDefault()
      .optional()
      .describe('The order; expectedBack lists open repairs alone; a leading - turns it round'),
    unitId: z.uuid().optional().describe('Only repairs of this unit'),
  }),
  response: listPageSchema(repairView),
  examples: { response: { items: [EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort: sort ?? fittingSort(REPAIR_LIST, filters) }, filters);
    const page = listPageOf(await listRepairs(db, request), limit);
    const items = page.items.map(({ repair }) => viewOf(repair));
    return { body: { items, next: page.next, total: total ? await countRepairs(db, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/repairs/{id}',
  operationId: 'getRepair',
  summary: 'One repair, open or closed',
  permission: 'inventory.read',
  errors: ['no-such-repair'],
  params: idParams,
  response: repairView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await repairById(db, params.id)),
});

const open = defineWrite({
  ...common,
  method: 'post',
  path: '/repairs',
  operationId: 'openRepair',
  summary: 'Send a unit to repair',
  permission: 'inventory.write',
  errors: ['no-such-unit', 'unit-cannot-go', 'repair-open'],
  status: 201,
  body: newRepairSchema,
  response: repairView,
  examples: {
    body: {
      unitId: EXAMPLE.unit.id,
      vendor: 'Sample Co',
      vendorCase: 'RMA-55120',
      fault: 'No output on the second rail',
      expectedBackOn: '2026-12-20',
    },
    response: EXAMPLE,
  },
  handle: async (request) => {
    const repair = await openRepair(request.tx, request, request.body);
    return { ...replyOf(repair), location: `/repairs/${repair.id}` };
  },
});

const change = defineWrite({
  ...common,
  method: 'patch',
  path: '/repairs/{id}',
  operationId: 'updateRepair',
  summary: 'Change what is known of an open repair',
  permission: 'inventory.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: repairChangeSchema,
  response: repairView,
  examples: {
    body: { expectedBackOn: '2027-01-10' },
    response: { ...EXAMPLE, expectedBackOn: '2027-01-10', version: 2 },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await changeRepair(request.tx, request, target, request.body));
  },
});

const close = defineWrite({
  ...common,
  method: 'post',
  path: '/repairs/{id}/close',
  operationId: 'closeRepair',
  summary: 'Close a repair: the unit is back, replaced, beyond repair or lost',
  permission: 'inventory.write',
  errors: [...CHANGE_ERRORS, 'unsuitable-location', 'serial-taken', 'unit-cannot-go'],
  ifMatch: true,
  params: idParams,
  body: repairEndSchema,
  response: repairView,
  examples: {
    body: { outcome: 'repaired', locationId: '019aab2c-8b44-7e1a-8c02-1d5f7b9a3c55', isQuarantined: true },
    response: { ...EXAMPLE, outcome: 'repaired', closedAt: '2026-12-18T09:00:00Z', version: 2 },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await closeRepair(request.tx, request, target, request.body));
  },
});
