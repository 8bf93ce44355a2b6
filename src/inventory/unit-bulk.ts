import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { unitFacts } from './unit.ts';

/** Units of one request. */
const ITEMS_MAX = 1000;

const common = {
  unitId: z.uuid().toLowerCase().describe('The unit'),
  version: z.int().min(1).max(2_147_483_647).optional().describe('As it was read; refused when it has changed since'),
};
const reason = lineText(500).describe('Why; kept with the movement for good');

const item = z.discriminatedUnion('action', [
  z.strictObject({
    ...common,
    action: z.literal('move').describe('It goes to another location'),
    toLocationId: z.uuid().toLowerCase().describe('Where it goes'),
    reason: reason.optional(),
  }),
  z.strictObject({ ...common, action: z.literal('quarantine').describe('It is kept from being handed out'), reason }),
  z.strictObject({
    ...common,
    action: z.literal('release').describe('It is given back to the stock'),
    reason: reason.optional(),
  }),
  z.strictObject({ ...common, action: z.literal('retire').describe('It is written off for good'), reason }),
  z.strictObject({
    ...common,
    action: z.literal('set-condition').describe('How good it is'),
    condition: unitFacts.condition,
  }),
]);

/** What is to be done with many units, each by itself. */
export const unitBulkSchema = z.strictObject({
  isAtomic: z
    .boolean()
    .describe('true: all of it or nothing; false: what can be done is done, and the answer says what not'),
  items: z
    .array(item)
    .min(1)
    .max(ITEMS_MAX)
    .refine((items) => new Set(items.map(({ unitId }) => unitId)).size === items.length, {
      message: 'must name each unit once',
    })
    .describe('One act for each unit'),
});
export type UnitBulk = z.infer<typeof unitBulkSchema>;
export type UnitBulkItem = UnitBulk['items'][number];

/** What became of one item. */
export interface UnitBulkOutcome {
  readonly unitId: string;
  readonly action: UnitBulkItem['action'];
  /** Null: it was done. */
  readonly problem: UnitBulkProblem | null;
}

/** Why an item was not done. */
export interface UnitBulkProblem {
  /** As the act alone would answer it: `unit-cannot-go`. */
  readonly code: string;
  readonly message: string;
  /** What of the request it is about: `#/items/3/toLocationId`. */
  readonly field: string;
}
