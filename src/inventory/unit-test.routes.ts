import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { unitById } from './unit.queries.ts';
import { UNIT_EXAMPLE, unitView, viewOfUnit } from './unit.views.ts';
import { testsOfUnit } from './unit-test.queries.ts';
import { recordUnitTest } from './unit-test.service.ts';
import { newUnitTestSchema, TEST_RESULTS, type UnitTest } from './unit-test.ts';

/** Tests of spares: whether a unit still works, and what follows when it does not. */
export const unitTestRoutes = (): Route[] => [addTest, tests];

const common = { tag: 'units' } as const;

const testView = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  testedAt: z.iso.datetime(),
  result: z.enum(TEST_RESULTS),
  note: z.string().nullable(),
  actor: z
    .object({ id: z.uuid(), name: z.string() })
    .nullable()
    .describe('Who wrote it down; null: the service itself'),
});

const viewOfTest = (test: UnitTest): z.input<typeof testView> => ({ ...test, testedAt: test.testedAt.toString() });

const TEST_EXAMPLE: z.input<typeof testView> = {
  id: '019aab2c-9d10-7d3e-9a52-4b1f0a6e8c21',
  unitId: UNIT_EXAMPLE.id,
  testedAt: '2026-11-22T09:00:00Z',
  result: 'failed',
  note: 'No output on the second rail',
  actor: { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'store' },
};

const addTest = defineWrite({
  ...common,
  method: 'post',
  path: '/units/{id}/tests',
  operationId: 'recordUnitTest',
  summary: 'Write down a test of a unit; one that failed in stock goes to quarantine at once',
  permission: 'inventory.write',
  errors: ['no-such-unit', 'unit-cannot-go', 'test-in-future'],
  status: 201,
  params: idParams,
  body: newUnitTestSchema,
  response: z.object({
    test: testView,
    isQuarantined: z.boolean().describe('It failed while it lay in stock, and lies in quarantine now'),
    unit: unitView,
  }),
  examples: {
    body: { testedAt: '2026-11-22T09:00:00Z', result: 'failed', note: 'No output on the second rail' },
    response: {
      test: TEST_EXAMPLE,
      isQuarantined: true,
      unit: { ...UNIT_EXAMPLE, state: 'quarantined', isUsable: false, version: 5 },
    },
  },
  handle: async (request) => {
    const { id } = request.params;
    const { test, isQuarantined } = await recordUnitTest(request.tx, request, id, request.body);
    const unit = await unitById(request.tx, id);
    return { body: { test: viewOfTest(test), isQuarantined, unit: viewOfUnit(unit) } };
  },
});

const tests = defineRead({
  ...common,
  path: '/units/{id}/tests',
  operationId: 'listUnitTests',
  summary: 'The tests of a unit, newest first',
  permission: 'inventory.read',
  errors: ['no-such-unit'],
  params: idParams,
  query: pageQueryBy(z.strictObject({ testedAt: z.iso.datetime(), id: z.uuid() })),
  response: pageSchema(testView),
  examples: { response: { items: [TEST_EXAMPLE], next: null } },
  handle: async ({ db, params, query }) => {
    await unitById(db, params.id);
    const rows = await testsOfUnit(db, params.id, { limit: query.limit + 1, after: query.after });
    const page = pageOf(rows, query.limit, (row) => row.key);
    return { body: { items: page.items.map(({ test }) => viewOfTest(test)), next: page.next } };
  },
});
