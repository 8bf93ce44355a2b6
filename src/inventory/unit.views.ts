import { z } from 'zod';
import { UNIT_CONDITIONS, type Unit } from './unit.ts';
import { UNIT_STATES } from './unit-state.ts';

/** A unit as the API shows it. */
export const unitView = z.object({
  id: z.uuid(),
  part: z.object({ id: z.uuid(), partNumber: z.string(), name: z.string() }),
  serial: z.string(),
  assetTag: z.string().nullable(),
  state: z.enum(UNIT_STATES),
  isUsable: z.boolean().describe('In stock, not past its expiry, and tested while its part asks for tests'),
  location: z
    .object({ id: z.uuid(), code: z.string(), path: z.string().describe('Codes from the site down') })
    .nullable()
    .describe('Where it lies; null for one that does not lie with us'),
  deployedService: z.object({ id: z.uuid(), name: z.string() }).nullable().describe('Where a deployed one works'),
  condition: z.enum(UNIT_CONDITIONS),
  supplier: z.string().nullable(),
  firmware: z.string().nullable(),
  warrantyUntil: z.iso.date().nullable(),
  expiresOn: z.iso.date().nullable(),
  lastTestedAt: z.iso.datetime().nullable(),
  testDueOn: z.iso
    .date()
    .nullable()
    .describe('The last day on which it counts as tested; null when its part needs no tests'),
  lastSeenAt: z.iso.datetime().nullable(),
  note: z.string().nullable(),
  movements: z.string().describe('Path of its history, below the API root'),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export function viewOfUnit(unit: Unit): z.input<typeof unitView> {
  return {
    ...unit,
    lastTestedAt: unit.lastTestedAt?.toString() ?? null,
    lastSeenAt: unit.lastSeenAt?.toString() ?? null,
    movements: `/units/${unit.id}/movements`,
    createdAt: unit.createdAt.toString(),
    updatedAt: unit.updatedAt.toString(),
  };
}

/** A unit in the reference. */
export const UNIT_EXAMPLE: z.input<typeof unitView> = {
  id: '019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21',
  part: { id: '019aab2c-8a01-7b3e-8d52-6f1b0a4e8c11', partNumber: 'PSU-750W', name: 'Power supply 750 W' },
  serial: 'SN-004217',
  assetTag: 'A-1042',
  state: 'in_stock',
  isUsable: true,
  location: { id: '019aab2c-8b44-7e1a-8c02-1d5f7b9a3c55', code: 'BIN-07', path: 'HQ / STORE-1 / RACK-3 / BIN-07' },
  deployedService: null,
  condition: 'new',
  supplier: 'Sample Co',
  firmware: '2.1.4',
  warrantyUntil: '2029-05-31',
  expiresOn: null,
  lastTestedAt: '2026-10-02T08:15:00Z',
  testDueOn: '2027-04-02',
  lastSeenAt: '2026-11-01T07:40:00Z',
  note: null,
  movements: '/units/019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21/movements',
  version: 4,
  createdAt: '2026-05-31T09:30:00Z',
  updatedAt: '2026-11-01T07:40:00Z',
};
