import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queryable } from '../../src/database/database.ts';
import { type ListDeclaration, type ListRequest, listRows } from '../../src/database/declared-list.ts';

export type AnyList = ListDeclaration<string, string>;

/** A list as the code declares it, under the name of its constant. */
export interface FoundList {
  readonly name: string;
  readonly list: AnyList;
}

const SOURCE = join(import.meta.dirname, '../../src');
const DOMAINS = ['inventory', 'licences', 'allocations', 'notices', 'services'];

/** Every list that the pool's domains declare: found in the code, so that a new one is looked at by itself. */
export async function declaredLists(): Promise<FoundList[]> {
  const found: FoundList[] = [];
  for (const domain of DOMAINS) {
    for (const file of (await readdir(join(SOURCE, domain))).filter((name) => name.endsWith('.ts'))) {
      const path = join(SOURCE, domain, file);
      if (!(await readFile(path, 'utf8')).includes('ListDeclaration')) continue;
      const exports = Object.entries((await import(path)) as Record<string, unknown>);
      for (const [name, value] of exports) found.push(...listsIn(name, value));
    }
  }
  return found;
}

function listsIn(name: string, value: unknown): FoundList[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isList(value)) return [{ name, list: value }];
  return Object.entries(value).flatMap(([key, inner]) =>
    isList(inner) ? [{ name: `${name}.${key}`, list: inner }] : [],
  );
}

function isList(value: unknown): value is AnyList {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['select', 'from', 'sorts', 'filters', 'pairs'].every((key) => key in value)
  );
}

/** One way to ask a list. */
export interface ListCase {
  readonly title: string;
  readonly filters: readonly string[];
  readonly request: ListRequest<string, string>;
}

/** A key of each type from the middle of a list. */
const KEY_TEXTS = {
  text: 'm',
  uuid: '0199a000-03e8-7006-8000-000000000000',
  bigint: '1000',
  date: '2026-06-01',
  timestamptz: '2026-06-01 00:00:00+00',
} as const;

/** All declared pairs: each order in both directions, on the first page and behind a row, with no, one, two and all filters. */
export function casesOf({ name, list }: FoundList, sampleOf: (filter: string) => unknown): ListCase[] {
  const cases = new Map<string, ListCase>();
  for (const pair of list.pairs) {
    for (const sort of pair.sorts) {
      for (const filters of subsets(pair.filters)) {
        for (const descending of [false, true]) {
          for (const isDeep of [false, true]) {
            const title = `${name} by ${filters.join(' and ') || 'nothing'}, sort ${descending ? '-' : ''}${sort}${isDeep ? ', a later page' : ''}`;
            const key = (list.sorts[sort]?.keys ?? []).map(({ type }) => KEY_TEXTS[type]);
            cases.set(title, {
              title,
              filters,
              request: {
                filters: Object.fromEntries(filters.map((filter) => [filter, sampleOf(filter)])),
                sort,
                descending,
                limit: 51,
                ...(isDeep ? { after: { sort: descending ? `-${sort}` : sort, key } } : {}),
              },
            });
          }
        }
      }
    }
  }
  return [...cases.values()];
}

function subsets(names: readonly string[]): string[][] {
  const singles = names.map((name) => [name]);
  const twos = names.flatMap((one, index) => names.slice(index + 1).map((other) => [one, other]));
  return [[], ...singles, ...twos, ...(names.length > 2 ? [[...names]] : [])];
}

/** A statement as a list sends it. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What `listRows` would send for a request. */
export async function statementOf(list: AnyList, request: ListRequest<string, string>): Promise<Statement> {
  let sent: Statement | undefined;
  const catching = {
    rows: async (sql: string, parameters: readonly unknown[] = []) => {
      sent = { sql, parameters };
      return [];
    },
  } as unknown as Queryable;
  await listRows(catching, list, request);
  if (!sent) throw new Error('the list asked nothing');
  return sent;
}

/** A node of `EXPLAIN (FORMAT JSON)`. */
export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Alias?: string;
  readonly Filter?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The node and all below it. */
export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The alias of the table that a list walks along: the first of its `FROM`. */
export function leadOf(list: AnyList): string {
  return /^\s*\w+\s+(?:AS\s+)?(\w+)/i.exec(list.from)?.[1] ?? '';
}
