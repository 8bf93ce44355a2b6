/** One line of what an entry changed. */
export interface Difference {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What the details of an entry say: what changed, and the rest. */
export interface ReadDetails {
  readonly differences: readonly Difference[];
  readonly facts: readonly (readonly [field: string, value: unknown])[];
}

type Details = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Details =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The two names that entries give to what was there and to what came instead. */
const PAIRS = [
  ['before', 'after'],
  ['from', 'to'],
] as const;

/**
 * Reads the details of an entry. A change stands in them as `{ before, after }` or `{ from, to }` (of the thing or of one
 * field), or as `before` beside the fields as they are now; whatever is neither is a fact.
 */
export function readDetails(details: Details): ReadDetails {
  const pair = PAIRS.find(([old, now]) => isObject(details[old]) && isObject(details[now]));
  if (pair) {
    const { [pair[0]]: before, [pair[1]]: after, ...rest } = details;
    return withRest(compare(before as Details, after as Details), rest);
  }
  if (isObject(details.before) && !('after' in details)) {
    const { before, ...rest } = details;
    const named = Object.keys(before as Details).filter((field) => field in rest);
    const now = Object.fromEntries(named.map((field) => [field, rest[field]]));
    const others = Object.fromEntries(Object.entries(rest).filter(([field]) => !named.includes(field)));
    return withRest(compare(before as Details, now), others);
  }
  return withRest([], details);
}

function withRest(found: readonly Difference[], rest: Details): ReadDetails {
  const differences = [...found];
  const facts: (readonly [string, unknown])[] = [];
  for (const [field, value] of Object.entries(rest)) {
    const pair = isObject(value) ? pairOf(value) : undefined;
    const listed = listedPairs(value);
    if (pair) differences.push({ field, ...pair });
    else if (listed) differences.push(...listed);
    else facts.push([field, value]);
  }
  return { differences, facts };
}

function pairOf(value: Details): Pick<Difference, 'before' | 'after'> | undefined {
  const keys = Object.keys(value);
  const pair = keys.length === 2 && PAIRS.find(([old, now]) => old in value && now in value);
  return pair ? { before: value[pair[0]], after: value[pair[1]] } : undefined;
}

/** A list of changes that each name their field in words of their own, as those of the SLA policy do. */
function listedPairs(value: unknown): Difference[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (!value.every((each) => isObject(each) && 'before' in each && 'after' in each)) return undefined;
  return value.map(({ before, after, ...names }: Details) => ({
    field: Object.values(names)
      .filter((name) => typeof name === 'string')
      .join(' · '),
    before,
    after,
  }));
}

function compare(before: Details, after: Details, path = ''): Difference[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((field) => {
    const [old, now] = [before[field], after[field]];
    if (isObject(old) && isObject(now)) return compare(old, now, `${path}${field}.`);
    return JSON.stringify(old) === JSON.stringify(now) ? [] : [{ field: path + field, before: old, after: now }];
  });
}
