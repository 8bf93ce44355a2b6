import type { ListDeclaration } from '../database/declared-list.ts';

/**
 * The order for a caller who names none: the first one that goes with the filters used. Where none does, the list's
 * first, which is then refused with what the list offers.
 */
export function fittingSort<FilterName extends string, SortName extends string>(
  list: ListDeclaration<FilterName, SortName>,
  filters: { readonly [Name in FilterName]?: unknown },
): SortName {
  const used = (Object.keys(list.filters) as FilterName[]).filter((name) => filters[name] !== undefined);
  const pair = list.pairs.find((offered) => used.every((name) => offered.filters.includes(name))) ?? list.pairs[0];
  const sort = pair?.sorts[0];
  if (sort === undefined) throw new Error('the list declares no order');
  return sort;
}
