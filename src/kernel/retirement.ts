import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from './text.ts';

/** What every row has that is retired, never deleted, because records name it. */
export interface Lifecycle {
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** The lifecycle as the API shows it. */
export const lifecycleView = {
  retired: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  version: z.int().describe('Send it as If-Match with a change'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
};

export function viewOfLifecycle({ retired, version, createdAt, updatedAt }: Lifecycle) {
  return {
    retired: retired && { at: retired.at.toString(), reason: retired.reason },
    version,
    createdAt: createdAt.toString(),
    updatedAt: updatedAt.toString(),
  };
}

export const LIFECYCLE_EXAMPLE = {
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

export const RETIRED_EXAMPLE = { at: '2026-11-22T10:00:00Z', reason: 'Replaced by another' };

/** The body of every `.../retire`. */
export const retireBody = z.strictObject({
  reason: lineText(500).describe('Why it is retired; kept with it for good'),
});

/** The filter of every list of what is retired and never deleted. */
export const stateFilter = z
  .enum(['active', 'retired', 'all'])
  .default('active')
  .describe('Which ones: in use, retired, or both');

export type RetirementState = z.output<typeof stateFilter>;
