import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';
import { clearable, day } from './unit.ts';

/** How a repair ended. `not-repairable` and `replaced` write the unit off, `lost` says that the vendor has lost it. */
export const REPAIR_OUTCOMES = ['repaired', 'replaced', 'no-fault-found', 'not-repairable', 'lost'] as const;
export type RepairOutcome = (typeof REPAIR_OUTCOMES)[number];

/** A unit at its vendor's (an RMA). */
export interface Repair {
  readonly id: string;
  readonly unit: { readonly id: string; readonly serial: string; readonly assetTag: string | null };
  readonly part: { readonly id: string; readonly partNumber: string; readonly name: string };
  readonly vendor: string | null;
  readonly vendorCase: string | null;
  readonly fault: string | null;
  readonly sentAt: Temporal.Instant;
  /** An ISO date. */
  readonly expectedBackOn: string | null;
  readonly closedAt: Temporal.Instant | null;
  readonly outcome: RepairOutcome | null;
  /** It is open and should have come back before today. */
  readonly isOverdue: boolean;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** What is known of a repair when the unit goes out; all of it can follow later. */
const repairDetails = {
  vendor: lineText(120).describe('Who repairs it'),
  vendorCase: lineText(120).describe("The vendor's case or RMA number"),
  fault: longText(1000).pipe(z.string().min(1, 'must not be empty')).describe('What is wrong with it'),
  expectedBackOn: day().describe('When it should be back'),
};

export const repairDetailsSchema = z.strictObject(repairDetails).partial();
export type RepairDetails = z.infer<typeof repairDetailsSchema>;

/** A change of an open repair: what is named replaces what was there, null takes it away. */
export const repairChangeSchema = z
  .strictObject({
    vendor: clearable(repairDetails.vendor),
    vendorCase: clearable(repairDetails.vendorCase),
    fault: clearable(repairDetails.fault),
    expectedBackOn: clearable(repairDetails.expectedBackOn),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });
export type RepairChange = z.infer<typeof repairChangeSchema>;

export const newRepairSchema = z.strictObject({
  unitId: z.uuid().toLowerCase().describe('The unit that goes to repair; it lies in stock, is quarantined or deployed'),
  ...repairDetailsSchema.shape,
});
export type NewRepair = z.infer<typeof newRepairSchema>;

const back = {
  locationId: z.uuid().toLowerCase().describe('Where it lies now'),
  isQuarantined: z.boolean().default(false).describe('It waits in quarantine, for a test for example'),
  note: lineText(500).optional().describe('Kept with the movement'),
};

const gone = {
  note: lineText(500).optional().describe('Why; kept with the movement'),
};

/** The end of a repair. Only what comes back needs a place. */
export const repairEndSchema = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('repaired'),
    ...back,
    condition: z.enum(['new', 'good', 'worn']).default('good').describe('How good it is now'),
  }),
  z.strictObject({ outcome: z.literal('no-fault-found'), ...back }),
  z.strictObject({
    outcome: z.literal('replaced'),
    ...back,
    replacementSerial: lineText(80).describe('Serial number of the unit that came in its place'),
  }),
  z.strictObject({ outcome: z.literal('not-repairable'), ...gone }),
  z.strictObject({ outcome: z.literal('lost'), ...gone }),
]);
export type RepairEnd = z.infer<typeof repairEndSchema>;
