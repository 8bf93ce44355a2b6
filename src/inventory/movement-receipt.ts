import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import { PIECES_MAX } from './movement.ts';
import { day, instant, unitFacts } from './unit.ts';

/** Lines of one receipt. */
const LINES_MAX = 500;

const partId = z.uuid().toLowerCase().describe('The part, in use');
const locationId = z.uuid().toLowerCase().describe('Where it lies from now on');

const unitLine = z.strictObject({
  kind: z.literal('unit').describe('One serialised piece'),
  partId,
  locationId,
  serial: lineText(80).describe('Unique among the units of the part, whatever the case'),
  assetTag: unitFacts.assetTag.optional(),
  condition: unitFacts.condition.default('new'),
  isQuarantined: z.boolean().default(false).describe('It waits in quarantine first; a damaged one always does'),
  supplier: unitFacts.supplier.optional(),
  firmware: unitFacts.firmware.optional(),
  warrantyUntil: unitFacts.warrantyUntil.optional(),
  expiresOn: unitFacts.expiresOn
    .optional()
    .describe("The last day of its shelf life; left out: counted from the part's"),
  lastTestedAt: instant().optional().describe('When it was last tested; left out: as if on receipt'),
  note: unitFacts.note.optional(),
});

const bulkLine = z.strictObject({
  kind: z.literal('bulk').describe('Pieces of a bulk part'),
  partId,
  locationId,
  quantity: z.int().min(1).max(PIECES_MAX).describe('So many pieces'),
  lot: lineText(80).optional().describe('The lot or batch that the maker names'),
  expiresOn: day().optional().describe("The last day of their shelf life; left out: counted from the part's"),
});

export type ReceiptUnitLine = z.infer<typeof unitLine>;
export type ReceiptBulkLine = z.infer<typeof bulkLine>;

/** Things come into the register: all of them or nothing. */
export const receiptSchema = z.strictObject({
  lines: z
    .array(z.discriminatedUnion('kind', [unitLine, bulkLine]))
    .min(1)
    .max(LINES_MAX)
    .describe('What has come: all of it or nothing'),
  receivedAt: instant().optional().describe('When it came; left out: now'),
  reference: lineText(120).optional().describe('Delivery note, order, ticket'),
  reason: lineText(500).optional().describe('Kept with the movements for good'),
});

export type Receipt = z.infer<typeof receiptSchema>;
