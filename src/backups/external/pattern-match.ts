import type { PatternSegment, PatternToken, PointPattern, TimePart } from './point-pattern.ts';

/** What the time in a name says, as far as the name holds it. */
export type TimeFields = Readonly<Partial<Record<TimePart, number>>>;

/** How a path fits a pattern. */
export interface PatternMatch {
  readonly fields: TimeFields;
  /** The parts of the time as they are written. */
  readonly written: Readonly<Partial<Record<TimePart, string>>>;
}

/**
 * Whether a path (from the root, `/`-separated, no `/` at either end) fits, and what its time says; undefined when it does not,
 * or the date is none (`20260231`). Each `*` and `**` takes as little as it can. The cost is bounded by the product of the
 * lengths of a segment and its pattern.
 */
export function matchPath(pattern: PointPattern, path: string): PatternMatch | undefined {
  const { segments } = pattern;
  const names = path.split('/');
  const found: Found = { fields: {}, written: {} };
  let at = 0;
  let name = 0;
  // Only the last ** before here has to give way: taking as little as possible, the ones before it left it all the rest.
  let retry: { readonly at: number; name: number } | undefined;
  while (name < names.length) {
    const segment = segments[at];
    if (segment === 'any-depth') {
      retry = { at, name };
      at += 1;
    } else if (segment !== undefined && matchSegment(segment, names[name] ?? '', found)) {
      at += 1;
      name += 1;
    } else if (retry !== undefined) {
      retry.name += 1;
      name = retry.name;
      at = retry.at + 1;
    } else {
      return undefined;
    }
  }
  while (segments[at] === 'any-depth') at += 1;
  if (at < segments.length || !isDate(found.fields)) return undefined;
  return found;
}

/** The pattern with its time filled in and its wildcards kept: the same for all files of one time. */
export function groupOf({ segments }: PointPattern, match: PatternMatch): string {
  return segments.map((segment) => filledIn(segment, match)).join('/');
}

/** Whether anything that fits can lie below a directory (a path from the root; `''` is the root). */
export function mayHold({ segments }: PointPattern, directory: string): boolean {
  let reached = withSkipped(segments, [0]);
  for (const name of directory === '' ? [] : directory.split('/')) {
    const next: number[] = [];
    for (const at of reached) {
      const segment = segments[at];
      if (segment === 'any-depth') next.push(at);
      else if (segment !== undefined && matchSegment(segment, name, { fields: {}, written: {} })) next.push(at + 1);
    }
    reached = withSkipped(segments, next);
  }
  return [...reached].some((at) => at < segments.length);
}

/** The segments that can be next: the given ones, and those behind each `**` that takes nothing. */
function withSkipped(segments: readonly PatternSegment[], places: readonly number[]): ReadonlySet<number> {
  const all = new Set(places);
  // What is added while a set is walked is walked, too.
  for (const at of all) if (segments[at] === 'any-depth') all.add(at + 1);
  return all;
}

/** What was read so far; a later try writes over an earlier one. */
interface Found {
  readonly fields: Partial<Record<TimePart, number>>;
  readonly written: Partial<Record<TimePart, string>>;
}

function matchSegment(tokens: readonly PatternToken[], name: string, found: Found): boolean {
  let token = 0;
  let at = 0;
  let retry: { readonly token: number; at: number } | undefined;
  while (at < name.length || token < tokens.length) {
    const next = tokens[token];
    if (next?.kind === 'many') {
      retry = { token, at };
      token += 1;
      continue;
    }
    const length = next === undefined ? undefined : lengthOf(next, name, at, found);
    if (length !== undefined) {
      token += 1;
      at += length;
    } else if (retry !== undefined && retry.at < name.length) {
      retry.at += 1;
      at = retry.at;
      token = retry.token + 1;
    } else {
      return false;
    }
  }
  return true;
}

/** How many UTF-16 units a token takes; undefined when what stands there does not fit it. */
function lengthOf(
  token: Exclude<PatternToken, { kind: 'many' }>,
  name: string,
  at: number,
  found: Found,
): number | undefined {
  if (token.kind === 'text') return name.startsWith(token.text, at) ? token.text.length : undefined;
  if (token.kind === 'one') {
    const point = name.codePointAt(at);
    if (point === undefined) return undefined;
    return point > 0xffff ? 2 : 1;
  }
  const written = name.slice(at, at + token.width);
  const value = written.length === token.width ? token.read(written) : undefined;
  if (value === undefined) return undefined;
  found.fields[token.part] = value;
  found.written[token.part] = written;
  return token.width;
}

function filledIn(segment: PatternSegment, { written }: PatternMatch): string {
  if (segment === 'any-depth') return '**';
  return segment
    .map((token) => {
      if (token.kind === 'text') return token.text;
      if (token.kind === 'time') return written[token.part] ?? '';
      return token.kind === 'one' ? '?' : '*';
    })
    .join('');
}

function isDate({ year, month, day, dayOfYear }: TimeFields): boolean {
  if (year === undefined) return true;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (dayOfYear !== undefined) return dayOfYear <= (isLeap ? 366 : 365);
  if (month === undefined || day === undefined) return true;
  const days = month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
  return day <= days;
}
