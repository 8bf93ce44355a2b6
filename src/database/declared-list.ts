import { AppError } from '../kernel/errors.ts';
import type { Queryable } from './database.ts';

/** How the text of a key column is checked when a cursor brings it back, and cast in SQL. */
type KeyType = 'text' | 'uuid' | 'bigint' | 'date' | 'timestamptz';

/** One column of an order: a NOT NULL expression over the list's `FROM`. */
interface SortKey {
  readonly sql: string;
  readonly type: KeyType;
}

/** An order that a list can be asked for. Its last key is unique, and an index stands behind it. */
interface DeclaredSort {
  readonly keys: readonly SortKey[];
  /** What every row of this order fulfils: `u.test_due_on IS NOT NULL`. */
  readonly only?: string;
}

/**
 * What a list can be asked for: its orders, its filters, and which of them go together because an index carries the pair.
 * Everything else is refused, so that nobody finds the slow combination in production.
 */
export interface ListDeclaration<FilterName extends string, SortName extends string> {
  readonly select: string;
  readonly from: string;
  readonly sorts: Readonly<Record<SortName, DeclaredSort>>;
  /** The condition of each filter over the placeholder of its value: `(value) => 'u.part_id = ' + value`. */
  readonly filters: Readonly<Record<FilterName, (value: string) => string>>;
  /** Each pair: filters of which any subset may be used, and the orders that go with them. */
  readonly pairs: readonly { readonly filters: readonly FilterName[]; readonly sorts: readonly SortName[] }[];
}

/** Where a page begins: behind the row with these key values, in this order. */
export interface ListCursor {
  readonly sort: string;
  readonly key: readonly string[];
}

/** One page of a declared list. */
export interface ListRequest<FilterName extends string, SortName extends string> {
  readonly filters: { readonly [Name in FilterName]?: unknown };
  readonly sort: SortName;
  readonly descending?: boolean;
  readonly after?: ListCursor | undefined;
  readonly limit: number;
}

/** Counting stops here; more is "10,000+". */
const COUNT_MAX = 10_000;

/**
 * The rows of a page, in order, each with the cursor that continues behind it as `listCursor`.
 * @throws AppError `unprocessable` `undeclared-list` when filters and order do not go together; `invalid` `bad-cursor` when
 *   the cursor belongs to another order or holds no key of it.
 */
export async function listRows<Row, FilterName extends string, SortName extends string>(
  db: Queryable,
  list: ListDeclaration<FilterName, SortName>,
  request: ListRequest<FilterName, SortName>,
): Promise<(Row & { readonly listCursor: ListCursor })[]> {
  const { keys } = list.sorts[request.sort];
  const parameters: unknown[] = [];
  const conditions = conditionsOf(list, request, parameters);
  const direction = request.descending ? 'DESC' : 'ASC';
  if (request.after) {
    const values = cursorValues(keys, request, request.after);
    const placeholders = keys.map(({ type }, index) => `$${parameters.push(values[index])}::${type}`);
    conditions.push(
      `(${keys.map(({ sql }) => sql).join(', ')}) ${request.descending ? '<' : '>'} (${placeholders.join(', ')})`,
    );
  }
  const rows = await db.rows<Row & { listKey: string[] }>(
    `SELECT ${list.select}, ARRAY[${keys.map(({ sql }) => `(${sql})::text`).join(', ')}] AS "listKey"
     FROM ${list.from} WHERE ${conditions.join(' AND ')}
     ORDER BY ${keys.map(({ sql }) => `${sql} ${direction}`).join(', ')} LIMIT $${parameters.push(request.limit)}`,
    parameters,
  );
  const sort = cursorSort(request);
  return rows.map((row) => ({ ...row, listCursor: { sort, key: row.listKey } }));
}

/** How many rows the filters let pass: the number up to 10,000, and above it `10,000+`. */
export async function countRows<FilterName extends string, SortName extends string>(
  db: Queryable,
  list: ListDeclaration<FilterName, SortName>,
  request: Pick<ListRequest<FilterName, SortName>, 'filters' | 'sort'>,
): Promise<string> {
  const parameters: unknown[] = [];
  const conditions = conditionsOf(list, request, parameters);
  const [row] = await db.rows<{ count: string }>(
    `SELECT count(*) FROM (SELECT FROM ${list.from} WHERE ${conditions.join(' AND ')}
       LIMIT $${parameters.push(COUNT_MAX + 1)}) counted`,
    parameters,
  );
  const count = Number(row?.count);
  return count > COUNT_MAX ? `${COUNT_MAX.toLocaleString('en')}+` : String(count);
}

/** A pattern for `LIKE` that finds the text anywhere, its own wildcards taken literally. Lower case, as `search` columns are. */
export function containing(text: string): string {
  return `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

function conditionsOf<FilterName extends string, SortName extends string>(
  list: ListDeclaration<FilterName, SortName>,
  request: Pick<ListRequest<FilterName, SortName>, 'filters' | 'sort'>,
  parameters: unknown[],
): string[] {
  const used = (Object.keys(list.filters) as FilterName[]).filter((name) => request.filters[name] !== undefined);
  requireDeclared(list, used, request.sort);
  const { only } = list.sorts[request.sort];
  return [
    'TRUE',
    ...(only ? [only] : []),
    ...used.map((name) => list.filters[name](`$${parameters.push(request.filters[name])}`)),
  ];
}

function requireDeclared<FilterName extends string, SortName extends string>(
  list: ListDeclaration<FilterName, SortName>,
  used: readonly FilterName[],
  sort: SortName,
): void {
  const fits = list.pairs.some(
    (pair) => pair.sorts.includes(sort) && used.every((name) => pair.filters.includes(name)),
  );
  if (fits) return;
  const offered = list.pairs
    .map(({ filters, sorts }) => `${filters.join(', ') || 'no filter'} with sort ${sorts.join(' or ')}`)
    .join('; ');
  throw new AppError(
    'unprocessable',
    'undeclared-list',
    `This list cannot be filtered by ${used.join(', ') || 'nothing'} and sorted by ${sort} together. It offers: ${offered}`,
    { fields: [{ field: 'query.sort', message: `does not go with ${used.join(', ') || 'no filter'}` }] },
  );
}

/** The order and its direction, as a cursor names it. */
function cursorSort({ sort, descending }: { readonly sort: string; readonly descending?: boolean }): string {
  return descending ? `-${sort}` : sort;
}

const KEY_FORMS: Readonly<Record<KeyType, RegExp>> = {
  text: /^[^\0]{0,2000}$/su,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  bigint: /^-?\d{1,18}$/,
  // The year 0 is none of PostgreSQL's.
  date: /^(?!0000)\d{4}-\d\d-\d\d$/,
  timestamptz: /^(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:[0-5]\d)?$/,
};

function cursorValues(
  keys: readonly SortKey[],
  request: { readonly sort: string; readonly descending?: boolean },
  cursor: ListCursor,
): readonly string[] {
  const suits =
    cursor.sort === cursorSort(request) &&
    cursor.key.length === keys.length &&
    keys.every(({ type }, index) => isKey(type, cursor.key[index] ?? ''));
  if (suits) return cursor.key;
  throw new AppError('invalid', 'bad-cursor', '`after` must be the `next` of a page of the same list and order', {
    fields: [{ field: 'query.after', message: 'must be the `next` of a page of the same list and order' }],
  });
}

function isKey(type: KeyType, text: string): boolean {
  if (!KEY_FORMS[type].test(text)) return false;
  if (type !== 'date' && type !== 'timestamptz') return true;
  // A date of the right form that does not exist would be an error of the database.
  const day = text.slice(0, 10);
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day) && isTime(text.slice(11));
}

function isTime(text: string): boolean {
  if (text === '') return true;
  const [hours = 0, minutes = 0, seconds = 0] = text.slice(0, 8).split(':').map(Number);
  return hours < 24 && minutes < 60 && seconds < 60 && Number(text.match(/[+-](\d\d)/)?.[1] ?? 0) < 15;
}
