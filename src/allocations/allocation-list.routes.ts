import { z } from 'zod';
import { countRows } from '../database/declared-list.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { ALLOCATION_EXAMPLE } from './allocate.views.ts';
import { ALLOCATION_FORMS, type AllocationForm, HOLDER_KINDS, LINE_STATES, PURPOSES } from './allocation.ts';
import {
  ALLOCATION_LISTS,
  type AllocationSummary,
  listAllocations,
  liveStaysOfEntitlement,
  type Stay,
  staysOfUnit,
} from './allocation-list.queries.ts';
import { listOverdue, OVERDUE_LIST } from './overdue.queries.ts';
import type { OverdueLine } from './overdue.ts';
import { PATHS } from './scan.ts';

/** Lists of what is held, handed out and overdue. */
export const allocationListRoutes = (): Route[] => [
  listRoute('checkout', 'Check-outs, and what was collected of holds and reservations, newest first'),
  listRoute('hold', 'Holds, newest first'),
  listRoute('reservation', 'Reservations, newest first'),
  unitHistory,
  entitlementHolders,
  overdue,
];

const named = z.object({ id: z.uuid(), name: z.string() });
const holder = named.extend({ kind: z.enum(HOLDER_KINDS) });
const instant = z.iso.datetime().nullable();

const summaryView = z.object({
  id: z.uuid(),
  number: z.int(),
  code: z.string(),
  form: z.enum(ALLOCATION_FORMS),
  purpose: z.enum(PURPOSES),
  severity: z.enum(SEVERITIES).nullable(),
  holder,
  service: named.nullable(),
  note: z.string().nullable(),
  lines: z
    .object({ held: z.int(), issued: z.int(), ended: z.int() })
    .describe('How many of its lines are held, handed out, and over; a dead hold is over'),
  dueAt: instant.describe('The earliest due date of what is out'),
  isOverdue: z.boolean(),
  expiresAt: instant.describe('When the first of what is held expires'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
});

const viewOfSummary = (summary: AllocationSummary): z.input<typeof summaryView> => ({
  ...summary,
  dueAt: summary.dueAt?.toString() ?? null,
  expiresAt: summary.expiresAt?.toString() ?? null,
  createdAt: summary.createdAt.toString(),
});

const {
  lines: _,
  reserveReason: __,
  emergencyCase: _____,
  createdBy: ___,
  updatedAt: ____,
  ...HEAD
} = ALLOCATION_EXAMPLE;

const SUMMARY: z.input<typeof summaryView> = {
  ...HEAD,
  lines: { held: 0, issued: 1, ended: 0 },
  dueAt: '2026-11-29T09:30:00Z',
  isOverdue: false,
  expiresAt: null,
};

const common = { tag: 'allocations', permission: 'allocation.read' } as const;
const LIST_ERRORS = ['undeclared-list', 'bad-cursor'];

/** Newest first unless stated. */
const newestFirst = z
  .enum(['created', '-created'])
  .default('-created')
  .describe('By when it was made; a leading - begins with the newest');

function listRoute(form: AllocationForm, summary: string): Route {
  const list = ALLOCATION_LISTS[form];
  return defineRead({
    ...common,
    path: `/${PATHS[form]}`,
    operationId: `list${form.charAt(0).toUpperCase()}${form.slice(1)}s`,
    summary,
    errors: LIST_ERRORS,
    query: listQuery(list, 'created').extend({
      sort: newestFirst,
      holderId: z.uuid().optional().describe('Only those of this holder'),
      serviceId: z.uuid().optional().describe('Only those for this service'),
      purpose: z.enum(PURPOSES).optional().describe('Only those for this purpose'),
      open: queryBoolean()
        .optional()
        .describe('true: only with something held or out; false: only those that are over'),
      partId: z.uuid().optional().describe('Only those that hold pieces of this part, or have them out, now'),
      unitId: z.uuid().optional().describe('Only those that ever held this unit or had it out'),
    }),
    response: listPageSchema(summaryView),
    examples: { response: { items: [{ ...SUMMARY, form }], next: null, total: null } },
    handle: async ({ db, query }) => {
      const { holderId, serviceId, purpose, open, partId, unitId, total, ...page } = query;
      const request = listRequest(page, { holderId, serviceId, purpose, open, partId, unitId });
      const rows = listPageOf(await listAllocations(db, form, request), query.limit);
      return {
        body: {
          items: rows.items.map((row) => viewOfSummary(row.summary)),
          next: rows.next,
          total: total ? await countRows(db, list, request) : null,
        },
      };
    },
  });
}

const stayView = z.object({
  lineId: z.uuid(),
  allocation: z.object({
    id: z.uuid(),
    code: z.string(),
    form: z.enum(ALLOCATION_FORMS),
    purpose: z.enum(PURPOSES),
  }),
  holder,
  quantity: z.int().describe('Seats; of a unit 1'),
  assignee: z.string().nullable().describe('Who of the holder has them, when somebody said'),
  state: z.enum(LINE_STATES),
  from: z.iso.datetime(),
  until: instant.describe('The end of what it occupies or occupied; null for an issue without a due date'),
  issuedAt: instant,
  dueAt: instant,
  endedAt: instant,
  endNote: z.string().nullable(),
});

const viewOfStay = (stay: Stay): z.input<typeof stayView> => ({
  ...stay,
  from: stay.from.toString(),
  until: stay.until?.toString() ?? null,
  issuedAt: stay.issuedAt?.toString() ?? null,
  dueAt: stay.dueAt?.toString() ?? null,
  endedAt: stay.endedAt?.toString() ?? null,
});

const STAY_EXAMPLE: z.input<typeof stayView> = {
  lineId: ALLOCATION_EXAMPLE.lines[0]?.id ?? '',
  allocation: { id: ALLOCATION_EXAMPLE.id, code: 'CO-000042', form: 'checkout', purpose: 'maintenance' },
  holder: ALLOCATION_EXAMPLE.holder,
  quantity: 1,
  assignee: null,
  state: 'returned',
  from: '2026-11-22T09:30:00Z',
  until: '2026-11-29T09:30:00Z',
  issuedAt: '2026-11-22T09:30:00Z',
  dueAt: '2026-11-29T09:30:00Z',
  endedAt: '2026-11-25T08:00:00Z',
  endNote: null,
};

const unitHistory = defineRead({
  ...common,
  path: '/units/{id}/allocations',
  operationId: 'listUnitAllocations',
  summary: 'Every time that a unit was held or handed out, newest first',
  params: idParams,
  query: pageQuery,
  response: pageSchema(stayView),
  examples: {
    response: {
      items: [STAY_EXAMPLE],
      next: null,
    },
  },
  handle: async ({ db, params, query }) => {
    const { limit, after } = query;
    const page = pageOf(await staysOfUnit(db, params.id, { limit: limit + 1, after }), limit, (stay) => stay.lineId);
    return { body: { items: page.items.map(viewOfStay), next: page.next } };
  },
});

const entitlementHolders = defineRead({
  ...common,
  path: '/entitlements/{id}/allocations',
  operationId: 'listEntitlementAllocations',
  summary: 'Who has seats of an entitlement now, or is promised some, newest first',
  params: idParams,
  query: pageQuery,
  response: pageSchema(stayView),
  examples: {
    response: {
      items: [{ ...STAY_EXAMPLE, quantity: 4, assignee: 'build server 2', state: 'issued', endedAt: null }],
      next: null,
    },
  },
  handle: async ({ db, params, query: { limit, after } }) => {
    const stays = await liveStaysOfEntitlement(db, params.id, { limit: limit + 1, after });
    const page = pageOf(stays, limit, (stay) => stay.lineId);
    return { body: { items: page.items.map(viewOfStay), next: page.next } };
  },
});

const overdueView = z.object({
  lineId: z.uuid(),
  allocation: z.object({ id: z.uuid(), code: z.string(), purpose: z.enum(PURPOSES) }),
  holder,
  service: named.nullable(),
  kind: z.enum(['unit', 'stock', 'seat']),
  quantity: z.int(),
  label: z.string().describe("What it is: a unit's serial and part number, a part number, an entitlement's name"),
  partId: z.uuid().nullable(),
  unitId: z.uuid().nullable(),
  entitlementId: z.uuid().nullable(),
  dueAt: z.iso.datetime(),
  daysOverdue: z.int().describe('Whole days since it was due'),
});

const viewOfOverdue = (line: OverdueLine): z.input<typeof overdueView> => ({ ...line, dueAt: line.dueAt.toString() });

const overdue = defineRead({
  ...common,
  path: '/overdue',
  operationId: 'listOverdue',
  summary: 'What is out and should be back, the longest overdue first',
  errors: LIST_ERRORS,
  query: listQuery(OVERDUE_LIST, 'dueAt').extend({
    holderId: z.uuid().optional().describe('Only what this holder has'),
    partId: z.uuid().optional().describe('Only pieces of this part'),
    serviceId: z.uuid().optional().describe('Only what is out for this service'),
  }),
  response: listPageSchema(overdueView),
  examples: {
    response: {
      items: [
        {
          lineId: ALLOCATION_EXAMPLE.lines[0]?.id ?? '',
          allocation: { id: ALLOCATION_EXAMPLE.id, code: 'CO-000042', purpose: 'maintenance' },
          holder: ALLOCATION_EXAMPLE.holder,
          service: null,
          kind: 'unit',
          quantity: 1,
          label: 'SN-0042 of PSU-750W',
          partId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64',
          unitId: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92',
          entitlementId: null,
          dueAt: '2026-11-19T09:30:00Z',
          daysOverdue: 3,
        },
      ],
      next: null,
      total: null,
    },
  },
  handle: async ({ db, query }) => {
    const { holderId, partId, serviceId, total, ...page } = query;
    const request = listRequest(page, { holderId, partId, serviceId });
    const rows = listPageOf(await listOverdue(db, request), query.limit);
    return {
      body: {
        items: rows.items.map((row) => viewOfOverdue(row.overdue)),
        next: rows.next,
        total: total ? await countRows(db, OVERDUE_LIST, request) : null,
      },
    };
  },
});
