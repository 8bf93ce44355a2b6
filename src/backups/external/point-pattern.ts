import { AppError } from '../../kernel/errors.ts';

/** The parts of a time that a name can hold, from `date`'s conversions. */
export type TimePart = 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'minute' | 'second' | 'epochSeconds';

/** One piece of a segment: literal text, `?`, `*`, or digits (letters) of a time. */
export type PatternToken =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'one' }
  | { readonly kind: 'many' }
  | { readonly kind: 'time'; readonly part: TimePart; readonly width: number; readonly read: TimeReader };

/** What the characters stand for; undefined when they stand for nothing. */
type TimeReader = (text: string) => number | undefined;

/** A segment between two `/`; `any-depth` is `**`: any number of directories, none included. */
export type PatternSegment = 'any-depth' | readonly PatternToken[];

/** How fine the time in a name is. */
export type TimePrecision = 'second' | 'minute' | 'hour' | 'day';

/** Which paths below a repository's root belong to a set, and where the time stands in them. */
export interface PointPattern {
  readonly text: string;
  readonly segments: readonly PatternSegment[];
  /** Undefined: the names hold no whole date. */
  readonly precision: TimePrecision | undefined;
  /**
   * No wildcard stands before the last part of the time: then the files of one time lie side by side when paths are in the
   * order of their bytes.
   */
  readonly isTimeFirst: boolean;
}

/** What bounds the cost of a match. */
const LIMITS = { characters: 1000, wildcards: 20, anyDepth: 4 } as const;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Digits, as `Number` reads more than those. */
const between =
  (least: number, most: number): TimeReader =>
  (text) => {
    let value = 0;
    for (let at = 0; at < text.length; at += 1) {
      const digit = text.charCodeAt(at) - 0x30;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    return value >= least && value <= most ? value : undefined;
  };

/** POSIX: 69 to 99 are of the last century. */
const shortYear: TimeReader = (text) => {
  const value = between(0, 99)(text);
  return value === undefined ? undefined : value + (value >= 69 ? 1900 : 2000);
};

const monthName: TimeReader = (text) => {
  const index = MONTHS.indexOf(text);
  return index < 0 ? undefined : index + 1;
};

const time = (part: TimePart, width: number, read: TimeReader): PatternToken => ({ kind: 'time', part, width, read });
const text = (literal: string): PatternToken => ({ kind: 'text', text: literal });

const YEAR = time('year', 4, between(1970, 9999));
const MONTH = time('month', 2, between(1, 12));
const DAY = time('day', 2, between(1, 31));

/** All have a fixed width, `%s` too: seconds since 1970 have ten digits from 2001 to 2286. */
const CONVERSIONS: Readonly<Record<string, readonly PatternToken[]>> = {
  Y: [YEAR],
  y: [time('year', 2, shortYear)],
  m: [MONTH],
  b: [time('month', 3, monthName)],
  d: [DAY],
  j: [time('dayOfYear', 3, between(1, 366))],
  H: [time('hour', 2, between(0, 23))],
  M: [time('minute', 2, between(0, 59))],
  S: [time('second', 2, between(0, 59))],
  s: [time('epochSeconds', 10, between(1_000_000_000, 9_999_999_999))],
  F: [YEAR, text('-'), MONTH, text('-'), DAY],
  '%': [text('%')],
};

/**
 * Reads a pattern: a path from the repository's root, `/` between its segments, with `*` (any characters but `/`), `?` (one
 * of them), `**` as a whole segment (any number of directories; at the end: whatever lies below) and the time as `date` writes
 * it: `%Y %y %m %b %d %j %H %M %S %s %F %%`, each part once. Years are from 1970 on, `%b` is English.
 *
 * @throws AppError `invalid` `bad-pattern`, field `#/pattern`.
 */
export function parsePattern(pattern: string): PointPattern {
  if (pattern === '' || pattern.length > LIMITS.characters) {
    throw badPattern(`must have 1 to ${LIMITS.characters} characters`);
  }
  if (!pattern.isWellFormed() || /\p{Cc}/u.test(pattern)) throw badPattern('must not hold control characters');
  if (pattern.startsWith('/'))
    throw badPattern("must be a path from the repository's root, without / at its beginning");
  const segments = pattern.split('/').map(parseSegment);
  if (segments.at(-1) === 'any-depth') segments.push([{ kind: 'many' }]);
  const tokens = segments.flatMap((segment) => (segment === 'any-depth' ? [] : segment));
  const anyDepth = segments.filter((segment) => segment === 'any-depth').length;
  const wildcards = tokens.filter(({ kind }) => kind === 'many' || kind === 'one').length;
  if (anyDepth > LIMITS.anyDepth) throw badPattern(`may hold ** ${LIMITS.anyDepth} times at most`);
  if (wildcards > LIMITS.wildcards) throw badPattern(`may hold ${LIMITS.wildcards} wildcards at most`);
  const parts = tokens.flatMap((token) => (token.kind === 'time' ? [token.part] : []));
  requireWholeTime(parts);
  return { text: pattern, segments, precision: precisionOf(parts), isTimeFirst: isTimeFirst(segments) };
}

function parseSegment(segment: string): PatternSegment {
  if (segment === '') throw badPattern('must not hold an empty segment: no // and no / at its end');
  if (segment === '.' || segment === '..') throw badPattern(`must not hold the segment ${segment}`);
  if (segment === '**') return 'any-depth';
  if (segment.includes('**')) throw badPattern('may hold ** as a whole segment only: between two /');
  const tokens: PatternToken[] = [];
  for (const piece of segment.match(/%.?|\*|\?|[^%*?]+/gsu) ?? []) tokens.push(...tokensOf(piece));
  return tokens;
}

function tokensOf(piece: string): readonly PatternToken[] {
  if (piece === '*') return [{ kind: 'many' }];
  if (piece === '?') return [{ kind: 'one' }];
  if (!piece.startsWith('%')) return [text(piece)];
  const letter = piece.slice(1);
  const known = Object.hasOwn(CONVERSIONS, letter) ? CONVERSIONS[letter] : undefined;
  if (known === undefined) {
    const names = Object.keys(CONVERSIONS).map((name) => `%${name}`);
    throw badPattern(`holds ${piece}, which is not known here; known are ${names.join(' ')}`);
  }
  return known;
}

/** What each part of a time says nothing without. */
const NEEDS: Readonly<Record<TimePart, readonly TimePart[]>> = {
  year: [],
  month: ['year'],
  day: ['month'],
  dayOfYear: ['year'],
  hour: ['day', 'dayOfYear'],
  minute: ['hour'],
  second: ['minute'],
  epochSeconds: [],
};

function requireWholeTime(parts: readonly TimePart[]): void {
  const repeated = parts.find((part, index) => parts.indexOf(part) !== index);
  if (repeated !== undefined) throw badPattern(`holds the ${repeated} of the time twice`);
  if (parts.includes('epochSeconds') && parts.length > 1) throw badPattern('holds another time beside %s');
  if (parts.includes('dayOfYear') && (parts.includes('month') || parts.includes('day'))) {
    throw badPattern('holds the day twice: as %j and by its month');
  }
  for (const part of parts) {
    const needs = NEEDS[part];
    if (needs.length === 0 || needs.some((needed) => parts.includes(needed))) continue;
    throw badPattern(`holds the ${part} of a time but no ${needs[0]}; digits that are no time are written as ?`);
  }
}

function precisionOf(parts: readonly TimePart[]): TimePrecision | undefined {
  if (parts.includes('epochSeconds')) return 'second';
  for (const part of ['second', 'minute', 'hour'] as const) if (parts.includes(part)) return part;
  return parts.includes('day') || parts.includes('dayOfYear') ? 'day' : undefined;
}

function isTimeFirst(segments: readonly PatternSegment[]): boolean {
  const kinds = segments.flatMap((segment) =>
    segment === 'any-depth' ? ['many'] : segment.map((token): string => token.kind),
  );
  const firstWildcard = kinds.findIndex((kind) => kind === 'many' || kind === 'one');
  return firstWildcard < 0 || kinds.lastIndexOf('time') < firstWildcard;
}

function badPattern(what: string): AppError {
  return new AppError('invalid', 'bad-pattern', `The pattern ${what}`, {
    fields: [{ field: '#/pattern', message: what }],
  });
}
