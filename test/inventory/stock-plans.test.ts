import { describe, expect, test } from 'vitest';
import type { Queryable } from '../../src/database/database.ts';
import { type ListDeclaration, listRows } from '../../src/database/declared-list.ts';
import { MOVEMENT_LIST } from '../../src/inventory/movement.queries.ts';
import { REPAIR_LIST } from '../../src/inventory/repair.queries.ts';
import { REPLENISHMENT_LIST } from '../../src/inventory/replenishment.queries.ts';
import { STOCK_LIST } from '../../src/inventory/stock.queries.ts';
import { UNIT_LIST } from '../../src/inventory/unit.queries.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

const LISTS: Readonly<Record<string, ListDeclaration<string, string>>> = {
  units: UNIT_LIST,
  stock: STOCK_LIST,
  movements: MOVEMENT_LIST,
  repairs: REPAIR_LIST,
  replenishments: REPLENISHMENT_LIST,
};

/** A value that each kind of filter takes. */
const exampleOf = (filter: string) =>
  filter.endsWith('By') ? '2026-11-22' : filter === 'state' || filter === 'kind' ? 'in_stock' : newId();

const KEYS = {
  text: 'a',
  uuid: newId(),
  bigint: '1',
  date: '2026-11-22',
  timestamptz: '2026-11-22 00:00:00+00',
} as const;

const subsets = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_item, index) => bits & (1 << index)));

const CASES = Object.entries(LISTS).flatMap(([name, list]) =>
  list.pairs.flatMap(({ filters, sorts }) =>
    subsets(filters.filter((filter) => filter !== 'q')).flatMap((used) =>
      sorts.flatMap((sort) =>
        [false, true].map(
          (descending) =>
            [
              name,
              used.join(' and ') || 'nothing',
              descending ? `-${sort}` : sort,
              { list, used, sort, descending },
            ] as const,
        ),
      ),
    ),
  ),
);

/** The plan of the second page when the planner may neither read whole tables nor sort a whole result. */
async function planOf({ list, used, sort, descending }: (typeof CASES)[number][3]): Promise<string> {
  return database.db.transaction(async (tx) => {
    await tx.execute('SET LOCAL enable_seqscan = off');
    await tx.execute('SET LOCAL enable_bitmapscan = off');
    await tx.execute('SET LOCAL enable_sort = off');
    const explaining: Queryable = {
      ...tx,
      rows: async <Row>(sql: string, parameters?: readonly unknown[]) => {
        const lines = await tx.rows<Record<string, string>>(`EXPLAIN ${sql}`, parameters);
        plan = lines.map((line) => line['QUERY PLAN']).join('\n');
        return [] as Row[];
      },
    };
    let plan = '';
    const key = list.sorts[sort]?.keys.map(({ type }) => KEYS[type]) ?? [];
    await listRows(explaining, list, {
      filters: Object.fromEntries(used.map((filter) => [filter, exampleOf(filter)])),
      sort,
      descending,
      after: { sort: descending ? `-${sort}` : sort, key },
      limit: 50,
    });
    return plan;
  });
}

describe('every declared pair has its index', () => {
  test.each(CASES)('%s by %s in the order %s', async (_list, _filters, _order, request) => {
    const plan = await planOf(request);
    expect(plan).not.toMatch(/Seq Scan on (unit|stock|movement|repair|replenishment) /);
    expect(plan).not.toMatch(/(-> +|^)Sort {2}\(/m);
  });
});
