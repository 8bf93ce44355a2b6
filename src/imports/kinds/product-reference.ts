import { lineText } from '../../kernel/text.ts';
import { newProductSchema } from '../../licences/product.ts';
import { textCell } from '../cell.ts';
import type { ImportField } from '../import-kind.ts';

const { vendor, name } = newProductSchema.shape;

/** The columns that say of which licensed product something is. */
export const PRODUCT_FIELDS: readonly ImportField[] = [
  {
    name: 'vendor',
    description: 'Who sells the right to use it',
    aliases: ['manufacturer', 'publisher'],
    read: textCell(vendor),
    isKey: true,
  },
  {
    name: 'product',
    description: 'What people call the product',
    aliases: ['product name', 'software', 'software name'],
    read: textCell(name),
    isKey: true,
  },
  {
    name: 'product_version',
    description: 'The version that it is; empty: the right is for any version',
    aliases: ['version'],
    read: textCell(lineText(40)),
  },
];

/** Joins `product`, the product that `s` names. */
export const PRODUCT_JOIN = `LEFT JOIN licence_product product ON lower(product.vendor) = lower(s.vendor)
    AND lower(product.name) = lower(s.product) AND lower(product.product_version) = lower(coalesce(s.product_version, ''))`;

export const PRODUCT_CANONICAL = {
  vendor: 'coalesce(product.vendor, s.vendor)',
  product: 'coalesce(product.name, s.product)',
  product_version: 'coalesce(product.product_version, s.product_version)',
};

/** What is the same for all lines of one product. */
export const SAME_PRODUCT = `lower(s.vendor), lower(s.product), lower(coalesce(s.product_version, ''))`;
