import { z } from 'zod';
import { idParams, queryBoolean } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { skilledPersons } from '../people/skilled-persons.ts';
import { serviceCoverage } from './coverage.service.ts';
import { coverageView, viewOfCoverage } from './coverage.views.ts';

/** Whether what a service's recovery needs is there. */
export const coverageRoutes = (): Route[] => [coverage];

const SERVICE = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Order database' };

const part = (id: string, partNumber: string, name: string) => ({
  id,
  manufacturer: 'Northwind',
  partNumber,
  name,
  isRetired: false,
});

const EXAMPLE: z.input<typeof coverageView> = {
  service: SERVICE,
  services: [SERVICE],
  checkedAt: '2026-11-22T09:30:00Z',
  verdict: 'covered only with the reserve',
  summary: 'Every required spare, seat and skill is there, but only with the emergency reserve',
  spares: [
    {
      verdict: 'covered from reserve',
      needed: 2,
      free: 1,
      freeWithReserve: 2,
      short: 0,
      shortWithoutReserve: 1,
      neededBy: [{ service: SERVICE, text: 'PSU-750W', quantity: 2 }],
      part: part('019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', 'PSU-750W', 'Power supply 750 W'),
      candidates: [],
      places: [
        {
          location: { id: '019aab2c-2b01-7f00-8a51-2b6f4d9e0c3d', code: 'DC1' },
          free: 1,
          freeWithReserve: 2,
        },
      ],
      isAtLeast: false,
      substitutes: [
        {
          part: part('019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92', 'PSU-1100W', 'Power supply 1100 W'),
          quantityForOne: 1,
          conditions: ['Firmware 4 or later'],
          free: 1,
          freeWithReserve: 1,
          standsFor: 1,
          standsForWithReserve: 1,
          isRequiredToo: false,
        },
      ],
    },
  ],
  seats: [],
  skills: [
    {
      verdict: 'ready',
      skill: 'database recovery',
      service: SERVICE,
      readyCount: 1,
      ready: [{ id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty technician' }],
      missingCount: 1,
      missing: [
        {
          id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c13',
          name: 'Second technician',
          because: 'the skill has expired (2026-11-01T00:00:00Z)',
        },
      ],
    },
  ],
};

const coverage = defineRead({
  tag: 'services',
  path: '/services/{id}/coverage',
  operationId: 'getServiceCoverage',
  summary: 'What the recovery of a service needs, against what is there now, without and with the emergency reserve',
  permission: 'service.read',
  errors: ['no-such-service', 'too-many-requirements'],
  params: idParams,
  query: z.strictObject({
    withDependencies: queryBoolean()
      .default(false)
      .describe('Also count what everything needs that it depends on: all of it from one pool'),
  }),
  response: coverageView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params, query }) => ({
    body: viewOfCoverage(await serviceCoverage(db, params.id, { ...query, findSkilled: skilledPersons })),
  }),
});
