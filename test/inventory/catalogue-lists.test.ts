import { beforeAll, describe, expect, test } from 'vitest';
import type { Queryable } from '../../src/database/database.ts';
import { containing, type ListDeclaration, type ListRequest, listRows } from '../../src/database/declared-list.ts';
import { DEVICE_MODEL_LIST } from '../../src/inventory/device-model.queries.ts';
import { deviceModelsMatching } from '../../src/inventory/device-model-match.queries.ts';
import { LOCATION_LIST } from '../../src/inventory/location.queries.ts';
import { PART_LIST, partsMatching } from '../../src/inventory/part.queries.ts';
import { newId } from '../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { makeCategory, makeLocation } from './support.ts';

/** Enough rows that an order without an index would be a sort. */
const ROWS = 4000;

/** The columns that an index has to carry for each filter. */
const COLUMNS: Readonly<Record<string, string>> = {
  parentId: 'parent_id',
  kind: 'kind',
  categoryId: 'category_id',
  tracking: 'tracking',
  ownerId: 'owner_id',
  manufacturer: 'manufacturer',
};

describe('every order and filter that a list offers', () => {
  const database = useDatabase();
  const values: Record<string, unknown> = {};

  beforeAll(async () => {
    const { db } = database;
    const [site, category] = [await makeLocation(db), await makeCategory(db)];
    await db.execute(
      `INSERT INTO location (id, code, name, kind, parent_id)
       SELECT gen_random_uuid(), 'R-' || n, 'bin ' || md5(n::text), 'bin', $1 FROM generate_series(1, ${ROWS}) AS n`,
      [site.id],
    );
    await db.execute(
      `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure)
       SELECT gen_random_uuid(), 'Maker ' || n % 50, md5(n::text), 'part ' || n, $1, 'bulk', 'piece'
       FROM generate_series(1, ${ROWS}) AS n`,
      [category.id],
    );
    await db.execute(
      `INSERT INTO device_model (id, manufacturer, model)
       SELECT gen_random_uuid(), 'Maker ' || n % 50, md5(n::text) FROM generate_series(1, ${ROWS}) AS n`,
    );
    for (const table of ['location', 'part', 'device_model']) {
      await db.execute(
        `UPDATE ${table} SET retired_at = now(), retired_reason = 'x'
         WHERE id IN (SELECT id FROM ${table} WHERE ${table === 'location' ? `kind = 'bin'` : 'true'} LIMIT 20)`,
      );
    }
    for (const table of ['location', 'part', 'part_category', 'device_model']) {
      await runAs(database.owner, `ANALYZE ${table}`);
    }
    Object.assign(values, {
      parentId: site.id,
      categoryId: category.id,
      ownerId: newId(),
      kind: 'bin',
      tracking: 'bulk',
      manufacturer: 'Maker 7',
      active: true,
      retired: true,
      q: containing('c4ca4238'),
    });
  });

  /** The plan of a page without sequential scans, and without a sort unless no index gives the order. */
  async function planOf<FilterName extends string, SortName extends string>(
    list: ListDeclaration<FilterName, SortName>,
    request: ListRequest<FilterName, SortName>,
  ): Promise<string> {
    return database.db.transaction(async (tx) => {
      await tx.execute('SET LOCAL enable_seqscan = off');
      await tx.execute('SET LOCAL enable_sort = off');
      const explaining: Queryable = {
        rows: async <Row>(sql: string, parameters?: readonly unknown[]) => {
          const lines = await tx.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters);
          return lines.map((line) => ({ plan: line['QUERY PLAN'], listKey: [] })) as Row[];
        },
        execute: tx.execute,
        repository: tx.repository,
      };
      const lines = await listRows<{ plan: string }, FilterName, SortName>(explaining, list, request);
      return lines.map(({ plan }) => plan).join('\n');
    });
  }

  /** Every pair with every set of its filters that makes sense, both ways round. */
  function* requestsOf<FilterName extends string, SortName extends string>(
    list: ListDeclaration<FilterName, SortName>,
  ): Generator<ListRequest<FilterName, SortName>> {
    for (const { filters, sorts } of list.pairs) {
      let subsets: FilterName[][] = [[]];
      for (const name of filters) subsets = subsets.concat(subsets.map((some) => [...some, name]));
      const states = (some: readonly string[]) => some.filter((name) => name === 'active' || name === 'retired');
      const sensible = subsets.filter((some) => states(some).length < 2);
      for (const some of sensible) {
        for (const sort of sorts) {
          for (const descending of [false, true]) {
            const chosen = Object.fromEntries(some.map((name) => [name, values[name]]));
            yield { filters: chosen as ListRequest<FilterName, SortName>['filters'], sort, descending, limit: 51 };
          }
        }
      }
    }
  }

  test.each([
    ['locations', 'location', LOCATION_LIST as ListDeclaration<string, string>],
    ['parts', 'part', PART_LIST as ListDeclaration<string, string>],
    ['device models', 'device_model', DEVICE_MODEL_LIST as ListDeclaration<string, string>],
  ])('of %s goes along an index', async (_name, table, list) => {
    const slow: string[] = [];
    let seen = 0;
    for (const request of requestsOf(list)) {
      const plan = await planOf(list, request);
      seen += 1;
      // A search may sort what it has found; every other order comes from an index that carries the filters too.
      const isSearch = 'q' in request.filters;
      const isSorted = /^\s*(->\s+)?Sort\s+\(cost/m.test(plan);
      // Retired rows are few, and have an index of their own.
      const carried =
        'retired' in request.filters ||
        Object.keys(request.filters).every(
          (name) => !(name in COLUMNS) || new RegExp(`Index Cond: .*${COLUMNS[name]}`).test(plan),
        );
      if (new RegExp(`Seq Scan on ${table}\\b`).test(plan) || (!isSearch && (isSorted || !carried))) {
        slow.push(`${JSON.stringify(request)}\n${plan}`);
      }
    }
    expect(slow).toEqual([]);
    expect(seen).toBeGreaterThan(8);
  });

  test('retired parts are read from an index of their own', async () => {
    const plan = await planOf(PART_LIST, { filters: { retired: true }, sort: 'number', limit: 51 });
    expect(plan).toContain('part_retired');
  });

  test.each([
    ['a part', partsMatching, ['part_by_number', 'part_by_reference']],
    ['a device model', deviceModelsMatching, ['device_model_by_model', 'device_model_by_reference']],
  ])('%s is found by its names along indexes', async (_what, matching, indexes) => {
    const plan = await database.db.transaction(async (tx) => {
      await tx.execute('SET LOCAL enable_seqscan = off');
      let explained = '';
      const explaining: Queryable = {
        rows: async <Row>(sql: string, parameters?: readonly unknown[]) => {
          const lines = await tx.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters);
          explained = lines.map((line) => line['QUERY PLAN']).join('\n');
          return [] as Row[];
        },
        execute: tx.execute,
        repository: tx.repository,
      };
      await matching(explaining, 'Maker 7 x');
      return explained;
    });
    for (const index of indexes) expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });
});
