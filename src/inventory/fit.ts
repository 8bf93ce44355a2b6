import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { longText } from '../kernel/text.ts';
import type { PartRef } from './part.ts';

/** Edges from one device model or one part: what anybody could rank. It bounds the search for spares. */
export const FITS_OF_ONE_MAX = 100;

const fields = {
  rank: z.int().min(1).max(1000).describe('1 is the best; parts of the same rank are equally good'),
  quantity: z.int().min(1).max(1000).describe('Pieces that stand for one of what failed'),
  conditions: longText(1000)
    .transform((text) => (text === '' ? null : text))
    .nullable()
    .describe('What has to be accepted, or null'),
};

/** A new fit of a part: what it serves in place of, and how well. */
export const newFitSchema = z
  .strictObject({
    deviceModelId: z.uuid().toLowerCase().optional().describe('The model of device that it serves for'),
    replacedPartId: z.uuid().toLowerCase().optional().describe('Or the part that it stands in for'),
    ...fields,
    quantity: fields.quantity.default(1),
    conditions: fields.conditions.default(null),
  })
  .refine((fit) => (fit.deviceModelId === undefined) !== (fit.replacedPartId === undefined), {
    message: 'must name a device model or a part, and not both',
  });

/** A change: what is named replaces what was there. What a part serves for is decided once: make another fit. */
export const fitChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewFit = z.infer<typeof newFitSchema>;
export type FitChange = z.infer<typeof fitChangeSchema>;

/** A directed edge: `part` serves in place of one device, or of one piece of another part. Never the other way round. */
export interface Fit {
  readonly id: string;
  readonly part: PartRef;
  readonly deviceModel: { readonly id: string; readonly manufacturer: string; readonly model: string } | null;
  readonly replacedPart: PartRef | null;
  readonly rank: number;
  readonly quantity: number;
  readonly conditions: string | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}
