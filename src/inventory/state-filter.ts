import type { RetirementState } from '../kernel/retirement.ts';

/** The filters of a declared list that {@link statesOf} sets. Two, because each has its own index and so its own SQL. */
export type StateFilterName = 'active' | 'retired';

/** The conditions of both over the table `alias`. */
export const stateConditions = (alias: string): Record<StateFilterName, (value: string) => string> => ({
  active: (value) => `(${alias}.retired_at IS NULL AND ${value}::boolean)`,
  retired: (value) => `(${alias}.retired_at IS NOT NULL AND ${value}::boolean)`,
});

/** The filter that a state asks for; none for all. */
export function statesOf(state: RetirementState): { readonly [Name in StateFilterName]?: true } {
  return state === 'all' ? {} : { [state]: true };
}
