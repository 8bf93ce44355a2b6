import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineWrite, type Route } from '../http/route.ts';
import { ALLOCATION_EXAMPLE } from './allocate.views.ts';
import type { Allocation, AllocationForm } from './allocation.ts';
import { allocationView, viewOfAllocation } from './allocation.views.ts';
import { collect } from './collect.service.ts';
import { collectRequest } from './collect.ts';
import { deploy } from './deploy.service.ts';
import { deployRequest } from './deploy.ts';
import { extend } from './extend.service.ts';
import { dueChange, holdChange, reservationChange } from './extend.ts';
import { handOver } from './hand-over.service.ts';
import { handOverRequest } from './hand-over.ts';
import { release } from './release.service.ts';
import { releaseRequest } from './release.ts';
import { takeBack } from './return.service.ts';
import { returnRequest } from './return.ts';
import { PATHS } from './scan.ts';

/** What happens to an allocation after it was made. */
export const lifecycleRoutes = (): Route[] => [
  collectRoute('hold'),
  collectRoute('reservation'),
  returns,
  deployRoute,
  extendRoute('checkout', dueChange, { dueAt: '2026-12-06T09:30:00Z' }),
  extendRoute('hold', holdChange, { expiresAt: '2026-12-06T09:30:00Z' }),
  extendRoute('reservation', reservationChange, { until: '2026-12-06T09:30:00Z' }),
  handOverRoute('checkout'),
  handOverRoute('hold'),
  handOverRoute('reservation'),
  releaseRoute('hold', 'release'),
  releaseRoute('reservation', 'cancel'),
];

const common = { method: 'post', tag: 'allocations', permission: 'allocation.operate' } as const;

const NOUNS: Readonly<Record<AllocationForm, string>> = {
  checkout: 'Checkout',
  hold: 'Hold',
  reservation: 'Reservation',
};

const LINE_ID = ALLOCATION_EXAMPLE.lines[0]?.id ?? '';

const exampleOf = (form: AllocationForm) => ({ ...ALLOCATION_EXAMPLE, form, version: 2 });

const replyOf = (allocation: Allocation) => ({ body: viewOfAllocation(allocation), version: allocation.version });

function collectRoute(form: 'hold' | 'reservation'): Route {
  return defineWrite({
    ...common,
    path: `/${PATHS[form]}/{id}/collect`,
    operationId: `collect${NOUNS[form]}`,
    summary: `Hand out what a ${form} keeps: all of it, or the lines that are named`,
    errors: [
      'no-such-allocation',
      'no-such-line',
      'hold-expired',
      'line-not-held',
      'nothing-held',
      'window-not-begun',
      'unit-not-usable',
      'unit-reserved',
      'stock-not-usable',
      'not-enough-stock',
      'stock-is-held',
      'not-enough-seats',
      'reserve-not-for-drills',
      'reserve-cross-missing',
      'reserve-reason-missing',
      'no-open-emergency',
      'reserve-not-touched',
      'reserve-touched',
      'due-in-the-past',
    ],
    params: idParams,
    body: collectRequest,
    response: allocationView,
    examples: { body: { dueAt: '2026-11-29T09:30:00Z' }, response: exampleOf(form) },
    handle: async (request) =>
      replyOf(await collect(request.tx, request, { id: request.params.id, form }, request.body)),
  });
}

const returns = defineWrite({
  ...common,
  path: '/checkouts/{id}/returns',
  operationId: 'returnCheckout',
  summary: 'Take back what was handed out, line by line and in part, or note that it does not come back',
  errors: [
    'no-such-allocation',
    'no-such-line',
    'line-not-out',
    'more-than-is-out',
    'several-units',
    'seats-come-back',
    'unsuitable-location',
    'damaged-in-stock',
  ],
  params: idParams,
  body: returnRequest,
  response: allocationView,
  examples: {
    body: { lines: [{ lineId: LINE_ID }, { unit: 'A-0043', condition: 'damaged', note: 'fan is stuck' }] },
    response: exampleOf('checkout'),
  },
  handle: async (request) =>
    replyOf(await takeBack(request.tx, request, { id: request.params.id, form: 'checkout' }, request.body)),
});

const deploymentView = z.object({
  allocation: allocationView,
  failed: z
    .object({
      unitId: z.uuid(),
      repairId: z.uuid(),
      isNew: z.boolean().describe('The register did not know it before'),
    })
    .nullable()
    .describe('What failed: in repair now'),
  replenishmentId: z.uuid().nullable().describe('What was asked for in its place'),
});

const deployRoute = defineWrite({
  ...common,
  path: '/checkouts/{id}/deploy',
  operationId: 'deployCheckout',
  summary: 'Put a unit into service in place of what failed: that goes to repair, and a new one is asked for',
  errors: [
    'no-such-allocation',
    'no-such-line',
    'line-not-out',
    'more-than-is-out',
    'several-units',
    'failed-unit-elsewhere',
    'failed-is-itself',
    'unit-cannot-go',
    'repair-open',
    'serial-taken',
    'service-missing',
    'unsuitable-service',
    'unsuitable-part',
    'seats-are-not-deployed',
    'hold-expired',
    'unit-not-usable',
  ],
  params: idParams,
  body: deployRequest,
  response: deploymentView,
  examples: {
    body: {
      unit: 'A-0042',
      serviceId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64',
      failed: { unit: 'SN-7781', fault: 'no output', vendorCase: 'RMA-2291' },
    },
    response: {
      allocation: exampleOf('checkout'),
      failed: {
        unitId: '019aab2c-8c20-7a3b-8d11-4e5f6a7b8c9d',
        repairId: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0e',
        isNew: false,
      },
      replenishmentId: '019aab2c-9d31-7b4c-9e22-5f6a7b8c9d0f',
    },
  },
  handle: async (request) => {
    // Of any form: what is only held is collected by the same act.
    const { allocation, deployment } = await deploy(request.tx, request, { id: request.params.id }, request.body);
    return { body: { allocation: viewOfAllocation(allocation), ...deployment }, version: allocation.version };
  },
});

type Change = typeof dueChange | typeof holdChange | typeof reservationChange;

function extendRoute<Body extends Change>(form: AllocationForm, body: Body, example: z.input<Body>): Route {
  const route = {
    ...common,
    path: `/${PATHS[form]}/{id}/extend`,
    operationId: `extend${NOUNS[form]}`,
    summary: `Give a ${form} another time, later or earlier, where nobody else is promised it`,
    errors: [
      'no-such-allocation',
      'stale-allocation',
      'no-such-line',
      'time-is-taken',
      'hold-expired',
      'line-is-over',
      'nothing-to-extend',
      'time-in-the-past',
      'hold-too-long',
      'too-far-ahead',
      'window-is-empty',
    ],
    ifMatch: true,
    params: idParams,
    response: allocationView,
  } as const;
  return defineWrite({
    ...route,
    body: body as Change,
    examples: { body: example, response: exampleOf(form) },
    handle: async (request) => {
      const target = { id: request.params.id, form, expectedVersion: request.expectedVersion };
      return replyOf(await extend(request.tx, request, target, request.body));
    },
  });
}

function handOverRoute(form: AllocationForm): Route {
  return defineWrite({
    ...common,
    path: `/${PATHS[form]}/{id}/hand-over`,
    operationId: `handOver${NOUNS[form]}`,
    summary: `Make somebody else the holder of a ${form}`,
    errors: ['no-such-allocation', 'stale-allocation', 'allocation-over', 'same-holder', 'unsuitable-holder'],
    ifMatch: true,
    params: idParams,
    body: handOverRequest,
    response: allocationView,
    examples: {
      body: { holder: { kind: 'team', id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d' } },
      response: exampleOf(form),
    },
    handle: async (request) => {
      const target = { id: request.params.id, form, expectedVersion: request.expectedVersion };
      return replyOf(await handOver(request.tx, request, target, request.body));
    },
  });
}

function releaseRoute(form: 'hold' | 'reservation', verb: 'release' | 'cancel'): Route {
  return defineWrite({
    ...common,
    path: `/${PATHS[form]}/{id}/${verb}`,
    operationId: `${verb}${NOUNS[form]}`,
    summary: `Give up what a ${form} keeps, all of it or the lines that are named; what was collected stays out`,
    errors: ['no-such-allocation', 'stale-allocation', 'no-such-line', 'hold-expired', 'line-not-held', 'nothing-held'],
    ifMatch: true,
    params: idParams,
    body: releaseRequest,
    response: allocationView,
    examples: { body: { note: 'The repair was put off' }, response: exampleOf(form) },
    handle: async (request) => {
      const target = { id: request.params.id, form, expectedVersion: request.expectedVersion };
      return replyOf(await release(request.tx, request, target, request.body));
    },
  });
}
