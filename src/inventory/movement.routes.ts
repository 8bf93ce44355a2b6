import { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { listPageOf, listPageSchema, listQuery, listRequest } from '../http/list-query.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { count } from './count.service.ts';
import { countMovements, listMovements, MOVEMENT_LIST } from './movement.queries.ts';
import { quarantine, release, scrap, transfer } from './movement.service.ts';
import {
  adjustmentSchema,
  countSchema,
  quarantineSchema,
  releaseSchema,
  scrapSchema,
  transferSchema,
} from './movement.ts';
import {
  batchExample,
  MOVEMENT_EXAMPLE,
  movementBatchView,
  movementView,
  viewOfBatch,
  viewOfMovement,
} from './movement.views.ts';
import type { MovementBatch } from './movement-act.service.ts';
import { adjust } from './movement-adjust.service.ts';
import { MOVEMENT_KINDS } from './movement-line.ts';
import { receive } from './movement-receipt.service.ts';
import { receiptSchema } from './movement-receipt.ts';

/** Movements: the ledger, and every act of the store that writes into it. */
export const movementRoutes = (): Route[] => [list, ...ACTS];

const common = { tag: 'movements' } as const;

const list = defineRead({
  ...common,
  path: '/movements',
  operationId: 'listMovements',
  summary: 'The ledger, newest first: of a unit, a part, a kind or an act',
  permission: 'inventory.read',
  errors: ['undeclared-list', 'bad-cursor'],
  query: listQuery(MOVEMENT_LIST, 'id').extend({
    sort: z.enum(['id', '-id']).default('-id').describe('-id: newest first; id: oldest first'),
    unitId: z.uuid().optional().describe('Only movements of this unit'),
    partId: z.uuid().optional().describe('Only movements of this part'),
    kind: z.enum(MOVEMENT_KINDS).optional().describe('Only movements of this kind'),
    batchId: z.uuid().optional().describe('Only what was done in this act'),
  }),
  response: listPageSchema(movementView),
  examples: { response: { items: [MOVEMENT_EXAMPLE], next: null, total: null } },
  handle: async ({ db, query }) => {
    const { limit, after, sort, total, ...filters } = query;
    const request = listRequest({ limit, after, sort }, filters);
    const page = listPageOf(await listMovements(db, request), limit);
    const items = page.items.map(({ movement }) => viewOfMovement(movement));
    return { body: { items, next: page.next, total: total ? await countMovements(db, request) : null } };
  },
});

interface Act<Body extends z.ZodType> {
  readonly path: `/movements/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly errors: readonly string[];
  readonly body: Body;
  readonly example: z.input<Body>;
  readonly answer: z.input<typeof movementBatchView>;
  readonly carryOut: (tx: Tx, caller: Caller, body: z.output<Body>) => Promise<MovementBatch>;
}

/** A route that writes movements: all of its lines or none. */
function act<Body extends z.ZodType>({ body, example, answer, carryOut, ...route }: Act<Body>): Route {
  return defineWrite({
    ...common,
    ...route,
    method: 'post',
    permission: 'inventory.write',
    status: 201,
    body,
    response: movementBatchView,
    // Sound: the same types as above, which the compiler cannot follow through the parameter.
    examples: { body: example, response: answer } as never,
    handle: async (request) => ({
      body: viewOfBatch(await carryOut(request.tx, request, request.body)),
    }),
  });
}

const UNIT = MOVEMENT_EXAMPLE.unit?.id ?? '';
const STOCK = '019aab2c-9b10-7d3e-9a52-4b1f0a6e8c21';
const [HERE, THERE] = [MOVEMENT_EXAMPLE.fromLocation, MOVEMENT_EXAMPLE.toLocation];
const LINE_ERRORS = ['no-such-unit', 'no-such-stock', 'unit-cannot-go', 'not-enough-stock'] as const;

const ACTS: readonly Route[] = [
  act({
    path: '/movements/receipts',
    operationId: 'receiveGoods',
    summary: 'Take units and pieces into the register: the whole batch or nothing',
    errors: ['unsuitable-part', 'unsuitable-location', 'serial-taken', 'asset-tag-taken', 'movement-in-future'],
    body: receiptSchema,
    example: {
      lines: [
        {
          kind: 'unit',
          partId: MOVEMENT_EXAMPLE.part.id,
          locationId: HERE?.id ?? '',
          serial: 'SN-004217',
          assetTag: 'A-1042',
          supplier: 'Sample Co',
          warrantyUntil: '2029-05-31',
        },
      ],
      reference: 'DN-88213',
    },
    answer: batchExample({ kind: 'receive', fromState: null, fromLocation: null, toLocation: HERE, reason: null }),
    carryOut: (tx, caller, receipt) => receive(tx, caller, receipt),
  }),
  act({
    path: '/movements/transfers',
    operationId: 'transferGoods',
    summary: 'Take units and pieces to other locations',
    errors: [...LINE_ERRORS, 'unsuitable-location', 'same-place', 'stock-is-held'],
    body: transferSchema,
    example: {
      lines: [{ kind: 'unit', unitId: UNIT, toLocationId: THERE?.id ?? '' }],
      reason: 'Rack 3 is rebuilt',
    },
    answer: batchExample({}),
    carryOut: transfer,
  }),
  act({
    path: '/movements/adjustments',
    operationId: 'adjustStock',
    summary: 'Put the register right: pieces more or fewer, units lost or found',
    errors: [...LINE_ERRORS, 'unsuitable-location'],
    body: adjustmentSchema,
    example: { lines: [{ kind: 'unit', unitId: UNIT, outcome: 'lost' }], reason: 'Not found on two rounds' },
    answer: batchExample({ kind: 'adjust', toState: 'lost', toLocation: null, reason: 'Not found on two rounds' }),
    carryOut: adjust,
  }),
  act({
    path: '/movements/quarantines',
    operationId: 'quarantineGoods',
    summary: 'Keep units and pieces from being handed out',
    errors: [...LINE_ERRORS, 'already-quarantined'],
    body: quarantineSchema,
    example: { lines: [{ kind: 'unit', unitId: UNIT }], reason: 'Seal is broken' },
    answer: batchExample({ kind: 'quarantine', toState: 'quarantined', toLocation: HERE, reason: 'Seal is broken' }),
    carryOut: quarantine,
  }),
  act({
    path: '/movements/releases',
    operationId: 'releaseFromQuarantine',
    summary: 'Give quarantined units and pieces back to the stock',
    errors: [...LINE_ERRORS, 'not-quarantined', 'damaged-in-stock'],
    body: releaseSchema,
    example: { lines: [{ kind: 'unit', unitId: UNIT }] },
    answer: batchExample({ kind: 'release', fromState: 'quarantined', toLocation: HERE, reason: null }),
    carryOut: release,
  }),
  act({
    path: '/movements/scraps',
    operationId: 'scrapGoods',
    summary: 'Write units and pieces off for good',
    errors: LINE_ERRORS,
    body: scrapSchema,
    example: { lines: [{ kind: 'unit', unitId: UNIT }], reason: 'Beyond repair' },
    answer: batchExample({ kind: 'scrap', toState: 'retired', toLocation: null, reason: 'Beyond repair' }),
    carryOut: scrap,
  }),
  act({
    path: '/movements/counts',
    operationId: 'countStock',
    summary: 'Take down what was seen on a round through the store',
    errors: [...LINE_ERRORS, 'unsuitable-location', 'place-needed', 'counted-twice', 'stock-moved'],
    body: countSchema,
    example: {
      lines: [
        { kind: 'unit', unitId: UNIT },
        { kind: 'stock', stockId: STOCK, counted: 40, expected: 40 },
      ],
    },
    answer: batchExample({ kind: 'count', toLocation: HERE, reason: null }),
    carryOut: count,
  }),
];
