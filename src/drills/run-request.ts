import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { recoveryStartSchema } from './real-recovery.ts';

/** Larger numbers are no sizes and no counts of anything. */
const NUMBER_MAX = 1_000_000_000_000_000;

/** What may be said of a run when it is asked for. */
export const runRequest = z.strictObject({
  parameters: z
    .record(
      z.string().min(1).max(63),
      z.union([z.string().max(1000), z.number().min(-NUMBER_MAX).max(NUMBER_MAX), z.boolean()]),
    )
    .default({})
    .describe('Values for parameters that the definition declares; the others have their defaults'),
  participants: z
    .record(z.string().min(1).max(63), lineText(200))
    .default({})
    .describe('Who fills which role of the definition: names of people by role'),
  recovery: recoveryStartSchema.optional(),
});
