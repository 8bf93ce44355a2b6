import type { ImportKind } from '../import-kind.ts';
import { CHECKOUTS } from './checkout.kind.ts';
import { ENTITLEMENTS } from './entitlement.kind.ts';
import { FITS } from './fit.kind.ts';
import { INSTALLATIONS } from './installation.kind.ts';
import { LOCATIONS } from './location.kind.ts';
import { PARTS } from './part.kind.ts';
import { PERSONS } from './person.kind.ts';
import { PRODUCTS } from './product.kind.ts';
import { STOCK } from './stock.kind.ts';
import { UNITS } from './unit.kind.ts';

/** Every kind that can be brought in and given out, in the order in which a new team brings them in. */
export const IMPORT_KINDS: readonly ImportKind[] = [
  LOCATIONS,
  PARTS,
  FITS,
  UNITS,
  STOCK,
  PRODUCTS,
  ENTITLEMENTS,
  INSTALLATIONS,
  PERSONS,
  CHECKOUTS,
];

export const KIND_NAMES = [
  'locations',
  'parts',
  'fits',
  'units',
  'stock',
  'products',
  'entitlements',
  'installations',
  'persons',
  'checkouts',
] as const;
export type KindName = (typeof KIND_NAMES)[number];

/** The kind of a name. */
export function kindNamed(name: string): ImportKind {
  const kind = IMPORT_KINDS.find((candidate) => candidate.name === name);
  if (!kind) throw new Error(`there is no kind ${name}: ${KIND_NAMES.join(', ')}`);
  return kind;
}
