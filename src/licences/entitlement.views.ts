import { z } from 'zod';
import type { EntitlementInUse } from './entitlement.service.ts';
import { costSchema, type Entitlement, LICENCE_METRICS, overuseSchema } from './entitlement.ts';
import { retiredView } from './licence.views.ts';
import { freeWithoutReserve, freeWithReserve, type SeatUsage, seatWarnings } from './seat-usage.ts';

const usageView = z.object({
  isInForce: z.boolean().describe('False before its term, after it, and when it is retired: then it gives no seat'),
  seats: z.int().describe('Seats that it gives today'),
  seatsMax: z.int().describe('The most that may be in use at once, with what over-use allows'),
  issued: z.int().describe('Handed out now'),
  usedPeak: z.int().describe('The most in use or promised at one time, from now on'),
  freeWithoutReserve: z.int().describe('What anybody may still take'),
  freeWithReserve: z.int().describe('What an emergency may still take, the reserve included'),
});

const warningView = z.object({
  code: z.enum(['over-used', 'reserve-not-covered']),
  seats: z.int().describe('How many seats it is about'),
  message: z.string(),
});

/** An entitlement in a list: its seats only when they were asked for. */
export const listedEntitlementView = z.object({
  id: z.uuid(),
  product: z.object({
    id: z.uuid(),
    vendor: z.string(),
    name: z.string(),
    productVersion: z.string().nullable(),
  }),
  name: z.string(),
  metric: z.enum(LICENCE_METRICS),
  quantity: z.int(),
  term: z.enum(['perpetual', 'term']),
  startsOn: z.iso.date(),
  endsOn: z.iso.date().nullable().describe('Last day, itself included; null when it is perpetual'),
  supportEndsOn: z.iso.date().nullable(),
  contract: z.string().nullable(),
  cost: costSchema.nullable(),
  owner: z.object({ id: z.uuid(), kind: z.enum(['person', 'team']), name: z.string() }).nullable(),
  emergencyReserve: z.int().describe('Seats that only an emergency may take'),
  overuse: overuseSchema,
  note: z.string().nullable(),
  retired: retiredView,
  usage: usageView.nullable().describe('How its seats stand now; in a list null unless asked for'),
  warnings: z.array(warningView).max(10).describe('More in use than it gives, or a reserve that is not covered'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

/** One entitlement, with how its seats stand. */
export const entitlementView = listedEntitlementView.extend({ usage: usageView });

/** An entitlement as a list shows it. */
export function listedEntitlement(
  entitlement: Entitlement,
  usage: SeatUsage | undefined,
): z.input<typeof listedEntitlementView> {
  return {
    ...entitlement,
    retired: entitlement.retired && { at: entitlement.retired.at.toString(), reason: entitlement.retired.reason },
    usage: usage ? usageOf(usage) : null,
    warnings: usage ? seatWarnings(usage) : [],
    createdAt: entitlement.createdAt.toString(),
    updatedAt: entitlement.updatedAt.toString(),
  };
}

/** One entitlement as the API answers it. */
export function viewOfEntitlement({ entitlement, usage }: EntitlementInUse): z.input<typeof entitlementView> {
  return { ...listedEntitlement(entitlement, usage), usage: usageOf(usage) };
}

function usageOf(usage: SeatUsage): z.input<typeof usageView> {
  const { isInForce, seats, seatsMax, issued, usedPeak } = usage;
  const free = { freeWithoutReserve: freeWithoutReserve(usage), freeWithReserve: freeWithReserve(usage) };
  return { isInForce, seats, seatsMax, issued, usedPeak, ...free };
}

/** What a new entitlement may look like, for the reference. */
export const ENTITLEMENT_BODY_EXAMPLE = {
  productId: '019aab2c-a142-7c5d-8f33-6a7b8c9d0e1f',
  name: 'Database Standard, data centre north',
  metric: 'core' as const,
  quantity: 64,
  startsOn: '2026-01-01',
  endsOn: '2028-12-31',
  supportEndsOn: '2027-12-31',
  contract: 'C-2026-0117',
  cost: { amount: '48000.00', currency: 'EUR' },
  ownerId: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d',
  emergencyReserve: 8,
  overuse: { policy: 'allow' as const, percentMax: 10 },
  note: null,
};

const { productId, ownerId, ...STATED } = ENTITLEMENT_BODY_EXAMPLE;

/** The same as it is answered. */
export const ENTITLEMENT_EXAMPLE: z.input<typeof entitlementView> = {
  ...STATED,
  id: '019aab2c-b253-7d6e-9a44-7b8c9d0e1f2a',
  product: { id: productId, vendor: 'Example Systems', name: 'Database Standard', productVersion: '12' },
  term: 'term',
  owner: { id: ownerId, kind: 'team', name: 'Database operations' },
  retired: null,
  usage: {
    isInForce: true,
    seats: 64,
    seatsMax: 70,
    issued: 40,
    usedPeak: 48,
    freeWithoutReserve: 14,
    freeWithReserve: 22,
  },
  warnings: [],
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};
