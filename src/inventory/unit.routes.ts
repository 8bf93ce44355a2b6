import { z } from 'zod';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { listMovements } from './movement.queries.ts';
import { MOVEMENT_EXAMPLE, movementView, viewOfMovement } from './movement.views.ts';
import { fittingSort } from './stock-list-sort.ts';
import { countUnits, listUnits, UNIT_LIST, unitById } from './unit.queries.ts';
import { changeUnit } from './unit.service.ts';
import { day, unitChangeSchema } from './unit.ts';
import { UNIT_EXAMPLE, unitView, viewOfUnit } from './unit.views.ts';
import { UNIT_STATES } from './unit-state.ts';

/** Units: the serialised pieces, their facts and their history. */
export const unitRoutes = (): Route[] => [list, getOne, change, history];

const common = { tag: 'units' } as const;
const listed = listQuery(UNIT_LIST, 'id');

const list = defineRead({
  ...common,
  path: '/units',
  operationId: 'listUnits',
  summary: 'Units, by the filters and orders that go together',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listed.extend({
    sort: listed.shape.sort
      .removeDefault()
      .optional()
      .describe('The order; a leading - turns it round; left out: one that goes with the filters'),
    partId: z.uuid().optional().describe('Only pieces of this part'),
    state: z.enum(UNIT_STATES).optional().describe('Only those in this state'),
    locationId: z.uuid().optional().describe('Only those that lie at this very location'),
    below: z.uuid().optional().describe('Only those that lie at this location or anywhere in it'),
    serviceId: z.uuid().optional().describe('Only those that are deployed in this service'),
    testDueBy: day().optional().describe('Only those in stock whose test is due on this day or before'),
    expiresBy: day().optional().describe('Only those in stock that expire on this day or before'),
    warrantyBy: day().optional().describe('Only those whose warranty ends on this day or before'),
    q: lineText(80)
      .pipe(z.string().min(3, 'must be three characters or more'))
      .optional()
      .describe('Found anywhere in the serial number or asset tag, whatever the case'),
  }),
  response: listPageSchema(unitView),
  examples: { response: { items: [UNIT_EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort: sort ?? fittingSort(UNIT_LIST, filters) }, filters);
    const page = listPageOf(await listUnits(db, request), limit);
    const items = page.items.map(({ unit }) => viewOfUnit(unit));
    return { body: { items, next: page.next, total: total ? await countUnits(db, request) : null } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/units/{id}',
  operationId: 'getUnit',
  summary: 'One unit, also one that is written off',
  permission: 'inventory.read',
  errors: ['no-such-unit'],
  params: idParams,
  response: unitView,
  examples: { response: UNIT_EXAMPLE },
  handle: async ({ db, params }) => {
    const unit = await unitById(db, params.id);
    return { body: viewOfUnit(unit), version: unit.version };
  },
});

const change = defineWrite({
  ...common,
  method: 'patch',
  path: '/units/{id}',
  operationId: 'updateUnit',
  summary: "Change a unit's own facts; its state and place change by movements",
  permission: 'inventory.write',
  errors: ['no-such-unit', 'stale-unit', 'unit-retired', 'asset-tag-taken', 'damaged-in-stock'],
  ifMatch: true,
  params: idParams,
  body: unitChangeSchema,
  response: unitView,
  examples: { body: { firmware: '2.2.0' }, response: { ...UNIT_EXAMPLE, firmware: '2.2.0', version: 5 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const unit = await changeUnit(request.tx, request, target, request.body);
    return { body: viewOfUnit(unit), version: unit.version };
  },
});

const history = defineRead({
  ...common,
  path: '/units/{id}/movements',
  operationId: 'listMovementsOfUnit',
  summary: 'The history of a unit, newest first',
  permission: 'inventory.read',
  errors: ['no-such-unit'],
  params: idParams,
  query: pageQueryBy(z.strictObject({ sort: z.literal('-id'), key: z.tuple([z.string().regex(/^\d{1,18}$/)]) })),
  response: pageSchema(movementView),
  examples: { response: { items: [MOVEMENT_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    await unitById(db, params.id);
    const { limit, after } = query;
    const rows = await listMovements(db, {
      filters: { unitId: params.id },
      sort: 'id',
      descending: true,
      after,
      limit: limit + 1,
    });
    const page = listPageOf(rows, limit);
    return { body: { items: page.items.map(({ movement }) => viewOfMovement(movement)), next: page.next } };
  },
});
