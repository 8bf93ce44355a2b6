import type { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { AppError } from '../kernel/errors.ts';
import { allocate } from './allocate.service.ts';
import { ALLOCATION_EXAMPLE, outcomeView, viewOfOutcome } from './allocate.views.ts';
import { allocationById } from './allocation.queries.ts';
import { allocationView, viewOfAllocation } from './allocation.views.ts';
import { reservationRequest } from './checkout-request.ts';

/** Reservations: things that will be there for somebody in a window of time. */
export const reservationRoutes = (): Route[] => [reserve, getReservation];

const common = { tag: 'allocations' } as const;

const WINDOW = { from: '2026-12-05T08:00:00Z', until: '2026-12-05T18:00:00Z' };

const BODY = {
  purpose: 'maintenance',
  holder: { kind: 'team', id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d' },
  window: WINDOW,
  pickupGraceMinutes: 120,
  lines: [{ partId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', quantity: 1 }],
} satisfies z.input<typeof reservationRequest>;

const EXAMPLE: z.input<typeof allocationView> = {
  ...ALLOCATION_EXAMPLE,
  form: 'reservation',
  lines: ALLOCATION_EXAMPLE.lines.map((line) => ({
    ...line,
    state: 'held',
    ...WINDOW,
    expiresAt: '2026-12-05T10:00:00Z',
    dueAt: null,
    isPinned: false,
    issuedAt: null,
  })),
};

const reserve = defineWrite({
  ...common,
  method: 'post',
  path: '/reservations',
  operationId: 'reserve',
  summary: 'Reserve units, bulk pieces and seats for a window of time: everything that is asked for, or nothing',
  permission: 'allocation.operate',
  errors: [
    'unknown-line',
    'named-twice',
    'ambiguous-serial',
    'assignee-needed',
    'one-seat-each',
    'unsuitable-holder',
    'unsuitable-service',
    'unsuitable-kit',
    'too-many-lines',
    'not-ahead',
    'too-far-ahead',
    'window-without-length',
    'reserve-not-for-this',
    'reserve-cross-needed',
    'not-enough-stock',
    'not-enough-seats',
    'unit-not-available',
    'no-fit',
    'reserve-needed',
  ],
  status: 201,
  body: reservationRequest,
  response: outcomeView,
  examples: { body: BODY, response: { allocation: EXAMPLE, displaced: [], warnings: [] } },
  handle: async (request) => {
    const outcome = await allocate(request.tx, request, { form: 'reservation', ...request.body });
    const { id, version } = outcome.allocation;
    return { body: viewOfOutcome(outcome), version, location: `/reservations/${id}` };
  },
});

const getReservation = defineRead({
  ...common,
  path: '/reservations/{id}',
  operationId: 'getReservation',
  summary: 'One reservation, also a collected, released or expired one; a unit that is not pinned may still change',
  permission: 'allocation.read',
  errors: ['no-such-allocation'],
  params: idParams,
  response: allocationView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => {
    const allocation = await allocationById(db, params.id);
    if (allocation.form === 'reservation') {
      return { body: viewOfAllocation(allocation), version: allocation.version };
    }
    throw new AppError(
      'not-found',
      'no-such-allocation',
      `${allocation.code} is no reservation: it is a ${allocation.form}`,
    );
  },
});
