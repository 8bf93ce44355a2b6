import { z } from 'zod';

/** Parameters of a path with one `{id}`. */
export const idParams = z.strictObject({ id: z.uuid().describe('The id, a UUID') });

/** A whole number in a query string: decimal digits only, so neither `1e3` nor `0x10` nor an empty value passes. */
export function queryInteger(bounds: { readonly min: number; readonly max: number }) {
  return z.preprocess(
    (text) => (typeof text === 'string' && /^-?\d{1,15}$/.test(text) ? Number(text) : text),
    z.int().min(bounds.min).max(bounds.max),
  );
}

/** A yes or no in a query string: `true` or `false`, nothing else. */
export function queryBoolean() {
  return z.preprocess((text) => (text === 'true' ? true : text === 'false' ? false : text), z.boolean());
}
