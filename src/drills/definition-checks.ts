import { z } from 'zod';

const tablesCheck = z
  .strictObject({ check: z.literal('tables') })
  .describe('Row counts and fingerprints of every leaf table against the recovery point’s record; none is a failure');

const canaryCheck = z
  .strictObject({ check: z.literal('canary') })
  .describe('Decrypt a canary from the restored data with the exported key');

/** One check of the validation. */
export const checkSchema = z.discriminatedUnion('check', [tablesCheck, canaryCheck]);

export type ValidationCheck = z.infer<typeof checkSchema>;
