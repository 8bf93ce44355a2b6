import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { lineIds } from './collect.ts';

/** What is not needed any more. */
export const releaseRequest = z.strictObject({
  lines: lineIds.describe('Ids of the lines to release; without it, all that are held'),
  note: lineText(500).optional().describe('Why it is not needed any more'),
});

export type ReleaseRequest = z.infer<typeof releaseRequest>;
