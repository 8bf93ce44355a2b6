import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';
import type { Retirement } from './product.ts';

/** Bytes of the longest key: a licence file fits, and its sealed form fits its column. */
const KEY_BYTES_MAX = 12_000;

/** Kept as it is, outer blanks and line breaks too: some keys are signed files. */
const keyText = z
  .string()
  .min(1)
  .max(KEY_BYTES_MAX)
  .refine((text) => text.trim() !== '' && text.isWellFormed() && !/[^\P{Cc}\t\n\r]/u.test(text), {
    message: 'must be text without control characters',
  })
  .refine((text) => Buffer.byteLength(text) <= KEY_BYTES_MAX, { message: `must be ${KEY_BYTES_MAX} bytes at most` });

/** A new key of an entitlement, or of one seat of it. */
export const newLicenceKeySchema = z.strictObject({
  entitlementId: z.uuid().toLowerCase().describe('The entitlement that it belongs to'),
  seat: lineText(120)
    .nullable()
    .default(null)
    .describe('Which seat it belongs to, as people name it; null for the entitlement as a whole'),
  key: keyText.describe('The key itself. It is stored sealed, and shown only with a permission and a recorded reason'),
});

export type NewLicenceKey = z.infer<typeof newLicenceKeySchema>;

/** What may be known of a licence key without revealing it. */
export interface LicenceKey {
  readonly id: string;
  readonly entitlement: { readonly id: string; readonly name: string };
  /** Null for the entitlement as a whole. */
  readonly seat: string | null;
  readonly withdrawn: Retirement | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
}
