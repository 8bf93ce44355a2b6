import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { emergencyCase } from './checkout-request.ts';

/** As many lines as one request can name. */
export const LINES_MAX = 200;

const id = z.uuid().toLowerCase();

/** Which lines of an allocation; all that are in question when it is left out. */
export const lineIds = z
  .array(id)
  .min(1)
  .max(LINES_MAX)
  .refine((ids) => new Set(ids).size === ids.length, { message: 'must name each line once' })
  .optional();

/** What is handed out of a hold or reservation. */
export const collectRequest = z
  .strictObject({
    lines: lineIds.describe('Ids of the lines to hand out; without it, all that are held'),
    dueAt: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('When it should be back; without it, the end of a reservation, and for a hold nobody is reminded'),
    reserveReason: lineText(500)
      .optional()
      .describe('Why it takes from the emergency reserve, where that was not said before'),
    emergencyCase: emergencyCase.optional().describe('With reserveReason: the open emergency that it is for'),
  })
  .refine(({ reserveReason, emergencyCase }) => (reserveReason === undefined) === (emergencyCase === undefined), {
    path: ['emergencyCase'],
    message: 'goes with reserveReason, and only with it',
  });

export type CollectRequest = z.infer<typeof collectRequest>;
