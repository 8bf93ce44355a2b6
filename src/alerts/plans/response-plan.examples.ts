import type { z } from 'zod';
import { LIFECYCLE_EXAMPLE } from '../../kernel/retirement.ts';
import type { newPlanSchema } from './response-plan.ts';
import type { planView, readinessView } from './response-plan.views.ts';

const FIELD = { id: '019aab2c-6f01-7c3e-9d52-6f1b0a4e8c12', name: 'database' };
const SERVICE = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Order database' };
const PART = { id: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', name: 'Northwind PSU-750W' };
const SET = { id: '019aab2c-2b01-7f00-8a51-2b6f4d9e0c3d', name: 'orders-nightly' };
const PERSON = { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12', name: 'Duty technician' };

export const PLAN_CONTENT_EXAMPLE = {
  name: 'Orders near the end of their recovery time',
  note: 'Call the customer before the second step',
  steps: [
    { text: 'Look at the last backup and the disk', limitSeconds: 900, role: { kind: 'on-duty' } },
    { text: 'Decide about a restore', limitSeconds: 1800, role: { kind: 'expert', fieldId: FIELD.id } },
  ],
  spares: [{ partId: PART.id, quantity: 1 }],
  seats: [],
  backups: [{ backupSetId: SET.id, youngerThanSeconds: 86_400 }],
} satisfies Omit<z.input<typeof newPlanSchema>, 'level'>;

export const NEW_PLAN_EXAMPLE: z.input<typeof newPlanSchema> = {
  ...PLAN_CONTENT_EXAMPLE,
  level: 3,
  serviceId: SERVICE.id,
};

export const PLAN_EXAMPLE: z.input<typeof planView> = {
  id: '019aab2c-8c20-7a3b-8d11-4e5f6a7b8c9d',
  level: 3,
  service: SERVICE,
  ...LIFECYCLE_EXAMPLE,
  edition: 1,
  name: PLAN_CONTENT_EXAMPLE.name,
  note: PLAN_CONTENT_EXAMPLE.note,
  steps: [
    { text: 'Look at the last backup and the disk', limitSeconds: 900, role: { kind: 'on-duty' } },
    { text: 'Decide about a restore', limitSeconds: 1800, role: { kind: 'expert', field: FIELD } },
  ],
  spares: [{ ...PART, kind: 'part', quantity: 1 }],
  seats: [],
  backups: [{ ...SET, youngerThanSeconds: 86_400 }],
  createdBy: PERSON,
};

const SHORT =
  '1 x Northwind PSU-750W needed, none is free even with the reserve. Handed out: 1 by Mail (CO-000017) due 2026-12-01T08:00:00Z';

export const READINESS_EXAMPLE: z.input<typeof readinessView> = {
  plan: { id: PLAN_EXAMPLE.id, name: PLAN_EXAMPLE.name, level: 3, edition: 1 },
  service: SERVICE,
  checkedAt: '2026-11-22T09:30:00Z',
  ready: false,
  summary: `plan not ready: ${SHORT}`,
  reasons: [SHORT],
  roles: [
    {
      role: { kind: 'on-duty' },
      steps: [1],
      ready: true,
      holders: [{ ...PERSON, kind: 'person', because: 'on call by Databases at night' }],
      missing: [],
      reason: null,
    },
  ],
  spares: [{ ...PART, kind: 'part', needed: 1, available: 0, ready: false, reason: SHORT }],
  seats: [],
  backups: [
    {
      ...SET,
      youngerThanSeconds: 86_400,
      newestSoundAt: '2026-11-22T02:17:00Z',
      ageSeconds: 25_980,
      ready: true,
      reason: null,
    },
  ],
};
