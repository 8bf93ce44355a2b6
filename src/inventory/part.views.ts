import { z } from 'zod';
import { LIFECYCLE_EXAMPLE, lifecycleView, viewOfLifecycle } from '../kernel/retirement.ts';
import { type Part, TRACKINGS } from './part.ts';

/** A part as the API shows it. */
export const partView = z.object({
  id: z.uuid(),
  manufacturer: z.string(),
  partNumber: z.string(),
  name: z.string(),
  category: z.object({ id: z.uuid(), name: z.string() }),
  tracking: z.enum(TRACKINGS),
  unitOfMeasure: z.string(),
  custom: z
    .record(z.string(), z.union([z.boolean(), z.number(), z.string()]))
    .describe("Values of its category's custom fields, by their keys"),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }).nullable(),
  emergencyReserve: z.int().describe('Pieces that only an emergency may take, in total'),
  locationReserves: z
    .array(z.object({ location: z.object({ id: z.uuid(), code: z.string() }), quantity: z.int() }))
    .describe('Pieces that only an emergency may take, below single locations'),
  reorderPoint: z.int().nullable(),
  reorderQuantity: z.int().nullable(),
  leadTimeDays: z.int().nullable(),
  shelfLifeDays: z.int().nullable(),
  testIntervalDays: z.int().nullable(),
  mtbfHours: z.int().nullable(),
  annualFailureRate: z.number().nullable(),
  installedBase: z.int().nullable(),
  unitCost: z.string().nullable().describe('A decimal number with two digits'),
  currency: z.string().nullable(),
  ...lifecycleView,
});

export function viewOfPart(part: Part): z.input<typeof partView> {
  return { ...part, locationReserves: [...part.locationReserves], ...viewOfLifecycle(part) };
}

/** A part where others name it. */
export const partRefView = z.object({
  id: z.uuid(),
  manufacturer: z.string(),
  partNumber: z.string(),
  name: z.string(),
  tracking: z.enum(TRACKINGS),
  unitOfMeasure: z.string(),
  isRetired: z.boolean(),
});

export const PART_REF_EXAMPLE = {
  id: '019aab2c-8a10-7c3e-9d52-6f1b0a4e8c11',
  manufacturer: 'Sample Co',
  partNumber: 'PSU-750W',
  name: 'Power supply 750 W',
  tracking: 'serial',
  unitOfMeasure: 'piece',
  isRetired: false,
} as const satisfies z.input<typeof partRefView>;

/** What a part states that is the same in what is sent and in what is shown. */
export const PART_STATED_EXAMPLE = {
  manufacturer: PART_REF_EXAMPLE.manufacturer,
  partNumber: PART_REF_EXAMPLE.partNumber,
  name: PART_REF_EXAMPLE.name,
  tracking: PART_REF_EXAMPLE.tracking,
  unitOfMeasure: PART_REF_EXAMPLE.unitOfMeasure,
  custom: { power: 750, connector: 'C14' },
  emergencyReserve: 2,
  reorderPoint: 4,
  reorderQuantity: 6,
  leadTimeDays: 21,
  shelfLifeDays: 1825,
  testIntervalDays: 180,
  mtbfHours: 250_000,
  annualFailureRate: null,
  installedBase: 64,
  unitCost: '189.00',
  currency: 'EUR',
};

export const PART_EXAMPLE: z.input<typeof partView> = {
  ...PART_STATED_EXAMPLE,
  id: PART_REF_EXAMPLE.id,
  category: { id: '019aab2c-7b20-7c3e-9d52-6f1b0a4e8c11', name: 'Power supplies' },
  owner: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', kind: 'team', name: 'Database operations' },
  locationReserves: [{ location: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', code: 'NB' }, quantity: 1 }],
  ...LIFECYCLE_EXAMPLE,
};
