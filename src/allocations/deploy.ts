import { z } from 'zod';
import { repairDetailsSchema } from '../inventory/repair.ts';
import { lineText } from '../kernel/text.ts';
import { lineOrUnit } from './return.ts';

const id = z.uuid().toLowerCase();

/** What has failed, and what is known of its repair. */
const failedUnit = z.strictObject({
  unit: lineText(80).describe('Its serial or asset tag, as scanned'),
  partId: id.optional().describe('Its part; without it, the part of what replaces it, when it is not known yet'),
  ...repairDetailsSchema.shape,
});

/** What goes into service, and what it replaces. */
export const deployRequest = z
  .strictObject({
    lineId: id.optional().describe('The line whose unit goes into service, or whose pieces are used up'),
    unit: lineText(80).optional().describe('The asset tag or serial of the unit, as scanned, instead of the line'),
    quantity: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe('How many pieces of bulk; without it, all that are out'),
    serviceId: id.optional().describe('Where it works from now on; without it, the service of the check-out'),
    failed: failedUnit.optional().describe('What it replaces: it goes to repair'),
    replenish: z.boolean().default(true).describe('Whether to ask for as many new ones'),
    note: lineText(400).optional().describe('What was done'),
  })
  .superRefine(lineOrUnit);

export type DeployRequest = z.infer<typeof deployRequest>;

/** What became of the act, besides the check-out itself. */
export interface Deployment {
  /** What failed, in repair now. */
  readonly failed: { readonly unitId: string; readonly repairId: string; readonly isNew: boolean } | null;
  readonly replenishmentId: string | null;
}
