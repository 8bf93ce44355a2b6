import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { idParams } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { availabilityOfEntitlementById, availabilityOfPartById, partAvailability } from './availability.queries.ts';
import type { AvailabilityWindow } from './availability.ts';

/** What there is of a part or an entitlement, now or in a window. */
export const availabilityRoutes = (): Route[] => [ofPart, ofParts, ofEntitlement];

const common = { tag: 'allocations' } as const;

const windowQuery = z
  .strictObject({
    from: z.iso.datetime({ offset: true }).optional().describe('The beginning of the window: now, unless it is stated'),
    until: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('The end of the window, not included: none, unless it is stated'),
  })
  .refine(({ from, until }) => !until || Date.parse(until) > (from ? Date.parse(from) : Date.now()), {
    path: ['until'],
    message: 'must be after the beginning of the window',
  });

function windowOf({ from, until }: z.output<typeof windowQuery>): AvailabilityWindow | undefined {
  if (from === undefined && until === undefined) return undefined;
  return {
    from: from === undefined ? null : Temporal.Instant.from(from),
    until: until === undefined ? null : Temporal.Instant.from(until),
  };
}

const place = z.object({ id: z.uuid(), code: z.string() });
const free = {
  reserve: z.int().describe('Kept for emergencies'),
  freeWithoutReserve: z.int().describe('What an ordinary check-out or hold could have'),
  freeWithReserve: z.int().describe('What an emergency could have before anybody gives way'),
};

const partView = z.object({
  part: z.object({
    id: z.uuid(),
    manufacturer: z.string(),
    partNumber: z.string(),
    name: z.string(),
    tracking: z.enum(['serial', 'bulk']),
  }),
  onHand: z.int().describe('Physically there'),
  usable: z.int(),
  unusable: z
    .object({ inRepair: z.int(), quarantined: z.int(), untested: z.int(), expired: z.int() })
    .describe('Pieces that cannot be handed out, by reason'),
  held: z.int().describe('Usable, but held at one time of the window'),
  issued: z.int(),
  overdue: z.int().describe('Of those that are issued'),
  ...free,
  reserves: z.array(z.object({ location: place, quantity: z.int() })).describe('Kept below single locations, besides'),
  places: z.array(
    z.object({
      location: place,
      onHand: z.int(),
      usable: z.int(),
      free: z.int().describe('The reserve included'),
      freeWithoutReserve: z.int().describe('If nothing were taken elsewhere'),
    }),
  ),
});

const SHELF = { id: '019aab2c-31d0-7b42-8f3e-5a9c7e1d2b64', code: 'DC1-R1' };

const ofPart = defineRead({
  ...common,
  path: '/parts/{id}/availability',
  operationId: 'getPartAvailability',
  summary: 'What there is of a part now or in a window, and what of it is free without and with the reserve',
  permission: 'inventory.read',
  errors: ['no-such-part'],
  params: idParams,
  query: windowQuery,
  response: partView,
  examples: {
    response: {
      part: {
        id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
        manufacturer: 'Northwind',
        partNumber: 'PSU-750W',
        name: 'Power supply 750 W',
        tracking: 'serial',
      },
      onHand: 6,
      usable: 5,
      unusable: { inRepair: 1, quarantined: 1, untested: 0, expired: 0 },
      held: 1,
      issued: 2,
      overdue: 1,
      reserve: 2,
      freeWithoutReserve: 2,
      freeWithReserve: 4,
      reserves: [],
      places: [{ location: SHELF, onHand: 6, usable: 5, free: 4, freeWithoutReserve: 2 }],
    },
  },
  handle: async ({ db, params, query }) => {
    const { places, reserves, ...found } = await availabilityOfPartById(db, params.id, windowOf(query));
    return { body: { ...found, places: [...places], reserves: [...reserves] } };
  },
});

const IDS_MAX = 50;
const idList = z.array(z.uuid()).min(1).max(IDS_MAX);

const ids = z
  .string()
  .max(IDS_MAX * 37)
  .refine((text) => idList.safeParse(text.split(',')).success, `must be ids with commas between, at most ${IDS_MAX}`)
  .transform((text) => [...new Set(text.split(','))])
  .describe(`Which parts: their ids with commas between, at most ${IDS_MAX}`);

/** What a list of parts says of each: the figures, without its places. */
const figuresView = z.object({
  partId: z.uuid(),
  onHand: z.int().describe('Physically there'),
  usable: z.int(),
  held: z.int().describe('Usable, but held'),
  issued: z.int(),
  overdue: z.int().describe('Of those that are issued'),
  ...free,
});

const ofParts = defineRead({
  ...common,
  path: '/part-availability',
  operationId: 'getPartAvailabilities',
  summary: 'What there is now of each of some parts, in the order in which they are named; unknown ones are left out',
  permission: 'inventory.read',
  query: z.strictObject({ ids }),
  response: z.object({ parts: z.array(figuresView) }),
  examples: {
    response: {
      parts: [
        {
          partId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
          onHand: 6,
          usable: 5,
          held: 1,
          issued: 2,
          overdue: 1,
          reserve: 2,
          freeWithoutReserve: 2,
          freeWithReserve: 4,
        },
      ],
    },
  },
  handle: async ({ db, query }) => {
    const found = await partAvailability(db, query.ids);
    const parts = found.map(({ part, places: _, reserves: __, unusable: ___, ...figures }) => ({
      partId: part.id,
      ...figures,
    }));
    return { body: { parts } };
  },
});

const entitlementView = z.object({
  entitlement: z.object({
    id: z.uuid(),
    name: z.string(),
    productId: z.uuid(),
    product: z.string(),
    metric: z.string(),
    endsOn: z.iso.date().nullable(),
  }),
  seats: z.int().describe('By the contract: none before its first and after its last day'),
  seatsMax: z.int().describe('As many as may be in use where over-use is allowed'),
  issued: z.int(),
  overdue: z.int().describe('Of those that are issued'),
  usedPeak: z.int().describe('The most that are in use or held at one time of the window'),
  ...free,
});

const ofEntitlement = defineRead({
  ...common,
  path: '/entitlements/{id}/availability',
  operationId: 'getEntitlementAvailability',
  summary: 'What there is of an entitlement now or in a window, and what of it is free without and with the reserve',
  permission: 'licence.read',
  errors: ['no-such-entitlement'],
  params: idParams,
  query: windowQuery,
  response: entitlementView,
  examples: {
    response: {
      entitlement: {
        id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
        name: 'Contract 2026',
        productId: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92',
        product: 'Sample Co Database 16',
        metric: 'concurrent',
        endsOn: '2027-12-31',
      },
      seats: 10,
      seatsMax: 10,
      issued: 4,
      overdue: 0,
      usedPeak: 5,
      reserve: 2,
      freeWithoutReserve: 3,
      freeWithReserve: 5,
    },
  },
  handle: async ({ db, params, query }) => ({
    body: await availabilityOfEntitlementById(db, params.id, windowOf(query)),
  }),
});
