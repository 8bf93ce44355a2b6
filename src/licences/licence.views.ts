import { z } from 'zod';

/** Which rows a list holds. */
export const STATE = z
  .enum(['active', 'retired', 'all'])
  .default('active')
  .describe('Which ones: in use, retired, or both');

/** The value of the filter `inUse` for a state; undefined lets all pass. */
export function inUseOf(state: z.output<typeof STATE>): boolean | undefined {
  return state === 'all' ? undefined : state === 'active';
}

/** When and why something was taken out of use for good; null while it is in use. */
export const retiredView = z.object({ at: z.iso.datetime(), reason: z.string() }).nullable();
