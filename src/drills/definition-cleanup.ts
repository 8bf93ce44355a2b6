import { z } from 'zod';

/** A week: the migration holds the same. */
const KEEP_MINUTES_MAX = 7 * 24 * 60;

export const cleanupSchema = z
  .strictObject({
    keep: z
      .literal('onFailure')
      .describe(
        'Of a run that failed, or whose data did not validate, the files stay; never of one that was cancelled or interrupted',
      ),
    forMinutes: z
      .int()
      .min(1)
      .max(KEEP_MINUTES_MAX)
      .describe('How long they stay, a week at most; sooner gone when a run needs their room'),
  })
  .describe('What becomes of the sandbox at the end; without it, it is removed at once');
