import { describe, expect, test } from 'vitest';
import type { Queryable } from '../../src/database/database.ts';
import { containing, type ListDeclaration, listRows } from '../../src/database/declared-list.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ENTITLEMENT_LIST } from '../../src/licences/entitlement.queries.ts';
import { expiryTimeline } from '../../src/licences/expiry.queries.ts';
import { LICENCE_KEY_LIST } from '../../src/licences/licence-key.queries.ts';
import { PRODUCT_LIST, productsMatching } from '../../src/licences/product.queries.ts';
import { useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);

/** The plan of the one statement that `ask` sends, when a scan or a sort is planned only where no index will do. */
async function planOf(ask: (db: Queryable) => Promise<unknown>): Promise<string> {
  let plan = '';
  await database.db.transaction(async (tx) => {
    await tx.execute('SET LOCAL enable_seqscan = off');
    await tx.execute('SET LOCAL enable_sort = off');
    const explaining: Queryable = {
      ...tx,
      rows: async (sql, parameters) => {
        const lines = await tx.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`, parameters);
        plan = lines.map((line) => line['QUERY PLAN']).join('\n');
        return [];
      },
    };
    await ask(explaining);
  });
  return plan;
}

const VALUES: Record<string, unknown> = {
  q: containing('database standard'),
  vendor: 'Example Systems',
  metric: 'core',
  productId: newId(),
  ownerId: newId(),
  entitlementId: newId(),
  inUse: true,
  valid: true,
  endsFrom: '2026-01-01',
  endsUntil: '2026-12-31',
  supportEndsFrom: '2026-01-01',
  supportEndsUntil: '2026-12-31',
};

/** Every declared pair: with all its filters, and with none. */
function casesOf<Filter extends string, Sort extends string>(list: ListDeclaration<Filter, Sort>) {
  return list.pairs.flatMap(({ filters, sorts }) =>
    sorts.flatMap((sort) => [filters, []].map((used) => ({ sort, filters: used as Filter[] }))),
  );
}

describe.each([
  ['products', PRODUCT_LIST],
  ['entitlements', ENTITLEMENT_LIST],
  ['keys', LICENCE_KEY_LIST],
] as const)('the list of %s', (_name, declared) => {
  const list = declared as ListDeclaration<string, string>;
  test.each(casesOf(list))(
    'sorted by $sort and filtered by $filters is read by an index',
    async ({ sort, filters }) => {
      const request = { sort, filters: Object.fromEntries(filters.map((name) => [name, VALUES[name]])), limit: 51 };
      const plan = await planOf((db) => listRows(db, list, request));
      expect(plan).toMatch(/Index/);
      expect(plan).not.toContain('Seq Scan');
      // A search sorts what its index has found; every other order comes out of an index.
      if (!filters.includes('q')) expect(plan).not.toContain('Sort');
    },
  );
});

test('the timeline and the match of a text are read by indexes', async () => {
  const span = { from: '2026-01-01', until: '2026-12-31' };
  const timeline = await planOf((db) =>
    expiryTimeline(db, span, { limit: 51, after: ['2026-02-01', 'term', newId()] }),
  );
  expect(timeline).toContain('entitlement_by_end');
  expect(timeline).toContain('entitlement_by_support_end');
  expect(timeline).not.toContain('Seq Scan');
  expect(await planOf((db) => productsMatching(db, 'Database Standard'))).toContain('licence_product_search');
});
