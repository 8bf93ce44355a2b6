import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { instantOf } from '../kernel/clock.ts';
import { lineText } from '../kernel/text.ts';

/** What every entry of the catalogue has besides its own. */
export interface Lifecycle {
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** The lifecycle's columns as a query selects them from the table `alias`. */
export const lifecycleColumns = (alias: string) =>
  `${alias}.retired_at AS "retiredAt", ${alias}.retired_reason AS "retiredReason", ${alias}.version,
   ${alias}.created_at AS "createdAt", ${alias}.updated_at AS "updatedAt"`;

/** What {@link lifecycleColumns} gives. */
export interface LifecycleRecord {
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function lifecycleOf(row: LifecycleRecord): Lifecycle {
  return {
    retired: row.retiredAt && { at: instantOf(row.retiredAt), reason: row.retiredReason ?? '' },
    version: row.version,
    createdAt: instantOf(row.createdAt),
    updatedAt: instantOf(row.updatedAt),
  };
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

export const RETIRED_EXAMPLE = { at: '2026-11-22T10:00:00Z', reason: 'No longer made' };

/** The body of every `.../retire`. */
export const retireBody = z.strictObject({
  reason: lineText(500).describe('Why it is retired; kept with it for good'),
});

/** The filter of every list of the catalogue. */
export const stateFilter = z
  .enum(['active', 'retired', 'all'])
  .default('active')
  .describe('Which ones: in use, retired, or both');

export type CatalogueState = z.output<typeof stateFilter>;

/** The filters of a declared list that {@link statesOf} sets. Two, because each has its own index and so its own SQL. */
export type StateFilterName = 'active' | 'retired';

/** The conditions of both over the table `alias`. */
export const stateConditions = (alias: string): Record<StateFilterName, (value: string) => string> => ({
  active: (value) => `(${alias}.retired_at IS NULL AND ${value}::boolean)`,
  retired: (value) => `(${alias}.retired_at IS NOT NULL AND ${value}::boolean)`,
});

/** The filter that a state asks for; none for all. */
export function statesOf(state: CatalogueState): { readonly [Name in StateFilterName]?: true } {
  return state === 'all' ? {} : { [state]: true };
}
