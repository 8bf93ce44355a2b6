import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { lineText } from '../kernel/text.ts';

const fields = {
  vendor: lineText(80).describe('Who sells the right to use it'),
  name: lineText(160).describe('What people call it'),
  productVersion: lineText(40).nullable().describe('The version that it is; null when the right is for any version'),
};

/** A new licensed product. Vendor, name and version together are unique, whatever the case. */
export const newProductSchema = z.strictObject({ ...fields, productVersion: fields.productVersion.default(null) });

/** A change: what is named replaces what was there. */
export const productChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, { message: 'must change at least one field' });

export type NewProduct = z.infer<typeof newProductSchema>;
export type ProductChange = z.infer<typeof productChangeSchema>;

/** Something that one needs a right to use. */
export interface Product {
  readonly id: string;
  readonly vendor: string;
  readonly name: string;
  /** Null when the right is for any version. */
  readonly productVersion: string | null;
  readonly retired: Retirement | null;
  readonly version: number;
  readonly createdAt: Temporal.Instant;
  readonly updatedAt: Temporal.Instant;
}

/** When and why something was taken out of use for good. */
export interface Retirement {
  readonly at: Temporal.Instant;
  readonly reason: string;
}

/** How a product is written in one line: `Sample Co Database Standard 12`. */
export function productTitle({ vendor, name, productVersion }: Pick<Product, 'vendor' | 'name' | 'productVersion'>) {
  return [vendor, name, ...(productVersion === null ? [] : [productVersion])].join(' ');
}
