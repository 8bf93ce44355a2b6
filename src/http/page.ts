import { z } from 'zod';
import { queryInteger } from './parameters.ts';

/** Rows on a page when the caller names no limit, and the most it may name. */
const PAGE_LIMIT = { default: 50, max: 200 } as const;

/** One page of a list: the only list shape there is. */
export interface Page<Item> {
  readonly items: Item[];
  /** Pass it as `after` for the next page; null on the last page. */
  readonly next: string | null;
}

/**
 * The query of a list ordered by `key`: what the last row of a page had in its ORDER BY columns, ending in a unique one.
 * `after` arrives decoded and checked against `key`. A limit above the maximum is refused, never capped. Add filters
 * with `.extend({...})`.
 */
export function pageQueryBy<Key extends z.ZodType>(key: Key) {
  return z.strictObject({
    limit: queryInteger({ min: 1, max: PAGE_LIMIT.max }).default(PAGE_LIMIT.default).describe('Rows on a page'),
    after: cursorSchema(key).optional().describe('`next` of the page before'),
  });
}

/** The query of a list ordered by `id`: `after` arrives as the last id of the page before. */
export const pageQuery = pageQueryBy(z.uuid());

/** The answer's schema for a list of `item`. */
export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).max(PAGE_LIMIT.max),
    next: z.string().nullable().describe('Pass it as `after` for the next page; null on the last page'),
  });
}

/**
 * Cuts a page. Query one row more than `limit`: its presence says that there is a next page.
 * @param cursorOf the row's key as `pageQueryBy` declares it (its id for `pageQuery`).
 */
export function pageOf<Row>(rows: readonly Row[], limit: number, cursorOf: (row: Row) => unknown): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}

/** A cursor for {@link pageQueryBy}, for pages that {@link pageOf} does not cut. */
export function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function cursorSchema<Key extends z.ZodType>(key: Key) {
  return z.string().max(2048).transform(decodeCursor).pipe(key);
}

/** Not JSON, NUL or a lone surrogate: no cursor of ours, and nothing that PostgreSQL would take. */
function decodeCursor(text: string, context: z.RefinementCtx): unknown {
  try {
    const json = Buffer.from(text, 'base64url').toString();
    if (/\\u(0000|d[89a-f])/i.test(json)) throw new SyntaxError('not a character');
    return JSON.parse(json);
  } catch {
    context.addIssue({ code: 'custom', message: 'must be the `next` of a page, unchanged' });
    return z.NEVER;
  }
}
