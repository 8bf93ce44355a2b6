import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

/** The names of the levels, that of level 1 first. */
export const alertLevelsSchema = z.strictObject({
  names: z
    .array(lineText(40))
    .min(2)
    .max(4)
    .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, {
      message: 'must differ from each other',
    })
    .describe('From level 1, the earliest warning, up to the most urgent one'),
});

/** How many levels there are, and what they are called. */
export interface AlertLevels {
  readonly names: readonly string[];
  readonly version: number;
  readonly updatedAt: Temporal.Instant;
}
