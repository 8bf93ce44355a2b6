import { z } from 'zod';
import type { AllocationOutcome } from './allocate.service.ts';
import { PURPOSES } from './allocation.ts';
import { allocationView, viewOfAllocation } from './allocation.views.ts';

const displacedView = z.object({
  lineId: z.uuid(),
  allocationId: z.uuid(),
  code: z.string(),
  purpose: z.enum(PURPOSES),
  holder: z.string().describe('Who had it; they and whoever made it for them have a notice'),
  what: z.string(),
  quantity: z.int(),
});

const warningView = z.object({
  code: z.literal('over-used'),
  entitlementId: z.uuid(),
  seats: z.int().describe('Seats that the contract gives'),
  used: z.int().describe('Seats in use or held now'),
  usedMax: z.int().describe('Seats that may be in use at most'),
  message: z.string(),
});

/** What came of a wish that was served, as the API shows it. */
export const outcomeView = z.object({
  allocation: allocationView,
  displaced: z.array(displacedView).describe('What was taken from others for it'),
  warnings: z.array(warningView).describe('What was done although somebody should look at it'),
});

export function viewOfOutcome({ allocation, displaced, warnings }: AllocationOutcome): z.input<typeof outcomeView> {
  return { allocation: viewOfAllocation(allocation), displaced: [...displaced], warnings: [...warnings] };
}

/** One check-out of one unit, for the reference. */
export const ALLOCATION_EXAMPLE: z.input<typeof allocationView> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  number: 42,
  code: 'CO-000042',
  form: 'checkout',
  purpose: 'maintenance',
  severity: null,
  holder: { kind: 'person', id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Night shift' },
  service: null,
  note: 'Disk shelf 3',
  reserveReason: null,
  emergencyCase: null,
  createdBy: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'Night shift' },
  lines: [
    {
      id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12',
      kind: 'unit',
      state: 'issued',
      quantity: 1,
      part: { id: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', partNumber: 'PSU-750W', name: 'Power supply 750 W' },
      unit: { id: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92', serial: 'SN-0042', assetTag: 'A-0042' },
      stock: null,
      entitlement: null,
      location: null,
      from: '2026-11-22T09:30:00Z',
      until: '2026-11-29T09:30:00Z',
      expiresAt: null,
      dueAt: '2026-11-29T09:30:00Z',
      isOverdue: false,
      isPinned: true,
      isFromReserve: false,
      deviceModelId: null,
      assignee: null,
      splitFrom: null,
      issuedAt: '2026-11-22T09:30:00Z',
      endedAt: null,
      endNote: null,
    },
  ],
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};
