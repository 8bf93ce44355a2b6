import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import type { MovementKind } from './movement-line.ts';
import type { UnitState } from './unit-state.ts';

/** One line of the append-only ledger. */
export interface Movement {
  /** Numbers of one unit or stock row follow its history. */
  readonly id: string;
  /** One act of one person: its lines share it. */
  readonly batchId: string;
  readonly kind: MovementKind;
  readonly part: { readonly id: string; readonly partNumber: string };
  readonly quantity: number;
  readonly unit: { readonly id: string; readonly serial: string } | null;
  /** Null with `to` set: the unit came into the register. */
  readonly fromState: UnitState | null;
  readonly toState: UnitState | null;
  readonly fromStockId: string | null;
  readonly toStockId: string | null;
  readonly fromLocation: { readonly id: string; readonly code: string } | null;
  readonly toLocation: { readonly id: string; readonly code: string } | null;
  readonly service: { readonly id: string; readonly name: string } | null;
  /** The line of an allocation that it carried out. */
  readonly lineId: string | null;
  readonly reason: string | null;
  readonly reference: string | null;
  /** Null: the service itself. */
  readonly actor: { readonly id: string; readonly name: string } | null;
  readonly occurredAt: Temporal.Instant;
  readonly recordedAt: Temporal.Instant;
}

/** Lines of one request. */
const LINES_MAX = 200;

/** The largest quantity of one line. */
export const PIECES_MAX = 1_000_000_000;

const id = (what: string) => z.uuid().toLowerCase().describe(what);
const unit = { kind: z.literal('unit').describe('One serialised piece'), unitId: id('The unit') };
const stock = { kind: z.literal('stock').describe('Pieces of one stock row'), stockId: id('The stock row') };
const quantity = z.int().min(1).max(PIECES_MAX).describe('So many pieces');

const reason = lineText(500).describe('Why; kept with the movements for good');
const reference = lineText(120).optional().describe('A number elsewhere: a ticket, a delivery note');

/** Whether no unit is named twice: the second line would move what the first one has moved. */
const eachUnitOnce = (lines: readonly { kind: string; unitId?: string }[]) => {
  const ids = lines.flatMap((line) => (line.unitId === undefined ? [] : [line.unitId]));
  return new Set(ids).size === ids.length;
};

const linesOf = <Line extends z.ZodType<{ kind: string; unitId?: string }>>(line: Line) =>
  z
    .array(line)
    .min(1)
    .max(LINES_MAX)
    .refine(eachUnitOnce, { message: 'must name each unit once' })
    .describe('What moves: all of it or nothing');

/** Things go to another location. */
export const transferSchema = z.strictObject({
  lines: linesOf(
    z.discriminatedUnion('kind', [
      z.strictObject({ ...unit, toLocationId: id('Where it goes') }),
      z.strictObject({ ...stock, quantity, toLocationId: id('Where they go') }),
    ]),
  ),
  reason: reason.optional(),
  reference,
});

/** The register is put right: pieces that turned up or are gone, units that are lost or found. */
export const adjustmentSchema = z.strictObject({
  lines: linesOf(
    z.discriminatedUnion('kind', [
      z.strictObject({
        ...unit,
        outcome: z.enum(['lost', 'found']).describe('Found: a lost or deployed unit lies with us again'),
        locationId: id('Where it was found; it stays away when a unit is lost').optional(),
      }),
      z.strictObject({
        ...stock,
        change: z
          .int()
          .min(-PIECES_MAX)
          .max(PIECES_MAX)
          .refine((change) => change !== 0, { message: 'must not be 0' })
          .describe('Pieces more, or fewer when negative'),
      }),
    ]),
  ).superRefine((lines, context) => {
    for (const [index, line] of lines.entries()) {
      if (line.kind !== 'unit' || (line.outcome === 'found') === (line.locationId !== undefined)) continue;
      const message = line.outcome === 'found' ? 'is needed: where does it lie now?' : 'must be left out: it is lost';
      context.addIssue({ code: 'custom', path: [index, 'locationId'], message });
    }
  }),
  reason,
  reference,
});

const pickedLines = linesOf(
  z.discriminatedUnion('kind', [z.strictObject(unit), z.strictObject({ ...stock, quantity })]),
);

/** Things that must not be handed out until somebody has looked at them. */
export const quarantineSchema = z.strictObject({ lines: pickedLines, reason, reference });

/** Quarantined things are good after all. */
export const releaseSchema = z.strictObject({ lines: pickedLines, reason: reason.optional(), reference });

/** Things are written off. */
export const scrapSchema = z.strictObject({ lines: pickedLines, reason, reference });

/** What was seen on a round through the store. */
export const countSchema = z.strictObject({
  lines: linesOf(
    z.discriminatedUnion('kind', [
      z.strictObject({
        ...unit,
        locationId: id('Where it was seen; left out: where the register has it').optional(),
      }),
      z.strictObject({
        ...stock,
        counted: z.int().min(0).max(PIECES_MAX).describe('Pieces that lie there'),
        expected: z
          .int()
          .min(0)
          .max(PIECES_MAX)
          .optional()
          .describe('What the register said while counting: refused when pieces have moved since'),
      }),
    ]),
  ),
  reason: reason.optional(),
  reference,
});

export type Transfer = z.infer<typeof transferSchema>;
export type Adjustment = z.infer<typeof adjustmentSchema>;
export type Quarantine = z.infer<typeof quarantineSchema>;
export type Release = z.infer<typeof releaseSchema>;
export type Scrap = z.infer<typeof scrapSchema>;
export type Count = z.infer<typeof countSchema>;
