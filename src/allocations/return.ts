import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { LINES_MAX } from './collect.ts';

/** In which condition a thing comes back, or that it does not. */
export const RETURN_CONDITIONS = ['good', 'damaged', 'lost', 'consumed'] as const;
export type ReturnCondition = (typeof RETURN_CONDITIONS)[number];

const id = z.uuid().toLowerCase();

/** A line is named by its id or by its unit, as people have the one or the other at hand. */
export function lineOrUnit(
  one: { readonly lineId?: string | undefined; readonly unit?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((one.lineId === undefined) !== (one.unit === undefined)) return;
  for (const [field, other] of [
    ['lineId', 'unit'],
    ['unit', 'lineId'],
  ] as const) {
    context.addIssue({ code: 'custom', path: [field], message: `must be named, or ${other}, but not both` });
  }
}

/** One thing that comes back. A line may come in several entries: three good ones and a damaged one. */
const entry = z
  .strictObject({
    lineId: id.optional().describe('The line'),
    unit: lineText(80).optional().describe('The asset tag or serial of the unit, as scanned, instead of the line'),
    quantity: z.int().min(1).max(1_000_000_000).optional().describe('How many; without it, all that are out'),
    condition: z
      .enum(RETURN_CONDITIONS)
      .default('good')
      .describe('good: back to stock; damaged: quarantined; lost and consumed: it does not come back'),
    locationId: id.optional().describe('Where it is put; without it, where it came from'),
    note: lineText(400).optional().describe('What was found'),
  })
  .superRefine(lineOrUnit);

/** What comes back of a check-out. */
export const returnRequest = z.strictObject({
  lines: z
    .array(entry)
    .min(1)
    .max(LINES_MAX)
    .describe('What comes back, line by line: all of it or nothing is recorded'),
});

export type ReturnRequest = z.infer<typeof returnRequest>;
export type ReturnEntry = ReturnRequest['lines'][number];
