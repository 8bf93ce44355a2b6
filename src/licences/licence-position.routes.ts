import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineDocument, defineRead, type Route } from '../http/route.ts';
import { guarded } from '../imports/formula.ts';
import { licencePositions } from './licence-position.queries.ts';
import { type LicencePosition, POSITION_BASES } from './licence-position.ts';
import { productById } from './product.queries.ts';

/** Whether what is used is owned. */
export const licencePositionRoutes = (): Route[] => [getOne, list, csv];

const common = { tag: 'licences', permission: 'licence.read' } as const;

const at = z.iso
  .datetime({ offset: true })
  .optional()
  .describe('At this instant; now, unless stated. Of the past as far as the data goes: see changedSince');

const positionView = z.object({
  product: z.object({ id: z.uuid(), vendor: z.string(), name: z.string(), productVersion: z.string().nullable() }),
  at: z.iso.datetime(),
  lines: z
    .array(
      z.object({
        basis: z.enum(POSITION_BASES).describe('Seats of one metric, or installations against all that is owned'),
        owned: z.int().describe('Seats of entitlements that are in force'),
        inUse: z.int().describe('Seats that are handed out, or installations that are there'),
        reserved: z.int().describe('Held or promised, and not yet handed out'),
        over: z.int().describe('In use and not owned'),
        under: z.int().describe('Owned, and neither in use nor reserved'),
      }),
    )
    .describe('Each stands for itself: what one has too much covers nothing of another'),
  isOver: z.boolean(),
  changedSince: z
    .int()
    .describe('Entitlements changed after the instant: what was owned then may have been another number'),
});

const viewOf = ({ product, at: instant, lines, changedSince }: LicencePosition): z.input<typeof positionView> => ({
  product,
  at: instant,
  lines: [...lines],
  isOver: lines.some(({ over }) => over > 0),
  changedSince,
});

const EXAMPLE: z.input<typeof positionView> = {
  product: {
    id: '019aab2c-a142-7c5d-8f33-6a7b8c9d0e1f',
    vendor: 'Example Systems',
    name: 'Database Standard',
    productVersion: null,
  },
  at: '2026-11-22T10:00:00Z',
  lines: [
    { basis: 'core', owned: 64, inUse: 48, reserved: 8, over: 0, under: 8 },
    { basis: 'installations', owned: 64, inUse: 66, reserved: 0, over: 2, under: 0 },
  ],
  isOver: true,
  changedSince: 0,
};

const getOne = defineRead({
  ...common,
  path: '/licence-products/{id}/position',
  operationId: 'getLicencePosition',
  summary: 'What is owned, in use, reserved, over and under of a product; over-use is never hidden',
  errors: ['no-such-product'],
  params: idParams,
  query: z.strictObject({ at }),
  response: positionView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params, query }) => {
    const { id: productId } = await productById(db, params.id);
    const [position] = await licencePositions(db, { productId, at: query.at, limit: 1 });
    if (!position) throw new Error('the product was there a moment ago');
    return { body: viewOf(position) };
  },
});

const list = defineRead({
  ...common,
  path: '/licence-positions',
  operationId: 'listLicencePositions',
  summary: 'The position of every product',
  query: pageQuery.extend({ at }),
  response: pageSchema(positionView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query }) => {
    const rows = await licencePositions(db, { ...query, limit: query.limit + 1 });
    const page = pageOf(rows, query.limit, ({ product }) => product.id);
    return { body: { items: page.items.map(viewOf), next: page.next } };
  },
});

const csv = defineDocument({
  ...common,
  path: '/licence-positions.csv',
  operationId: 'exportLicencePositions',
  summary: 'The position of every product as CSV, a line for each count',
  contentTypes: ['text/csv'],
  query: z.strictObject({ at }),
  handle: async ({ db, query }) => {
    // All lines speak of one instant.
    const instant = query.at ?? new Date().toISOString();
    return {
      contentType: 'text/csv; charset=utf-8',
      content: positionsCsv(db, instant),
      fileName: 'licence-positions.csv',
    };
  },
});

const COLUMNS = ['vendor', 'product', 'product_version', 'basis', 'owned', 'in_use', 'reserved', 'over', 'under', 'at'];
const BATCH_PRODUCTS = 200;

async function* positionsCsv(db: Queryable, instant: string): AsyncGenerator<string> {
  yield stringify([COLUMNS], { bom: true });
  for (let after: string | undefined; ; ) {
    const batch = await licencePositions(db, { at: instant, after, limit: BATCH_PRODUCTS });
    yield stringify(batch.flatMap(rowsOf));
    if (batch.length < BATCH_PRODUCTS) return;
    after = batch.at(-1)?.product.id;
  }
}

function rowsOf({ product, at: instant, lines }: LicencePosition): string[][] {
  const { vendor, name, productVersion } = product;
  const named = [vendor, name, productVersion ?? ''].map(guarded);
  return lines.map(({ basis, owned, inUse, reserved, over, under }) => [
    ...named,
    basis,
    ...[owned, inUse, reserved, over, under].map(String),
    instant,
  ]);
}
