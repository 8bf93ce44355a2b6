import { z } from 'zod';
import { HOLDING_KINDS, HOLDING_STATES, type Holding, SIGHTINGS, sightingOf } from './holding.ts';

const instant = z.iso.datetime();

/** One thing that a run held, or needed in vain, as the API and the report show it. */
export const holdingSchema = z.object({
  kind: z.enum(HOLDING_KINDS),
  wanted: z.string().describe('What was asked for'),
  quantity: z.int(),
  state: z.enum(HOLDING_STATES),
  thing: z.string().nullable().describe('What was held: part and serial number, or product and entitlement'),
  place: z.string().nullable().describe('Code of the location where it lies'),
  fromReserve: z.boolean().describe('It belongs to the emergency reserve, and was only kept'),
  sighting: z.enum(SIGHTINGS).nullable().describe('Whether a person scanned it during the run; null for seats'),
  seenAt: instant.nullable().describe('When somebody last had it in the hand before the run'),
  sightedAt: instant.nullable(),
  sightedBy: z.string().nullable(),
  note: z.string().nullable(),
});

export function holdingView(holding: Holding): z.input<typeof holdingSchema> {
  const { kind, wanted, quantity, state, thing, place, sightedBy, note } = holding;
  return {
    ...{ kind, wanted, quantity, state, thing, place, sightedBy, note },
    fromReserve: holding.isFromReserve,
    sighting: sightingOf(holding),
    seenAt: holding.seenAt?.toISOString() ?? null,
    sightedAt: holding.sightedAt?.toISOString() ?? null,
  };
}

/** For the reference. */
export const EXAMPLE_HOLDING: z.input<typeof holdingSchema> = {
  kind: 'unit',
  wanted: '1 of PSU-750W',
  quantity: 1,
  state: 'held',
  thing: 'PSU-750W serial SN-0042 (A-0042)',
  place: 'SITE-B',
  fromReserve: false,
  sighting: 'sighted',
  seenAt: '2026-11-02T09:30:00Z',
  sightedAt: '2026-11-22T15:11:00Z',
  sightedBy: 'Night shift',
  note: null,
};
