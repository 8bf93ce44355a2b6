import type { z } from 'zod';
import type { readinessView } from './readiness.views.ts';

/** For the reference: a service that is proven, and that one spare keeps from being ready. */
export const READINESS_EXAMPLE: z.input<typeof readinessView> = {
  service: {
    id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
    name: 'Order database',
    criticality: 'emergency',
    owner: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', kind: 'team', name: 'Database operations' },
  },
  checkedAt: '2026-11-22T10:30:00Z',
  conclusion: 'not-ready',
  reasons: [
    {
      code: 'spare-short',
      effect: 'not-ready',
      about: 'resources',
      message: '2 x PSU-750W needed, 1 is free even with the reserve',
      values: { name: 'PSU-750W', needed: 2, free: 1 },
      link: { kind: 'part', id: '019aab2c-7c10-7d3e-8b11-4b1f0a6e8c31' },
    },
  ],
  proof: {
    proven: true,
    reason: 'proven on 2026-11-20, until 2027-02-18',
    until: '2027-02-18T15:12:00.000Z',
    rtoSeconds: 14_400,
    lastRun: {
      id: '019aab2c-9c41-7d02-b8e3-4a7f2c6d1e90',
      drill: 'order-database',
      finishedAt: '2026-11-20T15:12:00.000Z',
      status: 'completed',
      technicalRtaSeconds: 1260,
      procedure: 'passed',
      availability: 'passed',
    },
    drills: [{ drill: 'order-database', standing: 'proven', reason: 'proven on 2026-11-20, until 2027-02-18' }],
  },
  recoveryPoints: [
    {
      set: { id: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92', name: 'order-database' },
      freshness: 'fresh',
      newestSound: {
        id: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a93',
        takenAt: '2026-11-22T02:00:00Z',
        ageSeconds: 30_600,
      },
      rpoSeconds: 86_400,
      setRpoSeconds: 43_200,
      last: { pointId: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a93', verdict: 'sound' },
    },
  ],
  resources: [
    {
      kind: 'spare',
      id: '019aab2c-7c10-7d3e-8b11-4b1f0a6e8c31',
      name: 'PSU-750W',
      verdict: 'short',
      required: 2,
      usable: 1,
      reserve: 1,
      short: 1,
    },
  ],
  alerts: {
    byLevel: [{ level: 2, count: 1 }],
    worst: {
      id: '019aab2c-7f10-7d3e-8c11-2a4b6c8d0e1f',
      text: 'Spare parts against what services need, PSU-750W: pool.short is 1',
    },
  },
  clocks: [
    {
      id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12',
      target: 'recover',
      case: 'INC-2026-000417',
      incidentId: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64',
      dueAt: '2026-11-22T13:30:00.000Z',
      overdue: false,
    },
  ],
};
