import { z } from 'zod';
import type { ListCursor, ListDeclaration, ListRequest } from '../database/declared-list.ts';
import { type Page, pageOf, pageQueryBy, pageSchema } from './page.ts';
import { queryBoolean } from './parameters.ts';

const cursor = z.strictObject({ sort: z.string().max(60), key: z.array(z.string().max(2000)).max(6) });

/** The query of a declared list: limit, cursor, order (a leading `-` turns it round), and whether to count. Add filters with `.extend({...})`. */
export function listQuery<FilterName extends string, SortName extends string>(
  list: ListDeclaration<FilterName, SortName>,
  defaultSort: NoInfer<SortName>,
) {
  const names = Object.keys(list.sorts) as SortName[];
  const orders = names.flatMap((name): (SortName | `-${SortName}`)[] => [name, `-${name}`]);
  return pageQueryBy(cursor).extend({
    // Sound: the default is one of the names, which zod cannot see through the template type.
    sort: z
      .enum(orders)
      .default(defaultSort as never)
      .describe('The order; a leading - turns it round'),
    total: queryBoolean().default(false).describe('Also answer how many rows there are, up to 10,000'),
  });
}

/** The answer's schema for a declared list of `item`. */
export function listPageSchema<Item extends z.ZodType>(item: Item) {
  return pageSchema(item).extend({
    total: z
      .string()
      .nullable()
      .describe('How many rows the filters let pass: a number, `10,000+`, or null when not asked for'),
  });
}

interface ListQuery<SortName extends string> {
  readonly limit: number;
  readonly after?: ListCursor | undefined;
  readonly sort: SortName | `-${SortName}`;
}

/** What `listRows` needs for this query: one row more than the page, whose presence says that there is a next page. */
export function listRequest<FilterName extends string, SortName extends string>(
  { limit, after, sort }: ListQuery<SortName>,
  filters: ListRequest<FilterName, SortName>['filters'],
): ListRequest<FilterName, SortName> {
  const descending = sort.startsWith('-');
  return { filters, sort: (descending ? sort.slice(1) : sort) as SortName, descending, after, limit: limit + 1 };
}

/** Cuts a page of a declared list. */
export function listPageOf<Row extends { readonly listCursor: ListCursor }>(
  rows: readonly Row[],
  limit: number,
): Page<Row> {
  return pageOf(rows, limit, (row) => row.listCursor);
}
