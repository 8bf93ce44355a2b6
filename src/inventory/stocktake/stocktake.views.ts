import { z } from 'zod';
import { MOVEMENT_EXAMPLE } from '../movement.views.ts';
import type { CountRecord } from './difference.queries.ts';
import {
  DIFFERENCE_ACTIONS,
  DIFFERENCE_KINDS,
  DIFFERENCE_OUTCOMES,
  DIFFERENCE_REASONS,
  type Difference,
  possibleActions,
} from './difference.ts';
import { COUNT_VERDICTS, STOCKTAKE_STATES, type Stocktake } from './stocktake.ts';

const named = z.object({ id: z.uuid(), name: z.string() });
const place = z.object({ id: z.uuid(), code: z.string() });

/** A stocktake as the API shows it. */
export const stocktakeView = z.object({
  id: z.uuid(),
  name: z.string(),
  location: place.describe('It covers what was in it at the opening'),
  isBlind: z.boolean(),
  tolerance: z.object({ pieces: z.int().nullable(), percent: z.number().nullable() }),
  note: z.string().nullable(),
  state: z.enum(STOCKTAKE_STATES),
  round: z.int().describe('1: the first count; each further one is of what a second person must count'),
  openedBy: named.nullable(),
  openedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable().describe('When the last count was closed'),
  endedBy: named.nullable(),
  endedAt: z.iso.datetime().nullable(),
  endedReason: z.string().nullable(),
  batchId: z.uuid().nullable().describe('The movements that posted it'),
  version: z.int().describe('Send it as If-Match with a change'),
});

export function viewOfStocktake(stocktake: Stocktake): z.input<typeof stocktakeView> {
  return {
    ...stocktake,
    openedAt: stocktake.openedAt.toString(),
    closedAt: stocktake.closedAt?.toString() ?? null,
    endedAt: stocktake.endedAt?.toString() ?? null,
  };
}

export const countedView = z.object({
  things: z
    .array(
      z.object({
        kind: z.enum(['unit', 'stock', 'unknown']).describe('unknown: nothing bears this code; it is kept as scanned'),
        unitId: z.uuid().nullable(),
        stockId: z.uuid().nullable(),
        partNumber: z.string().nullable(),
        serial: z.string().nullable(),
        locationCode: z.string().nullable(),
        counted: z.int(),
        verdict: z
          .enum(COUNT_VERDICTS)
          .describe(
            'again: counted before; elsewhere, not-in-stock: the register has the unit so, told by no blind count',
          ),
        before: z
          .object({ locationCode: z.string().nullable().describe('Null: it was absent'), counted: z.int() })
          .nullable()
          .describe('Its count before in this round; of a blind count, by you'),
        registered: z
          .object({ locationCode: z.string().nullable(), state: z.string() })
          .nullable()
          .describe('Where the register has a unit; null in a blind count'),
      }),
    )
    .describe('What each line was taken for, in their order; of a blind count nothing of what was expected'),
});

export const differenceView = z.object({
  id: z.uuid(),
  kind: z.enum(DIFFERENCE_KINDS),
  unit: z.object({ id: z.uuid(), serial: z.string() }).nullable(),
  stockId: z.uuid().nullable(),
  code: z.string().nullable().describe('What was scanned and nothing bears'),
  part: z.object({ id: z.uuid(), partNumber: z.string() }).nullable(),
  location: place.nullable().describe('Where the register had it'),
  seenAt: place.nullable(),
  registerState: z.string().nullable().describe('Of a unit, at the instant of the count'),
  expected: z.int().nullable().describe('At the instant of its count: opened with, plus the movements since'),
  counted: z.int().nullable(),
  needsSecond: z.boolean().describe('Above the tolerance: two people must count it alike'),
  countedBy: named.nullable(),
  confirmedBy: named.nullable().describe('Who else has counted the same'),
  proposal: z.enum(DIFFERENCE_ACTIONS),
  actions: z.array(z.enum(DIFFERENCE_ACTIONS)).describe('What can be done about it now'),
  action: z.enum(DIFFERENCE_ACTIONS).nullable(),
  reason: z.enum(DIFFERENCE_REASONS).nullable(),
  note: z.string().nullable(),
  outcome: z.enum(DIFFERENCE_OUTCOMES).nullable().describe('overtaken: the unit has moved since it was counted'),
});

export const viewOfDifference = (difference: Difference): z.input<typeof differenceView> => ({
  ...difference,
  actions: [...possibleActions(difference)],
});

export const sheetLineView = z.object({
  id: z.uuid().describe('The unit or stock row; it can be scanned as it is'),
  kind: z.enum(['unit', 'stock']),
  serial: z.string().nullable(),
  assetTag: z.string().nullable(),
  partNumber: z.string(),
  locationCode: z.string().nullable().describe('Where the register has it'),
  lot: z.string().nullable(),
  quantity: z.int().nullable().describe('Null in a second count, which is never told'),
});

export const countView = z.object({
  id: z.string().describe('A number; later counts have higher ones'),
  round: z.int(),
  thingId: z.uuid().nullable(),
  code: z.string().nullable(),
  locationCode: z.string().nullable(),
  counted: z.int(),
  source: z.enum(['scan', 'file', 'close']).describe('close: not counted, and so said to be absent'),
  countedBy: named,
  countedAt: z.iso.datetime(),
});

export const viewOfCount = (count: CountRecord): z.input<typeof countView> => ({
  ...count,
  countedAt: count.countedAt.toISOString(),
});

const [UNIT, PART, PLACE] = [
  { id: MOVEMENT_EXAMPLE.unit?.id ?? '', serial: 'SN-004217' },
  MOVEMENT_EXAMPLE.part,
  MOVEMENT_EXAMPLE.fromLocation ?? { id: '', code: '' },
];
const KEEPER = { id: '019aab2c-11aa-7f00-8a51-2b6f4d9e0c3d', name: 'store' };

export const STOCKTAKE_EXAMPLE: z.input<typeof stocktakeView> = {
  id: '019aab2c-9f10-7d3e-9a52-4b1f0a6e8c21',
  name: 'Autumn 2026, room 2',
  location: PLACE,
  isBlind: true,
  tolerance: { pieces: 0, percent: null },
  note: null,
  state: 'counting',
  round: 1,
  openedBy: KEEPER,
  openedAt: '2026-11-22T10:00:00Z',
  closedAt: null,
  endedBy: null,
  endedAt: null,
  endedReason: null,
  batchId: null,
  version: 1,
};

export const COUNTED_EXAMPLE: z.input<typeof countedView> = {
  things: [
    {
      kind: 'unit',
      unitId: UNIT.id,
      stockId: null,
      partNumber: PART.partNumber,
      serial: UNIT.serial,
      locationCode: PLACE.code,
      counted: 1,
      verdict: 'counted',
      before: null,
      registered: null,
    },
  ],
};

export const DIFFERENCE_EXAMPLE: z.input<typeof differenceView> = {
  id: '019aab2c-9f12-7d3e-9a52-4b1f0a6e8c21',
  kind: 'missing',
  unit: UNIT,
  stockId: null,
  code: null,
  part: PART,
  location: PLACE,
  seenAt: null,
  registerState: 'in_stock',
  expected: 1,
  counted: 0,
  needsSecond: true,
  countedBy: KEEPER,
  confirmedBy: null,
  proposal: 'mark-lost',
  actions: ['look-into', 'leave'],
  action: null,
  reason: null,
  note: null,
  outcome: null,
};

export const SHEET_EXAMPLE: z.input<typeof sheetLineView> = {
  id: UNIT.id,
  kind: 'unit',
  serial: UNIT.serial,
  assetTag: 'A-1042',
  partNumber: PART.partNumber,
  locationCode: PLACE.code,
  lot: null,
  quantity: 1,
};

export const COUNT_EXAMPLE: z.input<typeof countView> = {
  id: '731',
  round: 1,
  thingId: UNIT.id,
  code: UNIT.serial,
  locationCode: PLACE.code,
  counted: 1,
  source: 'scan',
  countedBy: KEEPER,
  countedAt: '2026-11-22T10:20:00Z',
};
