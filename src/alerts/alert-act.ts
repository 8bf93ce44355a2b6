import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

/** Somebody takes an alert on. */
export const acknowledgementSchema = z.strictObject({
  note: lineText(500).or(z.literal('')).default('').describe('What is being done'),
  remindAfterSeconds: z
    .int()
    .min(60)
    .max(604_800)
    .nullable()
    .default(3600)
    .describe('If it is still open by then, it counts as not acknowledged again and is told again; null: never'),
});

/** Somebody closes an alert by hand. */
export const closingSchema = z.strictObject({
  reason: lineText(500).describe('Why it is closed although its rule has not closed it'),
});

export type Acknowledgement = z.output<typeof acknowledgementSchema>;
