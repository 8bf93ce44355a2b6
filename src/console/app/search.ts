/** Reads the part of an address behind the question mark. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** The other way round; what is undefined or empty is left out. */
export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

/**
 * For a route's `validateSearch`: keeps the parameters that the page knows, and of those with a list of choices only what is on
 * it. So an address that somebody typed wrong still opens its page.
 */
export function searchOf<const Known extends Readonly<Record<string, readonly string[] | 'text'>>>(known: Known) {
  type Result = { [K in keyof Known]?: (Known[K] extends readonly (infer Choice)[] ? Choice : string) | undefined };
  return (given: Record<string, unknown>): Result =>
    Object.fromEntries(
      Object.entries(known).flatMap(([key, choices]) => {
        const value = given[key];
        const isKnown = typeof value === 'string' && (choices === 'text' || choices.includes(value));
        return isKnown ? [[key, value]] : [];
      }),
    ) as Result;
}

/** What is stated of some parameters: those that are undefined are left out, as the types of the API want them. */
export function stated<Values extends object>(values: Values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Values]?: Exclude<Values[Name], undefined>;
  };
}
