import { z } from 'zod';

/** A value as it stands in a definition: `null` is NULL. */
const scalar = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()], {
  error: 'must be a text, a number, true, false or null',
});

type Scalar = z.infer<typeof scalar>;

const isPattern = (text: string) => {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
};

/** What a query must answer. */
export const expectationSchema = z
  .strictObject({
    equals: z
      .union([scalar, z.array(z.array(scalar).min(1).max(50)).max(100)], {
        error: 'must be a value, or rows of values',
      })
      .optional()
      .describe('This value; or these rows, in this order'),
    range: z
      .strictObject({ min: z.number().optional(), max: z.number().optional() })
      .refine(({ min, max }) => min !== undefined || max !== undefined, 'must have min, max or both')
      .optional()
      .describe('A number within these bounds, the bounds included'),
    oneOf: z.array(scalar).min(1).max(100).optional().describe('One of these values'),
    matches: z
      .string()
      .min(1)
      .max(1000)
      .refine(isPattern, 'must be a regular expression')
      .optional()
      .describe('A text in which this regular expression is found'),
  })
  .refine((expected) => Object.values(expected).filter((one) => one !== undefined).length === 1, {
    message: 'must state one of equals, range, oneOf, matches',
  })
  .describe('What the query must answer: one row of one column, or, with equals, a small table');

export type Expectation = z.infer<typeof expectationSchema>;

/** Rows as texts, as the database writes the values; null is NULL. */
export type AnsweredRows = readonly (readonly (string | null)[])[];

/** A text in which a pattern is looked for is cut here: no pattern is to keep the service busy. */
const MATCHED_CHARS_MAX = 10_000;

/** Whether an answer is as expected, with both in words. */
export function judgeAnswer(
  expected: Expectation,
  rows: AnsweredRows,
): { readonly passed: boolean; readonly expected: string; readonly actual: string } {
  return { passed: isAsExpected(expected, rows), expected: wordsOf(expected), actual: shown(rows) };
}

function isAsExpected({ equals, range, oneOf, matches }: Expectation, rows: AnsweredRows): boolean {
  if (Array.isArray(equals)) {
    const isSameRow = (row: readonly Scalar[], index: number) => {
      const actual = rows[index];
      return actual?.length === row.length && row.every((value, column) => isSame(value, actual[column] ?? null));
    };
    return equals.length === rows.length && equals.every(isSameRow);
  }
  const [row] = rows;
  if (rows.length !== 1 || row?.length !== 1) return false;
  const value = row[0] ?? null;
  if (equals !== undefined) return isSame(equals, value);
  if (oneOf !== undefined) return oneOf.some((one) => isSame(one, value));
  if (value === null) return false;
  if (matches !== undefined) return new RegExp(matches, 'u').test(value.slice(0, MATCHED_CHARS_MAX));
  const number = numberOf(value);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range ?? {};
  return number !== undefined && number >= min && number <= max;
}

/** Numbers are compared as numbers (`2328.60` is 2328.6), truth as PostgreSQL and SQLite write it. */
function isSame(expected: Scalar, actual: string | null): boolean {
  if (expected === null || actual === null) return expected === actual;
  if (typeof expected === 'number') return numberOf(actual) === expected;
  if (typeof expected === 'boolean') return (expected ? ['t', 'true', '1'] : ['f', 'false', '0']).includes(actual);
  return expected === actual;
}

function numberOf(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
}

const SHOWN_CHARS_MAX = 300;

function wordsOf({ equals, range, oneOf, matches }: Expectation): string {
  if (matches !== undefined) return `a text that matches ${matches}`;
  if (oneOf !== undefined) return `one of ${oneOf.map((value) => JSON.stringify(value)).join(', ')}`;
  if (range !== undefined) return rangeWords(range);
  return JSON.stringify(equals).slice(0, SHOWN_CHARS_MAX);
}

/** A range in words: `from 5 to 10`. */
export function rangeWords({
  min,
  max,
}: {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `from ${min} to ${max}`;
}

function shown(rows: AnsweredRows): string {
  const [row] = rows;
  if (row === undefined) return 'no row';
  if (rows.length === 1 && row.length === 1) return JSON.stringify(row[0]).slice(0, SHOWN_CHARS_MAX);
  return `${rows.length} rows: ${JSON.stringify(rows).slice(0, SHOWN_CHARS_MAX)}`;
}
