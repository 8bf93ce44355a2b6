import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../../kernel/text.ts';
import { PIECES_MAX } from '../movement.ts';
import { STOCK_CONDITIONS } from '../stock.ts';

/** `counting -> (recounting ->) review -> posted`; `cancelled` from every open one. */
export const STOCKTAKE_STATES = ['counting', 'recounting', 'review', 'posted', 'cancelled'] as const;
export type StocktakeState = (typeof STOCKTAKE_STATES)[number];

/** A count of everything that lies in a location and in what is inside it. */
export interface Stocktake {
  readonly id: string;
  readonly name: string;
  readonly location: { readonly id: string; readonly code: string };
  /** What is expected is not shown before the count is closed. */
  readonly isBlind: boolean;
  readonly tolerance: Tolerance;
  readonly note: string | null;
  readonly state: StocktakeState;
  /** 1 is the first count; each further one is of what a second person must count. */
  readonly round: number;
  readonly openedBy: Named | null;
  readonly openedAt: Temporal.Instant;
  readonly closedAt: Temporal.Instant | null;
  readonly endedBy: Named | null;
  readonly endedAt: Temporal.Instant | null;
  readonly endedReason: string | null;
  /** The movements that posted it. */
  readonly batchId: string | null;
  readonly version: number;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A difference above either bound asks for a second count by another person; null: no such bound. */
interface Tolerance {
  readonly pieces: number | null;
  /** Of what was expected. */
  readonly percent: number | null;
}

export const newStocktakeSchema = z.strictObject({
  locationId: z.uuid().toLowerCase().describe('It covers this location and everything in it'),
  name: lineText(120).describe('What people call it'),
  isBlind: z.boolean().default(true).describe('Expected figures are not shown before the count is closed'),
  tolerance: z
    .strictObject({
      pieces: z.int().min(0).max(PIECES_MAX).nullable().default(null).describe('So many pieces; null: no such bound'),
      percent: z.number().min(0).max(100).nullable().default(null).describe('Of what was expected; null: no bound'),
    })
    .default({ pieces: 0, percent: null })
    .describe('What differs by more than either is counted again by another person; 0 pieces unless stated'),
  note: lineText(1000).optional().describe('Anything else'),
});
export type NewStocktake = z.infer<typeof newStocktakeSchema>;

/** Lines of one request. */
const LINES_MAX = 1000;

const countedAt = z.iso
  .datetime({ offset: true })
  .describe('When it was looked at, between the opening and now; left out: now');

const place = lineText(40).describe('The code of the location where it lies');

/** What was scanned, or looked for. */
export const countLineSchema = z.strictObject({
  scan: lineText(120).describe(
    'What the label says: asset tag, serial or part number; or the id of a unit or stock row',
  ),
  quantity: z.int().min(0).max(PIECES_MAX).optional().describe('Pieces of a bulk part that lie there, all of them'),
  location: place.optional(),
  lot: lineText(80).optional().describe('Of a bulk part, where several lots lie in one place'),
  condition: z.enum(STOCK_CONDITIONS).default('usable').describe('Of a bulk part: quarantined pieces lie apart'),
  isAbsent: z.boolean().default(false).describe('Of a unit: it was looked for and is not there'),
  countedAt: countedAt.optional(),
});
export type CountLine = z.infer<typeof countLineSchema>;

/** What one person counted. */
export const countsSchema = z.strictObject({
  lines: z
    .array(countLineSchema)
    .min(1)
    .max(LINES_MAX)
    .describe('All of it or nothing; the last count of a thing stands'),
  location: place.optional().describe('Where the lines lie that state no location'),
  countedAt: countedAt.optional().describe('When the lines were looked at that do not state it'),
});
export type Counts = Omit<z.infer<typeof countsSchema>, 'lines'> & { readonly lines: readonly CountLine[] };

/** The same as CSV, with the columns scan, quantity, location, lot, condition, absent, counted_at. */
export const countFileSchema = z.strictObject({
  csv: z
    .string()
    .min(1)
    .max(800_000)
    .describe('Columns: scan; and quantity, location, lot, condition, absent (yes), counted_at'),
  location: place.optional().describe('Where the lines lie that state no location'),
  countedAt: countedAt.optional().describe('When the lines were looked at that do not state it'),
});

/** What a line of a count was taken for, in the order of the lines. */
export interface CountedThing {
  readonly kind: 'unit' | 'stock' | 'unknown';
  readonly unitId: string | null;
  readonly stockId: string | null;
  readonly partNumber: string | null;
  /** The serial of a unit. */
  readonly serial: string | null;
  readonly locationCode: string | null;
  readonly counted: number;
  readonly verdict: CountVerdict;
  /** How it was counted before in this round; of a blind count under way, by whoever counts now. */
  readonly before: ThingCountedBefore | null;
  /** Where the register has a unit, and in which state; null in a blind count. */
  readonly registered: { readonly locationCode: string | null; readonly state: string } | null;
}

/**
 * What whoever counts is told at once: `again` was counted before in this round, `elsewhere` is a unit that the register has at
 * another place, `not-in-stock` one that it has handed out, in service, in repair, lost or written off. A blind count knows
 * neither of the last two.
 */
export const COUNT_VERDICTS = ['counted', 'again', 'elsewhere', 'not-in-stock', 'unknown'] as const;
export type CountVerdict = (typeof COUNT_VERDICTS)[number];

/** An earlier count of the same thing; without a place: it was said to be absent. */
export interface ThingCountedBefore {
  readonly locationCode: string | null;
  readonly counted: number;
}

export const closeSchema = z.strictObject({
  leaveUnconfirmed: z
    .boolean()
    .default(false)
    .describe('End a second count that is not complete: what no second person has counted alike stays as it is'),
});

export const cancelSchema = z.strictObject({ reason: lineText(500).describe('Why; nothing is posted') });
