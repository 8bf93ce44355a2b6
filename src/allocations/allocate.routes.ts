import type { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { allocate } from './allocate.service.ts';
import { ALLOCATION_EXAMPLE, outcomeView, viewOfOutcome } from './allocate.views.ts';
import { allocationById } from './allocation.queries.ts';
import type { Allocation } from './allocation.ts';
import { allocationView, viewOfAllocation } from './allocation.views.ts';
import { type AllocationWish, checkoutRequest, holdRequest } from './checkout-request.ts';

/** Handing out and holding: the two ways to take from the pool now. */
export const allocateRoutes = (): Route[] => [checkOut, hold, getCheckout, getHold];

const common = { tag: 'allocations' } as const;

const ERRORS = [
  'unknown-line',
  'named-twice',
  'ambiguous-serial',
  'assignee-needed',
  'one-seat-each',
  'too-many-lines',
  'unsuitable-holder',
  'unsuitable-service',
  'not-ahead',
  'reserve-not-for-this',
  'reserve-cross-needed',
  'no-open-emergency',
  'not-enough-stock',
  'not-enough-seats',
  'unit-not-available',
  'no-fit',
  'reserve-needed',
];

const BODY = {
  purpose: 'maintenance',
  holder: { kind: 'person', id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d' },
  note: 'Disk shelf 3',
  lines: [{ partId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', quantity: 1 }],
} satisfies z.input<typeof checkoutRequest> | Omit<z.input<typeof holdRequest>, 'expiresAt'>;

const OUTCOME: z.input<typeof outcomeView> = { allocation: ALLOCATION_EXAMPLE, displaced: [], warnings: [] };

const checkOut = defineWrite({
  ...common,
  method: 'post',
  path: '/checkouts',
  operationId: 'checkOut',
  summary: 'Hand out units, bulk pieces and seats: everything that is asked for, or nothing',
  permission: 'allocation.operate',
  errors: ERRORS,
  status: 201,
  body: checkoutRequest,
  response: outcomeView,
  examples: { body: { ...BODY, dueAt: '2026-11-29T09:30:00Z' }, response: OUTCOME },
  handle: async (request) => {
    const wish: AllocationWish = { form: 'checkout', ...request.body };
    return replyOf('/checkouts', await allocate(request.tx, request, wish));
  },
});

const hold = defineWrite({
  ...common,
  method: 'post',
  path: '/holds',
  operationId: 'hold',
  summary: 'Keep units, bulk pieces and seats for somebody until an instant: everything that is asked for, or nothing',
  permission: 'allocation.operate',
  errors: [...ERRORS, 'too-far-ahead'],
  status: 201,
  body: holdRequest,
  response: outcomeView,
  examples: {
    body: { ...BODY, expiresAt: '2026-11-29T09:30:00Z' },
    response: { ...OUTCOME, allocation: { ...ALLOCATION_EXAMPLE, form: 'hold' } },
  },
  handle: async (request) => {
    const wish: AllocationWish = { form: 'hold', ...request.body };
    return replyOf('/holds', await allocate(request.tx, request, wish));
  },
});

function replyOf(path: string, outcome: Awaited<ReturnType<typeof allocate>>) {
  const { id, version } = outcome.allocation;
  return { body: viewOfOutcome(outcome), version, location: `${path}/${id}` };
}

const getCheckout = defineRead({
  ...common,
  path: '/checkouts/{id}',
  operationId: 'getCheckout',
  summary: 'One check-out, or what a hold or reservation has become since something of it was handed out',
  permission: 'allocation.read',
  errors: ['no-such-allocation'],
  params: idParams,
  response: allocationView,
  examples: { response: ALLOCATION_EXAMPLE },
  handle: async ({ db, params }) => {
    const isHandedOut = ({ form, lines }: Allocation) => form === 'checkout' || lines.some((line) => line.issuedAt);
    return readReplyOf('check-out', await allocationById(db, params.id), isHandedOut);
  },
});

const getHold = defineRead({
  ...common,
  path: '/holds/{id}',
  operationId: 'getHold',
  summary: 'One hold, also a collected, released or expired one',
  permission: 'allocation.read',
  errors: ['no-such-allocation'],
  params: idParams,
  response: allocationView,
  examples: { response: { ...ALLOCATION_EXAMPLE, form: 'hold' } },
  handle: async ({ db, params }) =>
    readReplyOf('hold', await allocationById(db, params.id), ({ form }) => form === 'hold'),
});

function readReplyOf(noun: string, allocation: Allocation, isOne: (allocation: Allocation) => boolean) {
  if (!isOne(allocation)) {
    throw new AppError(
      'not-found',
      'no-such-allocation',
      `${allocation.code} is no ${noun}: it is a ${allocation.form}`,
    );
  }
  return { body: viewOfAllocation(allocation), version: allocation.version };
}
