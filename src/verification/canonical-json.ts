/** What canonical JSON can hold: no fractions, no `undefined`, no `null`. */
export type CanonicalValue =
  | string
  | number
  | boolean
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

/**
 * The canonical form of a value: keys in the order of their UTF-16 code units, absent keys left out, no white space.
 * It is RFC 8785 (JCS) restricted to strings, booleans and safe integers, where `JSON.stringify` already writes
 * exactly what the RFC asks for.
 *
 * @throws {TypeError} for a number that is not a safe integer.
 */
export function canonicalJson(value: CanonicalValue): string {
  return JSON.stringify(sorted(value));
}

/** The same value with the same key order, laid out for people: two spaces, a newline at the end. */
export function canonicalDocument(value: CanonicalValue): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: CanonicalValue): CanonicalValue {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new TypeError(`canonical JSON holds safe integers only, not ${value}`);
  }
  if (typeof value !== 'object') return value;
  if (isList(value)) return value.map(sorted);
  const keys = Object.keys(value).sort();
  // A null prototype keeps a key named __proto__ an ordinary key.
  const result: Record<string, CanonicalValue> = Object.create(null);
  for (const key of keys) {
    const member = value[key];
    if (member !== undefined) result[key] = sorted(member);
  }
  return result;
}

function isList(value: object): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}
