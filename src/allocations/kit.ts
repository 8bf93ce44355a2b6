import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText, longText } from '../kernel/text.ts';

/** As many kits as one line of a basket can ask for. */
const KITS_MAX = 50;

const id = z.uuid().toLowerCase();
const quantity = z.int().min(1).max(10_000);

const line = z.union([
  z.strictObject({ partId: id, quantity }).describe('Pieces of a part'),
  z.strictObject({ productId: id, quantity }).describe('Seats of a licensed product'),
  z.strictObject({ deviceModelId: id, quantity }).describe('What serves in place of so many failed devices'),
]);

const fields = {
  name: lineText(120).describe('Unique among kits, whatever the case'),
  note: longText(1000).describe('What it is good for; empty for nothing to say'),
  lines: z
    .array(line)
    .min(1)
    .max(100)
    .refine((lines) => new Set(lines.map(thingOf)).size === lines.length, { message: 'must name each thing once' })
    .describe('What goes into one kit'),
};

/** A new kit. */
export const newKitSchema = z.strictObject({ ...fields, note: fields.note.default('') });

/** A change: what is named replaces what was there, the lines as a whole. */
export const kitChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

/** A line of a basket that asks for whole kits. */
export const kitWish = z.strictObject({
  kitId: id,
  quantity: z.int().min(1).max(KITS_MAX).default(1),
  assignee: lineText(160).optional().describe('Who or what sits on its seats: a user, a device'),
});

export type KitLineWish = z.infer<typeof line>;
export type NewKit = z.infer<typeof newKitSchema>;
export type KitChange = z.infer<typeof kitChangeSchema>;

/** What one line of a kit stands for, with the name that people know it by. */
export interface KitLine {
  readonly kind: 'part' | 'product' | 'device-model';
  readonly id: string;
  readonly name: string;
  readonly quantity: number;
}

/** A named set of things that go out together. */
export interface Kit {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly lines: readonly KitLine[];
  readonly retired: { readonly at: Temporal.Instant; readonly reason: string } | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** The id of what a line stands for. */
export function thingOf(wish: KitLineWish): string {
  if ('partId' in wish) return wish.partId;
  return 'productId' in wish ? wish.productId : wish.deviceModelId;
}
