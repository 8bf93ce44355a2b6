import { z } from 'zod';
import { defineWrite, type Route } from '../http/route.ts';
import { changeUnits } from './unit-bulk.service.ts';
import { unitBulkSchema } from './unit-bulk.ts';

/** The same for many units at once. */
export const unitBulkRoutes = (): Route[] => [bulk];

const UNIT = '019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21';

const bulk = defineWrite({
  tag: 'units',
  method: 'post',
  path: '/units/bulk',
  operationId: 'changeUnits',
  summary: 'Move, quarantine, release, write off or judge many units, with an outcome for each',
  permission: 'inventory.write',
  errors: ['bulk-refused'],
  body: unitBulkSchema,
  response: z.object({
    batchId: z.uuid().describe('The movements and audit entries of this request share it'),
    isAtomic: z.boolean().describe('true: all of it was done, or the answer is a problem'),
    done: z.int(),
    refused: z.int(),
    items: z
      .array(
        z.object({
          unitId: z.uuid(),
          action: z.enum(['move', 'quarantine', 'release', 'retire', 'set-condition']),
          problem: z
            .object({ code: z.string(), message: z.string(), field: z.string() })
            .nullable()
            .describe('Null: it was done'),
        }),
      )
      .describe('In the order of the request'),
  }),
  examples: {
    body: {
      isAtomic: false,
      items: [{ unitId: UNIT, action: 'move', toLocationId: '019aab2c-8b45-7e1a-8c02-1d5f7b9a3c56' }],
    },
    response: {
      batchId: '019aab2c-9a10-7d3e-9a52-4b1f0a6e8c21',
      isAtomic: false,
      done: 1,
      refused: 0,
      items: [{ unitId: UNIT, action: 'move', problem: null }],
    },
  },
  handle: async (request) => {
    const { batchId, outcomes } = await changeUnits(request.tx, request, request.body);
    const refused = outcomes.filter(({ problem }) => problem !== null).length;
    const counts = { done: outcomes.length - refused, refused };
    return { body: { batchId, isAtomic: request.body.isAtomic, ...counts, items: [...outcomes] } };
  },
});
